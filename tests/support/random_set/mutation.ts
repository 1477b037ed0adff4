/** Another wish for the same entities: fields with other values, more fields, and more entities. */
import type { PermissionLevel } from "../../../src/flagsmith/permissions.ts";
import { Draw } from "./draw.ts";
import { featureFields, optionsOf, otherOptions, stateFields } from "./flags.ts";
import { completed } from "./parts.ts";
import {
  groupFields,
  organisationFields,
  permissionFields,
  subscriptionFields,
  userFields,
} from "./people.ts";
import {
  environmentFields,
  FEATURE_NAME_REGEX,
  identityFields,
  projectFields,
  segmentFields,
  serverKeyFields,
  tagFields,
} from "./project.ts";
import { above, type Entity, type Fields, nameOf, Plain, type RandomSet } from "./value.ts";

/** Two sets, of which the second one wants more of the same entities, and something else of some. */
export interface Change {
  readonly before: RandomSet;
  readonly after: RandomSet;
}

/** A part of a set, and all of it with other values in some fields. Keys and versioning stay, which no file changes. */
export function changeOf(set: RandomSet): Change {
  const draw = new Draw(set.seed ^ 0x5bd1e995);
  const before = completed(
    set,
    set.entities.filter((entity) => entity.kind === "organisation" || draw.chance(0.85)),
  );
  const now = new Map<Entity, Entity>();
  for (const entity of set.entities) {
    const parent = entity.parent === undefined ? undefined : now.get(entity.parent);
    const moved = { ...entity, parent };
    const isChanged = draw.chance(0.5);
    now.set(
      entity,
      isChanged ? { ...moved, fields: merged(draw, moved.fields, otherFields(draw, moved, set)) } : moved,
    );
  }
  return { before: { ...before, seed: set.seed + 1 }, after: { ...set, entities: [...now.values()] } };
}

function merged(draw: Draw, old: Fields, other: Fields): Fields {
  return {
    ...old,
    ...Object.fromEntries(
      Object.entries(other).filter(([, value]) => value !== undefined && draw.chance(0.8)).map(
        ([key, value]) => {
          const was = old[key];
          return [key, isFields(was) && isFields(value) ? { ...was, ...declared(value) } : value];
        },
      ),
    ),
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map) &&
    !(value instanceof Plain);
}

function declared(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Fresh fields for an entity; some of them may not go beside those that it has, and are left out. */
function otherFields(draw: Draw, entity: Entity, set: RandomSet): Fields {
  const users = set.entities.filter((e) => e.kind === "user");
  const { kind } = entity;
  switch (kind) {
    case "user": {
      const { password_hash: _hash, username: _name, ...fields } = userFields(draw, {
        emails: new Set(),
        usernames: new Set(),
        keys: new Set(),
      });
      return { ...fields, username: draw.maybe(0.3, () => `another ${nameOf(entity)}`.slice(0, 150)) };
    }
    case "organisation":
      return organisationFields(draw);
    case "subscription":
      return subscriptionFields(draw);
    case "member":
      return { role: draw.pick(["ADMIN", "USER"]) };
    case "group":
      return groupFields(draw, users.map(nameOf));
    case "project": {
      const { settings, ...rest } = projectFields(draw);
      const { feature_name_regex: regex, ...others } = (settings ?? {}) as Fields;
      const is = (entity.fields["settings"] as Fields | undefined)?.["feature_name_regex"];
      return {
        ...rest,
        settings: { ...others, feature_name_regex: is === FEATURE_NAME_REGEX ? regex : undefined },
      };
    }
    case "tag":
      return tagFields(draw);
    case "environment": {
      const { description: _beside, settings } = environmentFields(draw);
      const { description: _inside, ...others } = settings as Fields;
      return { settings: others };
    }
    case "segment":
      return segmentFields(draw);
    case "server_side_environment_key":
      return serverKeyFields(draw);
    case "feature":
      return otherFeature(draw, entity, set, users);
    case "feature_state":
    case "segment_override":
    case "identity_override":
      return stateFields(draw, entity.parent === undefined ? [] : optionsOf(entity.parent));
    case "identity":
      return identityFields(draw);
    case "master_api_key":
      return {};
    default:
      return permissionFields(draw, kind.split("_")[1] as PermissionLevel);
  }
}

function otherFeature(draw: Draw, feature: Entity, set: RandomSet, users: readonly Entity[]): Fields {
  const organisation = above(feature, "organisation").identity["name"];
  const project = feature.parent?.identity;
  const { type: _type, ...fields } = featureFields(draw, {
    tags: set.entities.filter((e) => e.kind === "tag" && e.parent?.identity === project),
    users,
    groups: set.entities.filter((e) => e.kind === "group" && e.parent?.identity["name"] === organisation),
  });
  const options = optionsOf(feature);
  return options.length === 0 ? fields : { ...fields, multivariate_options: otherOptions(draw, options) };
}

/** Projects with what belongs to them, but flags. */
import type { Draw } from "./draw.ts";
import type { Taken } from "./people.ts";
import { anyRules } from "./rules.ts";
import { anyLine, anyText, anyTime, newKey, newName, newVariable } from "./texts.ts";
import { type Entity, type Fields, nameOf, Plain, type Value } from "./value.ts";

/** A regular expression that the names of features of a project match which has one. */
export const FEATURE_NAME_REGEX = "^[a-z_][A-Za-z_0-9]*$";

/** The fields of a project. */
export function projectFields(draw: Draw): Fields {
  const flag = () => draw.maybe(0.2, () => draw.chance(0.5));
  const limit = () => draw.maybe(0.2, () => draw.pick([0, 5, 400, 2147483647]));
  return {
    description: draw.maybe(0.1, () => anyText(draw, 300)),
    settings: draw.maybe(0.6, () => ({
      hide_disabled_flags: flag(),
      prevent_flag_defaults: draw.maybe(0.3, () => draw.chance(0.6)),
      only_allow_lower_case_feature_names: flag(),
      feature_name_regex: draw.maybe(0.2, () => FEATURE_NAME_REGEX),
      stale_flags_limit_days: limit(),
      enforce_feature_owners: flag(),
      enable_realtime_updates: flag(),
      max_features_allowed: limit(),
      max_segments_allowed: limit(),
      max_segment_overrides_allowed: limit(),
      minimum_change_request_approvals: limit(),
    })),
  };
}

/** The fields of a tag. */
export function tagFields(draw: Draw): Fields {
  return {
    color: draw.maybe(0.5, () => draw.pick(["#fff", "#ff8800", "rebecca"])),
    description: draw.maybe(0.4, () => anyText(draw, 512)),
    is_permanent: draw.maybe(0.4, () => draw.chance(0.5)),
  };
}

/** The fields of an environment, without what is chosen once. */
export function environmentFields(draw: Draw): Fields {
  const flag = () => draw.maybe(0.25, () => draw.chance(0.5));
  const inSettings = draw.chance(0.5);
  return {
    description: inSettings ? undefined : draw.maybe(0.4, () => anyText(draw, 2000)),
    settings: {
      allow_client_traits: flag(),
      hide_disabled_flags: flag(),
      hide_sensitive_data: flag(),
      use_identity_composite_key_for_hashing: flag(),
      use_identity_overrides_in_local_eval: flag(),
      minimum_change_request_approvals: draw.maybe(0.2, () => draw.pick([0, 2])),
      banner_text: draw.maybe(0.2, () => anyLine(draw, 255)),
      banner_colour: draw.maybe(0.2, () => draw.pick(["#FF0000", "red"])),
      description: inSettings ? draw.maybe(0.3, () => anyText(draw, 2000)) : undefined,
    },
  };
}

/** The fields of a server-side key, without a chosen one. */
export function serverKeyFields(draw: Draw): Fields {
  return {
    active: draw.maybe(0.4, () => draw.chance(0.6)),
    expires_at: draw.maybe(0.4, () => anyTime(draw)),
  };
}

/** The fields of an identity: traits of all four types under any names. */
export function identityFields(draw: Draw): Fields {
  const names = new Set<string>();
  return {
    traits: draw.maybe(0.8, () =>
      new Map(
        draw.many(0, 5, (): [string, Value] => [
          draw.chance(0.1) ? draw.pick(["constructor", "toString", "<<"]) : traitName(draw, names),
          draw.pick<() => Value>([
            () => anyText(draw, 2000),
            () => draw.pick([0, -7, 2147483647, -2147483648]),
            () => draw.pick<Value>([1.5, -0.1, new Plain("2.0"), new Plain("1e3"), 1e-7]),
            () => draw.chance(0.5),
          ])(),
        ]),
      )),
  };
}

/** The fields of a segment; `feature` is chosen once. */
export function segmentFields(draw: Draw): Fields {
  return { description: draw.maybe(0.4, () => anyText(draw, 1000)), rules: anyRules(draw) };
}

/** A project with tags, environments, keys and identities. */
export function oneProject(
  draw: Draw,
  organisation: Entity,
  names: Set<string>,
  taken: Taken,
): readonly Entity[] {
  const project: Entity = {
    kind: "project",
    parent: organisation,
    identity: { name: newName(draw, names, 2000) },
    fields: projectFields(draw),
  };
  const labels = new Set<string>();
  const environmentNames = new Set<string>();
  const tags = draw.many(0, 3, (): Entity => ({
    kind: "tag",
    parent: project,
    identity: { label: newName(draw, labels, 100) },
    fields: tagFields(draw),
  }));
  const environments = draw.many(1, 3, (): Entity => {
    const fields = environmentFields(draw);
    return {
      kind: "environment",
      parent: project,
      identity: { name: newName(draw, environmentNames, 2000) },
      fields: {
        ...fields,
        api_key: draw.maybe(0.3, () => newKey(draw, taken.keys)),
        output: draw.maybe(0.1, () => newVariable(draw, taken.keys)),
        settings: {
          ...fields["settings"] as Fields,
          use_v2_feature_versioning: draw.maybe(0.4, () => draw.chance(0.7)),
        },
      },
    };
  });
  return [project, ...tags, ...environments, ...environments.flatMap((e) => inEnvironment(draw, e, taken))];
}

function inEnvironment(draw: Draw, environment: Entity, taken: Taken): readonly Entity[] {
  const names = new Set<string>();
  const identifiers = new Set<string>();
  return [
    ...draw.many(0, 2, (): Entity => ({
      kind: "server_side_environment_key",
      parent: environment,
      identity: { name: newName(draw, names, 100) },
      fields: {
        ...serverKeyFields(draw),
        key: draw.maybe(0.3, () => `ser.${newKey(draw, taken.keys)}`),
        output: draw.maybe(0.1, () => newVariable(draw, taken.keys)),
      },
    })),
    ...draw.many(0, 3, (): Entity => ({
      kind: "identity",
      parent: environment,
      identity: { identifier: newName(draw, identifiers, 2000) },
      fields: identityFields(draw),
    })),
  ];
}

/** Segments of a project; some belong to a feature. */
export function someSegments(draw: Draw, project: Entity, features: readonly Entity[]): readonly Entity[] {
  const names = new Set<string>();
  return draw.many(0, 4, (): Entity => ({
    kind: "segment",
    parent: project,
    identity: { name: newName(draw, names, 2000) },
    fields: {
      ...segmentFields(draw),
      feature: features.length === 0 ? undefined : draw.maybe(0.15, () => nameOf(draw.pick(features))),
    },
  }));
}

/** Keys of mappings take nothing that looks like a variable. */
function traitName(draw: Draw, taken: Set<string>): string {
  return newName(draw, taken, 200).replaceAll("{", "(");
}

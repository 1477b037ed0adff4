/** What rows of new entities depend on: states need the project's other features and environments, members the default groups. */
import { ids } from "../database/render.ts";
import { query, sql, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { readRules, rulesStatement, type TableRules } from "../database/table_rules.ts";
import type { Entity } from "../kinds/entity.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { memberSpec } from "../kinds/member/spec.ts";
import type { KindName } from "../kinds/specs.ts";
import { isStateKind } from "../kinds/state_kinds.ts";
import {
  type DefaultGroup,
  type LiveFeature,
  type LiveOption,
  type ProjectEnvironment,
  stateKey,
} from "../kinds/rows.ts";
import type { LiveDetails } from "../kinds/detail_rows.ts";
import {
  DETAIL_STATEMENTS,
  detailNeeds,
  detailStatements,
  needsDetails,
  NO_DETAILS,
  readDetails,
} from "./details.ts";
import { holderStatements, readHolders, type TakenValues, wantedColumns } from "./taken_values.ts";
import type { Work } from "./work.ts";
import type { Ask } from "../database/ask.ts";
import type { Look } from "./look.ts";
import type { Snapshot } from "./state.ts";

/** Contents by live id. */
export interface Surroundings {
  readonly projects: ReadonlyMap<number, { environments: ProjectEnvironment[]; features: LiveFeature[] }>;
  /** Organisation id → its default groups. */
  readonly defaultGroups: ReadonlyMap<number, readonly DefaultGroup[]>;
  /** Options of live features that states and overrides of this run allocate to: feature id → options in order. */
  readonly options: ReadonlyMap<number, readonly LiveOption[]>;
  /** Next free priority by `stateKey()` of live features and environments. */
  readonly priorities: ReadonlyMap<string, number>;
  /** Rows that hold a chosen key or name already. */
  readonly taken: TakenValues;
  /** What depends on entities that change. */
  readonly details: LiveDetails;
  /** What the server asks of the tables that were wanted. */
  readonly rules: ReadonlyMap<string, TableRules>;
}

const NO_ROWS = query`SELECT NULL::int4 AS project_id, NULL::json AS row WHERE false`;

function liveId(resource: Entity | undefined, state: Snapshot): number | undefined {
  const id = resource === undefined ? undefined : state.live.get(resource.index)?.[0]?.id;
  return typeof id === "number" ? id : undefined;
}

/**
 * Reads the contents, and the rules of the tables `ruled`, in one round trip; nothing is asked when nothing is needed.
 */
export async function readContents(
  ask: Ask,
  work: readonly Work[],
  ruled: readonly string[],
  state: Snapshot,
): Promise<Surroundings> {
  const created = work.filter((d) => d.action === "create").map((d) => d.resource);
  const idsOf = (isWanted: (kind: KindName) => boolean): number[] => {
    const ids = created.filter((r) => isWanted(r.kind)).map((r) => liveId(r.parent, state)).filter((
      id,
    ) => id !== undefined);
    return [...new Set(ids)].sort((a, b) => a - b);
  };
  const forFeatures = idsOf((kind) => kind === featureSpec.name);
  const forEnvironments = idsOf((kind) => kind === environmentSpec.name);
  const forMembers = idsOf((kind) => kind === memberSpec.name);
  const joining = created.filter((r) => r.kind === memberSpec.name).flatMap((r) =>
    liveId(r.references.get("email"), state) ?? []
  );
  const forOverrides = idsOf(isStateKind);
  const wanted = wantedColumns(work, state.look);
  const details = detailNeeds(work, state);
  const rulesOfTables = rulesStatement(state.catalog.schema, ruled);
  if (
    !needsDetails(details) &&
    [forFeatures, forEnvironments, forMembers, forOverrides, wanted].every((list) => list.length === 0)
  ) {
    const [rules] = ruled.length === 0 ? [] : await ask("read the rules of tables", [rulesOfTables]);
    return {
      projects: new Map(),
      defaultGroups: new Map(),
      options: new Map(),
      priorities: new Map(),
      taken: new Map(),
      details: NO_DETAILS,
      rules: readRules(rules ?? []),
    };
  }
  const statementsOfContents = contentsStatements(
    { forFeatures, forEnvironments, forMembers, joining, forOverrides },
    state.look,
  );
  const answers = await ask("read the project contents", [
    ...detailStatements(details, state.look),
    ...statementsOfContents,
    rulesOfTables,
    ...holderStatements(wanted, state.look),
  ]);
  const rules = DETAIL_STATEMENTS + statementsOfContents.length;
  return {
    ...readAnswers(answers.slice(DETAIL_STATEMENTS, rules), [...forFeatures, ...forEnvironments]),
    taken: readHolders(wanted, answers.slice(rules + 1)),
    details: readDetails(answers.slice(0, DETAIL_STATEMENTS)),
    rules: readRules(answers[rules] ?? []),
  };
}

/** What the statements about contents are about. */
export interface ContentsNeeds {
  readonly forFeatures: readonly number[];
  readonly forEnvironments: readonly number[];
  readonly forMembers: readonly number[];
  /** Live users who become members. */
  readonly joining: readonly number[];
  /** Ids of live features. */
  readonly forOverrides: readonly number[];
}

/** The statements that tell what new entities find. */
export function contentsStatements(
  needs: ContentsNeeds,
  { catalog, from: table }: Look,
): readonly Statement[] {
  const versioned = catalog.tables.get("environments_environment")?.has("use_v2_feature_versioning") === true
    ? sql`t.use_v2_feature_versioning`
    : sql`false`;
  const { forFeatures, forEnvironments, forMembers, joining, forOverrides } = needs;
  return [
    forFeatures.length === 0
      ? NO_ROWS
      : query`SELECT t.project_id, json_build_object('id', t.id, 'versioned', ${versioned}) AS row
FROM ${table("environments_environment")} t WHERE t.project_id = ANY(${
        ids(forFeatures)
      }) AND t.deleted_at IS NULL ORDER BY t.id`,
    forEnvironments.length === 0
      ? NO_ROWS
      : query`SELECT t.project_id, json_build_object('id', t.id, 'enabled', t.default_enabled, 'value', t.initial_value, 'options',
  (SELECT json_agg(json_build_array(o.id, o.default_percentage_allocation, to_jsonb(o.*) ->> 'key') ORDER BY o.id) FROM ${
        table("multivariate_multivariatefeatureoption")
      } o WHERE o.feature_id = t.id)) AS row
FROM ${table("features_feature")} t WHERE t.project_id = ANY(${
        ids(forEnvironments)
      }) AND t.deleted_at IS NULL ORDER BY t.id`,
    forMembers.length === 0
      ? NO_ROWS
      : query`SELECT t.organisation_id, t.id, (SELECT json_agg(x.ffadminuser_id) FROM ${
        table("users_userpermissiongroup_users")
      } x
  WHERE x.userpermissiongroup_id = t.id AND x.ffadminuser_id = ANY(${ids(joining)})) AS joined FROM ${
        table("users_userpermissiongroup")
      } t
WHERE t.organisation_id = ANY(${ids(forMembers)}) AND t.is_default ORDER BY t.id`,
    query`SELECT t.feature_id, t.id, to_jsonb(t.*) ->> 'key' AS key, t.default_percentage_allocation AS share FROM ${
      table("multivariate_multivariatefeatureoption")
    } t
WHERE t.feature_id = ANY(${ids(forOverrides)}) ORDER BY t.id`,
    query`SELECT t.feature_id, t.environment_id, max(t.priority) + 1 AS next FROM ${
      table("features_featuresegment")
    } t
WHERE t.feature_id = ANY(${ids(forOverrides)}) AND t.environment_feature_version_id IS NULL GROUP BY 1, 2`,
  ];
}

function readAnswers(
  [environments, features, groups, options, priorities]: readonly (readonly Answer[])[],
  ids: readonly number[],
): Omit<Surroundings, "details" | "rules" | "taken"> {
  const projects = new Map(
    ids.map((id) => [id, { environments: [] as ProjectEnvironment[], features: [] as LiveFeature[] }]),
  );
  for (const { project_id: project, row } of environments ?? []) {
    const { id, versioned }: Record<string, unknown> = Object(row);
    projects.get(Number(project))?.environments.push({ id: Number(id), versioned: versioned === true });
  }
  for (const { project_id: project, row } of features ?? []) {
    const { id, enabled, value, options }: Record<string, unknown> = Object(row);
    projects.get(Number(project))?.features.push({
      id: Number(id),
      enabled: enabled === true,
      initialValue: typeof value === "string" ? value : null,
      options: (Array.isArray(options) ? options : []).map((o: readonly unknown[]): LiveOption => ({
        id: Number(o[0]),
        percentage: Number(o[1]),
        key: typeof o[2] === "string" ? o[2] : null,
      })),
    });
  }
  const defaultGroups = new Map<number, DefaultGroup[]>();
  for (const { organisation_id: organisation, id, joined } of groups ?? []) {
    const group = { id: Number(id), users: (Array.isArray(joined) ? joined : []).map(Number) };
    const list = defaultGroups.get(Number(organisation)) ?? [];
    defaultGroups.set(Number(organisation), list);
    list.push(group);
  }
  const optionsOf = new Map<number, LiveOption[]>();
  for (const { feature_id: feature, id, key, share } of options ?? []) {
    const list = optionsOf.get(Number(feature)) ?? [];
    optionsOf.set(Number(feature), list);
    list.push({ id: Number(id), key: typeof key === "string" ? key : null, percentage: Number(share) });
  }
  return {
    projects,
    defaultGroups,
    options: optionsOf,
    priorities: new Map(
      (priorities ?? []).map((
        row,
      ) => [stateKey(Number(row["feature_id"]), Number(row["environment_id"])), Number(row["next"])]),
    ),
  };
}

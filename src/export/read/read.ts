/** Reads what an export needs: three round trips, whatever the number of entities, and nothing but SELECT. */
import { type Catalog, readCatalog } from "../../database/catalog.ts";
import { knownColumns } from "../../kinds/known_columns.ts";
import { checkNeeded } from "../../snapshot/needed_schema.ts";
import { catalogStatements } from "../../log/catalog.ts";
import { texts } from "../../database/render.ts";
import {
  column,
  type Fragment,
  join,
  NOTHING,
  query,
  sql,
  type Statement,
} from "../../database/statement.ts";
import type { Ask } from "../../database/ask.ts";
import { ProvisionError } from "../../diagnostics/error.ts";
import type { Answer } from "../../database/session.ts";
import type { Row } from "../../flagsmith/cell.ts";
import { FLAG_REFERENCES } from "../../flagsmith/models/projects.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { secretColumnsIn } from "../../log/secret_columns.ts";
import { KIND_NAMES } from "../../kinds/specs.ts";
import { PERMISSION_TABLES } from "../../kinds/permission/live.ts";
import { leftStatement, readReferrers, type Referrer, referrersStatement } from "./omitted_tables.ts";
import { cellsOf, type LiveRows, type StateRow } from "./rows.ts";
import { ancestorsStatement, isLive, qualified, type Scope, scopeOf, type Selection } from "./scope.ts";
import { pendingStatement, statesStatement } from "./states.ts";

/** Which rows of each table belong to the export; `t` is the row. */
function conditions(catalog: Catalog, scope: Scope): Readonly<Record<string, Fragment>> {
  const name = (table: string): Fragment => qualified(catalog, table);
  const groups = sql`ANY(ARRAY(SELECT id FROM ${
    name("users_userpermissiongroup")
  } WHERE organisation_id = ${scope.organisation}))`;
  const permissions = Object.entries(PERMISSION_TABLES).flatMap(([key, { table, link, owner }]) => {
    const [, object = ""] = key.split("_");
    const of = object === "organisation"
      ? scope.organisation
      : object === "project"
      ? scope.projects
      : scope.environments;
    const own = sql`${column("t", `${object}_id`)} = ${of}`;
    return [[table, own], [
      link,
      sql`${column("t", owner)} = ANY(ARRAY(SELECT id FROM ${name(table)} t WHERE ${own}))`,
    ]] as const;
  });
  const holders = [
    sql`SELECT user_id FROM ${
      name("organisations_userorganisation")
    } WHERE organisation_id = ${scope.organisation}`,
    sql`SELECT ffadminuser_id FROM ${
      name("users_userpermissiongroup_users")
    } WHERE userpermissiongroup_id = ${groups}`,
    sql`SELECT ffadminuser_id FROM ${name("features_feature_owners")} WHERE feature_id = ${scope.features}`,
    ...Object.entries(PERMISSION_TABLES).flatMap(([key, { table }]) =>
      key.startsWith("user_")
        ? [sql`SELECT t.user_id FROM ${name(table)} t WHERE ${new Map(permissions).get(table) ?? sql`false`}`]
        : []
    ),
  ];
  const ofFeature = sql`t.feature_id = ${scope.features}`;
  const ofProject = sql`t.project_id = ${scope.projects}`;
  const ofOrganisation = sql`t.organisation_id = ${scope.organisation}`;
  const ofEnvironment = sql`t.environment_id = ${scope.environments}`;
  const rules = sql`ANY(ARRAY(WITH RECURSIVE tree AS (SELECT r.id FROM ${
    name("segments_segmentrule")
  } r WHERE ${isLive(catalog, "segments_segmentrule", "r")} AND r.segment_id = ${scope.segments}
  UNION SELECT r.id FROM ${name("segments_segmentrule")} r JOIN tree ON r.rule_id = tree.id WHERE ${
    isLive(catalog, "segments_segmentrule", "r")
  }) SELECT id FROM tree))`;
  return {
    organisations_organisation: sql`t.id = ${scope.organisation}`,
    organisations_subscription: sql`${ofOrganisation} AND t.deleted_at IS NULL`,
    organisations_userorganisation: ofOrganisation,
    users_userpermissiongroup: ofOrganisation,
    users_userpermissiongroup_users: sql`t.userpermissiongroup_id = ${groups}`,
    api_keys_masterapikey: sql`${ofOrganisation} AND t.deleted_at IS NULL`,
    users_ffadminuser: sql`t.id = ANY(ARRAY(${join(holders, sql`\nUNION `)}))`,
    projects_project: sql`t.id = ${scope.projects}`,
    tags_tag: ofProject,
    environments_environment: sql`t.id = ${scope.environments}`,
    environments_environmentapikey: ofEnvironment,
    segments_segment: sql`t.id = ${scope.segments}`,
    segments_segmentrule: sql`t.id = ${rules}`,
    segments_condition: sql`${isLive(catalog, "segments_condition")} AND t.rule_id = ${rules}`,
    features_feature: sql`t.id = ${scope.features}`,
    multivariate_multivariatefeatureoption: ofFeature,
    features_feature_tags: ofFeature,
    features_feature_owners: ofFeature,
    features_feature_group_owners: ofFeature,
    features_featuresegment: ofFeature,
    environments_identity: ofEnvironment,
    environments_trait: sql`t.identity_id = ANY(ARRAY(SELECT id FROM ${
      name("environments_identity")
    } t WHERE ${ofEnvironment}))`,
    ...Object.fromEntries(permissions),
  };
}

function tableStatement(catalog: Catalog, table: string, condition: Fragment): Statement {
  const columns = catalog.tables.get(table) ?? new Map();
  const order = columns.has("id") ? sql`t.id` : sql`t`;
  const hidden = secretColumnsIn(table);
  const added = table === "users_ffadminuser"
    ? sql` || jsonb_build_object('has_password', t.password <> '' AND t.password NOT LIKE '!%')`
    : NOTHING;
  const row = hidden.length === 0 ? sql`row_to_json(t)` : sql`to_jsonb(t) - ${texts(hidden)}${added}`;
  return query`SELECT ${row} AS row FROM ${qualified(catalog, table)} t WHERE ${condition} ORDER BY ${order}`;
}

/** Reads the catalog; a database without Flagsmith's tables is refused by name. */
async function readSchema(ask: Ask): Promise<Catalog> {
  const tables = [
    ...new Set(KIND_NAMES.flatMap((kind) => [LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].writes])),
    "segments_segmentrule",
  ];
  try {
    const catalog = readCatalog(await ask("read the schema", catalogStatements(tables)));
    checkNeeded(catalog, knownColumns());
    return catalog;
  } catch (error) {
    // Without Django's own table of migrations the statement cannot even be parsed: there is no Flagsmith here.
    if (error instanceof ProvisionError && error.code === "FP409") return readCatalog([]);
    throw error;
  }
}

/** Reads the rows of every organisation of the name; there should be one, which the caller checks. */
export async function readLiveRows(ask: Ask, selection: Selection): Promise<LiveRows> {
  const catalog = await readSchema(ask);
  const [edges, ancestors] = await ask("read the schema", [
    referrersStatement(catalog),
    ancestorsStatement(catalog, selection),
  ]);
  const scope = scopeOf(catalog, ancestors?.[0]);
  const wanted = Object.entries(conditions(catalog, scope)).filter(([table]) => catalog.tables.has(table));
  const referrers: readonly Referrer[] = readReferrers(edges ?? []);
  const answers = await ask("read the live rows", [
    statesStatement(catalog, scope),
    pendingStatement(catalog, scope),
    leftStatement(catalog, scope, referrers),
    ...wanted.map(([table, condition]) => tableStatement(catalog, table, condition)),
  ]);
  const [states, pending, left, ...rows] = answers;
  return {
    tables: new Map(
      wanted.map(([table], at): [string, readonly Row[]] => [
        table,
        (rows[at] ?? []).map((answer) => cellsOf(answer["row"])),
      ]),
    ),
    states: (states ?? []).map(stateOf),
    pending: Number(pending?.[0]?.["count"] ?? 0),
    left: (left ?? []).map((answer) => ({ table: String(answer["table"]), count: Number(answer["count"]) })),
    checksFlags: catalog.tables.has(FLAG_REFERENCES),
  };
}

function stateOf({ row, value, allocations }: Answer): StateRow {
  const pairs = Array.isArray(allocations) ? allocations : [];
  return {
    row: cellsOf(row),
    value: value === null || value === undefined ? undefined : cellsOf(value),
    allocations: new Map(pairs.map((pair: readonly unknown[]) => [Number(pair[0]), Number(pair[1])])),
  };
}

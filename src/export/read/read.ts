/** Reads what an export needs: three round trips, whatever the number of entities, and nothing but SELECT. */
import { type Catalog, catalogStatements, readCatalog } from "../../database/catalog.ts";
import { literal } from "../../database/literal.ts";
import type { Ask } from "../../database/ask.ts";
import { ProvisionError } from "../../diagnostics/error.ts";
import type { Answer } from "../../database/session.ts";
import type { Row } from "../../flagsmith/cell.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { KIND_NAMES } from "../../kinds/specs.ts";
import { PERMISSION_TABLES } from "../../kinds/permission/live.ts";
import { leftStatement, readReferrers, type Referrer, referrersStatement } from "./omitted_tables.ts";
import { cellsOf, type LiveRows, type StateRow } from "./rows.ts";
import { ancestorsStatement, isLive, qualified, type Scope, scopeOf, type Selection } from "./scope.ts";
import { pendingStatement, statesStatement } from "./states.ts";

/** Which rows of each table belong to the export; `t` is the row. */
function conditions(catalog: Catalog, scope: Scope): Readonly<Record<string, string>> {
  const name = (table: string): string => qualified(catalog, table);
  const groups = `ANY(ARRAY(SELECT id FROM ${
    name("users_userpermissiongroup")
  } WHERE organisation_id = ${scope.organisation}))`;
  const permissions = Object.entries(PERMISSION_TABLES).flatMap(([key, { table, link, owner }]) => {
    const [, object = ""] = key.split("_");
    const of = object === "organisation"
      ? scope.organisation
      : object === "project"
      ? scope.projects
      : scope.environments;
    const own = `t.${object}_id = ${of}`;
    return [[table, own], [
      link,
      `t.${owner} = ANY(ARRAY(SELECT id FROM ${name(table)} t WHERE ${own}))`,
    ]] as const;
  });
  const holders = [
    `SELECT user_id FROM ${
      name("organisations_userorganisation")
    } WHERE organisation_id = ${scope.organisation}`,
    `SELECT ffadminuser_id FROM ${
      name("users_userpermissiongroup_users")
    } WHERE userpermissiongroup_id = ${groups}`,
    `SELECT ffadminuser_id FROM ${name("features_feature_owners")} WHERE feature_id = ${scope.features}`,
    ...Object.entries(PERMISSION_TABLES).flatMap(([key, { table }]) =>
      key.startsWith("user_")
        ? [`SELECT t.user_id FROM ${name(table)} t WHERE ${new Map(permissions).get(table)}`]
        : []
    ),
  ];
  const ofFeature = `t.feature_id = ${scope.features}`;
  const ofProject = `t.project_id = ${scope.projects}`;
  const ofOrganisation = `t.organisation_id = ${scope.organisation}`;
  const ofEnvironment = `t.environment_id = ${scope.environments}`;
  const rules = `ANY(ARRAY(WITH RECURSIVE tree AS (SELECT r.id FROM ${name("segments_segmentrule")} r WHERE ${
    isLive(catalog, "segments_segmentrule", "r")
  } AND r.segment_id = ${scope.segments}
  UNION SELECT r.id FROM ${name("segments_segmentrule")} r JOIN tree ON r.rule_id = tree.id WHERE ${
    isLive(catalog, "segments_segmentrule", "r")
  }) SELECT id FROM tree))`;
  return {
    organisations_organisation: `t.id = ${scope.organisation}`,
    organisations_subscription: `${ofOrganisation} AND t.deleted_at IS NULL`,
    organisations_userorganisation: ofOrganisation,
    users_userpermissiongroup: ofOrganisation,
    users_userpermissiongroup_users: `t.userpermissiongroup_id = ${groups}`,
    api_keys_masterapikey: `${ofOrganisation} AND t.deleted_at IS NULL`,
    users_ffadminuser: `t.id = ANY(ARRAY(${holders.join("\nUNION ")}))`,
    projects_project: `t.id = ${scope.projects}`,
    tags_tag: ofProject,
    environments_environment: `t.id = ${scope.environments}`,
    environments_environmentapikey: ofEnvironment,
    segments_segment: `t.id = ${scope.segments}`,
    segments_segmentrule: `t.id = ${rules}`,
    segments_condition: `${isLive(catalog, "segments_condition")} AND t.rule_id = ${rules}`,
    features_feature: `t.id = ${scope.features}`,
    multivariate_multivariatefeatureoption: ofFeature,
    features_feature_tags: ofFeature,
    features_feature_owners: ofFeature,
    features_feature_group_owners: ofFeature,
    features_featuresegment: ofFeature,
    environments_identity: ofEnvironment,
    environments_trait: `t.identity_id = ANY(ARRAY(SELECT id FROM ${
      name("environments_identity")
    } t WHERE ${ofEnvironment}))`,
    ...Object.fromEntries(permissions),
  };
}

/** Columns that hold secrets, or what is derived from them: they never leave the database. */
const SECRET_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  users_ffadminuser: ["password"],
  environments_environmentapikey: ["key"],
  api_keys_masterapikey: ["id", "hashed_key"],
};

function tableStatement(catalog: Catalog, table: string, condition: string): string {
  const columns = catalog.tables.get(table) ?? new Map();
  const order = columns.has("id") ? "t.id" : "t";
  const hidden = (SECRET_COLUMNS[table] ?? []).map((column) => ` - ${literal(column)}`).join("");
  const added = table === "users_ffadminuser"
    ? " || jsonb_build_object('has_password', t.password <> '' AND t.password NOT LIKE '!%')"
    : "";
  const row = hidden === "" ? "row_to_json(t)" : `to_jsonb(t)${hidden}${added}`;
  return `SELECT ${row} AS row FROM ${qualified(catalog, table)} t WHERE ${condition} ORDER BY ${order}`;
}

/** Reads the catalog; a database without Flagsmith's tables is refused by name. */
async function readSchema(ask: Ask): Promise<Catalog> {
  const tables = [
    ...new Set(KIND_NAMES.flatMap((kind) => [LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].writes])),
    "segments_segmentrule",
  ];
  try {
    return readCatalog(await ask("read the schema", catalogStatements(tables)));
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

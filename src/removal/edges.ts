/**
 * How rows hang together in the live catalog: foreign keys, and the references that Flagsmith keeps without one
 * (`docs/flagsmith/deletion.md#removing-what-was-inserted`). No list of tables: what a later release adds is followed
 * too.
 */
import { lookup } from "../diagnostics/lookup.ts";
import { query, sql, type Statement, tableIn } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";

/** What becomes of a row whose target goes. */
export type OnRemoval = "cascade" | "null" | "refuse";

/** A column that points to the primary key of another table. */
export interface Edge {
  readonly table: string;
  readonly column: string;
  readonly target: string;
  readonly then: OnRemoval;
  /** True for references that no constraint keeps: histories, analytics. */
  readonly loose: boolean;
}

/** A table's primary key. */
export interface KeyColumn {
  readonly column: string;
  readonly type: string;
}

/** The live catalog as far as removing rows needs it. */
export interface RowGraph {
  readonly schema: string;
  readonly keys: ReadonlyMap<string, KeyColumn>;
  /** Edges by the table that they point to. */
  readonly into: ReadonlyMap<string, readonly Edge[]>;
  /** Django's content type id of a table. */
  readonly contentTypes: ReadonlyMap<string, number>;
  /** Tables that have a column `deleted_at`: their rows are live while it is NULL. */
  readonly softDeleted: ReadonlySet<string>;
}

/**
 * Nullable columns that say who did something or where a copy came from: they become NULL when their target goes, and
 * the row stays. `on_delete=SET_NULL` in the application's models.
 */
const SET_NULL: ReadonlySet<string> = new Set([
  "author_id",
  "created_by_id",
  "published_by_id",
  "committed_by_id",
  "history_user_id",
  "created_by_api_key_id",
  "published_by_api_key_id",
  "master_api_key_id",
  "rollout_segment_id",
  "token_blacklist_outstandingtoken.user_id",
  "workflows_core_changerequest.user_id",
]);

/**
 * Nullable columns without which the row would mean something else, or nothing: the row goes too. An override whose
 * identity became NULL would be the default state of its flag.
 */
const CASCADE_NULLABLE: ReadonlySet<string> = new Set([
  "admin_sso_assignment.user_id",
  "audit_auditlog.environment_id",
  "audit_auditlog.project_id",
  "django_admin_log.content_type_id",
  "feature_health_featurehealthevent.environment_id",
  "feature_versioning_environmentfeatureversion.change_request_id",
  "feature_versioning_environmentfeatureversion.phased_rollout_state_id",
  "feature_versioning_environmentfeatureversion.pipeline_stage_id",
  "feature_versioning_versionchangeset.change_request_id",
  "feature_versioning_versionchangeset.environment_feature_version_id",
  "features_featuresegment.environment_feature_version_id",
  "features_featurestate.change_request_id",
  "features_featurestate.environment_feature_version_id",
  "features_featurestate.environment_id",
  "features_featurestate.feature_segment_id",
  "features_featurestate.identity_id",
  "metadata_metadatafield.project_id",
  "oauth2_provider_accesstoken.application_id",
  "oauth2_provider_accesstoken.id_token_id",
  "oauth2_provider_accesstoken.source_refresh_token_id",
  "oauth2_provider_accesstoken.user_id",
  "oauth2_provider_application.user_id",
  "oauth2_provider_devicegrant.user_id",
  "oauth2_provider_idtoken.application_id",
  "oauth2_provider_idtoken.user_id",
  "oauth2_provider_refreshtoken.access_token_id",
  "segments_segment.change_request_id",
  "segments_segment.feature_id",
  "segments_segment.version_of_id",
  "segments_segmentrule.rule_id",
  "segments_segmentrule.segment_id",
  "users_invite.invited_by_id",
  "workflows_core_changerequest.environment_id",
]);

/** Tables whose rows carry an environment's id without a foreign key. */
const ANALYTICS = /^app_analytics_/;

/** What becomes of a row when the target of its column goes. */
export function onRemoval(table: string, column: string, nullable: boolean): OnRemoval {
  if (!nullable) return "cascade";
  const name = `${table}.${column}`;
  if (SET_NULL.has(column) || SET_NULL.has(name)) return "null";
  return CASCADE_NULLABLE.has(name) ? "cascade" : "refuse";
}

/** Content types whose table is not called after application and model. */
const RENAMED_TABLES: Readonly<Record<string, string>> = lookup({
  identities_identity: "environments_identity",
  traits_trait: "environments_trait",
  environment_permissions_userenvironmentpermission: "environments_userenvironmentpermission",
  environment_permissions_userpermissiongroupenvironmentpermission:
    "environments_userpermissiongroupenvironmentpermission",
  invites_invite: "users_invite",
  admin_logentry: "django_admin_log",
  users_userpermissiongroupmembership: "users_userpermissiongroup_users",
});

/** Statements that read the graph of a schema; `readRowGraph` takes their answers. */
export function rowGraphStatements(schema: string): readonly Statement[] {
  return [
    ...edgeStatements(schema),
    query`SELECT id, app_label || '_' || model AS "table" FROM ${tableIn(schema, "django_content_type")}`,
  ];
}

/** Those of the statements that everybody may run: the graph without content types. */
export function edgeStatements(schema: string): readonly Statement[] {
  const within = sql`n.nspname = ${schema}`;
  return [
    query`SELECT c.relname::text AS "table", a.attname::text AS "column", f.relname::text AS target, NOT a.attnotnull AS nullable
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND ${within} ORDER BY 1, 2`,
    query`SELECT c.relname::text AS "table", a.attname::text AS "column", format_type(a.atttypid, -1) AS type
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indisprimary AND i.indnkeyatts = 1 AND ${within}`,
    query`SELECT c.relname::text AS "table", array_to_json(array_agg(a.attname::text)) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND ${within}
  AND (c.relname LIKE '%\\_historical%' OR c.relname LIKE 'app\\_analytics\\_%' OR a.attname = 'deleted_at') GROUP BY 1`,
  ];
}

/** Reads the answers of `rowGraphStatements`. */
export function readRowGraph(
  schema: string,
  [foreign, primary, columns, types]: readonly (readonly Answer[])[],
): RowGraph {
  const keys = new Map(
    (primary ?? []).map((
      row,
    ) => [String(row["table"]), { column: String(row["column"]), type: String(row["type"]) }]),
  );
  const edges: Edge[] = (foreign ?? []).map((row) => {
    const [table, column] = [String(row["table"]), String(row["column"])];
    return {
      table,
      column,
      target: String(row["target"]),
      then: onRemoval(table, column, row["nullable"] === true),
      loose: false,
    };
  });
  const columnsOf = new Map((columns ?? []).map((row) => [
    String(row["table"]),
    Array.isArray(row["columns"]) ? row["columns"].map(String) : [],
  ]));
  const into = Map.groupBy([...edges, ...looseEdges(edges, columnsOf, keys)], (edge) => edge.target);
  return {
    schema,
    keys,
    into,
    contentTypes: new Map(
      (types ?? []).map((row) => {
        const name = String(row["table"]);
        return [RENAMED_TABLES[name] ?? name, Number(row["id"])];
      }),
    ),
    softDeleted: new Set(
      [...columnsOf].filter(([table, list]) => list.includes("deleted_at") && !isHistory(table)).map((
        [table],
      ) => table),
    ),
  };
}

/** True for tables of django-simple-history (`docs/flagsmith/history.md#history-tables`). */
export function isHistory(table: string): boolean {
  return table.includes("_historical");
}

/**
 * A history row names its base row and that one's foreign keys in columns without constraints. What is gone from the base
 * leaves history rows that only these columns find.
 */
function looseEdges(
  edges: readonly Edge[],
  columnsOf: ReadonlyMap<string, readonly string[]>,
  keys: ReadonlyMap<string, KeyColumn>,
): readonly Edge[] {
  const loose: Edge[] = [];
  for (const [table, columns] of columnsOf) {
    if (ANALYTICS.test(table) && columns.includes("environment_id")) {
      loose.push({
        table,
        column: "environment_id",
        target: "environments_environment",
        then: "cascade",
        loose: true,
      });
    }
    if (!isHistory(table)) continue;
    const base = table.replace("_historical", "_");
    const key = keys.get(base);
    if (key !== undefined && columns.includes(key.column)) {
      loose.push({ table, column: key.column, target: base, then: "cascade", loose: true });
    }
    for (const edge of edges) {
      const self = edge.target === base && !columns.includes(edge.column);
      if (edge.table !== base || edge.then !== "cascade" || self || !columns.includes(edge.column)) continue;
      loose.push({ table, column: edge.column, target: edge.target, then: "cascade", loose: true });
    }
  }
  return loose;
}

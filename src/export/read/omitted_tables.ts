/** Rows of the organisation in tables that no kind describes: counted, so that nothing is left out without a word. */
import type { Catalog } from "../../database/catalog.ts";
import {
  column,
  join,
  list,
  NOTHING,
  query,
  sql,
  type Statement,
  UNION_ALL,
} from "../../database/statement.ts";
import type { Answer } from "../../database/session.ts";
import { environment } from "../../kinds/environment/index.ts";
import { feature } from "../../kinds/feature/index.ts";
import { organisation } from "../../kinds/organisation/index.ts";
import { project } from "../../kinds/project/index.ts";
import { segment } from "../../kinds/segment/index.ts";
import { KIND_NAMES, type KindName } from "../../kinds/specs.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { qualified, type Scope } from "./scope.ts";

/** A table that points to an entity of the export. */
export interface Referrer {
  readonly table: string;
  readonly column: string;
  readonly target: string;
  /** True when it has a column `deleted_at`. */
  readonly soft: boolean;
}

/** Owners whose rows may be in tables that no kind describes. */
const OWNERS: ReadonlyMap<string, KindName> = new Map(
  [organisation, project, environment, feature, segment].map(({ spec: { name } }) => [
    LIVE_TABLES[name].table,
    name,
  ]),
);

/** Traces of use and caches: they come by themselves, and no file could declare them. */
const TRACES = [
  "_historical",
  "^app_analytics_",
  "^audit_",
  "^code_references_",
  "^experimentation_experiment(exposures|results)$",
  "^experimentation_warehousedeliverylog$",
  "^feature_health_featurehealthevent$",
  "^feature_versioning_",
  "^features_import_export_",
  "^launch_darkly_",
  "^organisations_(apilimitaccessblock|hubspotorganisation|organisationapi|organisationbreached|organisationsubscriptioninformationcache)",
  "^segment_membership_",
  "^segments_(segmentrule|condition|whitelistedsegment)$",
  "^users_hubspot",
].join("|");

/** Tables that the export describes. */
function described(): readonly string[] {
  return KIND_NAMES.flatMap((kind) => [LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].writes]);
}

/** Finds the tables that point to what is exported and that the export does not describe. */
export function referrersStatement(catalog: Catalog): Statement {
  return query`SELECT c.relname::text AS "table", a.attname::text AS "column", f.relname::text AS target,
  EXISTS (SELECT FROM pg_attribute d WHERE d.attrelid = c.oid AND d.attname = 'deleted_at' AND NOT d.attisdropped) AS soft
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND n.nspname = ${catalog.schema} AND f.relname IN (${
    list([...OWNERS.keys()])
  }) AND c.relname NOT IN (${list(described())}) AND c.relname !~ ${TRACES} ORDER BY 1, 2`;
}

/** Reads the answer of `referrersStatement`. */
export function readReferrers(answer: readonly Answer[]): readonly Referrer[] {
  return answer.map((row) => ({
    table: String(row["table"]),
    column: String(row["column"]),
    target: String(row["target"]),
    soft: row["soft"] === true,
  }));
}

/** Counts the rows of such tables; answers rows of (table, count), none for tables without rows. */
export function leftStatement(catalog: Catalog, scope: Scope, referrers: readonly Referrer[]): Statement {
  const byTable = Map.groupBy(referrers, (referrer) => referrer.table);
  const parts = [...byTable].map(([table, columns]) => {
    const points = columns.map(({ column: name, target }) => {
      const owner = OWNERS.get(target);
      return owner === undefined ? sql`false` : sql`${column("t", name)} = ${scope.of(owner)}`;
    });
    const live = columns.some(({ soft }) => soft) ? sql` AND t.deleted_at IS NULL` : NOTHING;
    return sql`SELECT ${table} AS "table" FROM ${qualified(catalog, table)} t WHERE (${
      join(points, sql` OR `)
    })${live}`;
  });
  return parts.length === 0
    ? query`SELECT NULL::text AS "table", 0 AS count WHERE false`
    : query`SELECT "table", count(*)::int AS count FROM (${join(parts, UNION_ALL)}) x GROUP BY 1 ORDER BY 1`;
}

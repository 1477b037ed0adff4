/** What the columns of Flagsmith's tables hold, read from the schema file of 2.274.0; constraints or not. */
import type { Row } from "./dump.ts";

/** Facts about columns; the key is `table.column`. */
export interface Catalog {
  /** Columns that hold the primary key of a row, and the table of that row. */
  readonly references: ReadonlyMap<string, string>;
  /** Columns of type timestamp with time zone. */
  readonly times: ReadonlySet<string>;
  /** Columns of type uuid. */
  readonly uuids: ReadonlySet<string>;
}

let known: Catalog | undefined;

/** The catalog; read once. */
export function catalog(): Catalog {
  return known ??= readCatalog(Deno.readTextFileSync(new URL("../data/schema/2.274.0.sql", import.meta.url)));
}

/**
 * Table that a history table keeps the history of: `features_historicalfeature` → `features_feature`; undefined for
 * other tables. The `id` of a history row is the base row's (`docs/flagsmith/history.md#history-tables`).
 */
export function baseTable(table: string): string | undefined {
  const base = table.replace("_historical", "_");
  return base === table ? undefined : base;
}

/** Table of a content type or model path: `features.featurestate`, `features.models.HistoricalFeature`. */
export function tableOfModel(path: string): string {
  const parts = path.split(".").filter((part) => part !== "models");
  const app = parts.at(-2) === "versioning" ? "feature_versioning" : parts.at(-2);
  return `${app}_${parts.at(-1)?.toLowerCase()}`;
}

/**
 * The table whose key `column` of `row` holds, where that depends on other columns of the row
 * (`docs/flagsmith/history.md#audit`). `contentType` translates the number of a content type. Undefined when the column
 * is not of that sort.
 */
export function variableReference(
  table: string,
  row: Row,
  column: string,
  contentType: (value: unknown) => string,
): string | undefined {
  if (column === "object_id" && row["content_type_id"] !== undefined) {
    return tableOfModel(contentType(row["content_type_id"]));
  }
  const path = row["history_record_class_path"];
  if (table !== "audit_auditlog") return undefined;
  if (column === "history_record_id") return typeof path === "string" ? tableOfModel(path) : undefined;
  if (column !== "related_object_id") return undefined;
  if (typeof path === "string") return baseTable(tableOfModel(path));
  return auditObjects.get(String(row["related_object_type"]));
}

/** The table that an audit row's related object type names. */
export const auditObjects: ReadonlyMap<string, string> = new Map([
  ["ENVIRONMENT", "environments_environment"],
  ["FEATURE", "features_feature"],
  ["FEATURE_STATE", "features_featurestate"],
  ["SEGMENT", "segments_segment"],
]);

function readCatalog(text: string): Catalog {
  const references = new Map<string, string>();
  const times = new Set<string>();
  const uuids = new Set<string>();
  const columns = new Map<string, string[]>();
  for (const [, table = "", body = ""] of text.matchAll(/^CREATE TABLE "?([\w-]+)"? \(\n([^;]*)\n\);/gm)) {
    const names: string[] = [];
    for (
      const [, column = "", type = ""] of body.matchAll(/^ {2}"?(\w+)"? (timestamp with time zone|\w+)/gm)
    ) {
      names.push(column);
      if (type === "timestamp with time zone") times.add(`${table}.${column}`);
      if (type === "uuid") uuids.add(`${table}.${column}`);
    }
    columns.set(table, names);
  }
  for (
    const [, table, column, target = ""] of text.matchAll(
      /^ALTER TABLE "?([\w-]+)"? ADD CONSTRAINT \S+ FOREIGN KEY \((\w+)\) REFERENCES (\w+)\(/gm,
    )
  ) references.set(`${table}.${column}`, target);
  for (const [table, names] of columns) {
    const base = baseTable(table);
    if (base === undefined || !columns.has(base)) continue;
    for (const column of names) {
      const target = column === "id" ? base : references.get(`${base}.${column}`);
      if (target !== undefined) references.set(`${table}.${column}`, target);
    }
    references.set(`${table}.history_user_id`, "users_ffadminuser");
  }
  for (const table of ["features_featurestate", "features_historicalfeaturestate"]) {
    references.set(`${table}.mv_hashing_salt`, "features_featurestate");
  }
  references.set("audit_auditlog.project_id", "projects_project");
  references.set("audit_auditlog.environment_id", "environments_environment");
  return { references, times, uuids };
}

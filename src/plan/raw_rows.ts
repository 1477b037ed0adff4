/** Rows of tables without a kind against the live catalog and rows: what is to happen to each. */
import type { Catalog, Column } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import { HISTORY } from "../flagsmith/history.ts";
import type { RowResource } from "../graph/resource.ts";
import type { Content } from "../kinds/kind.ts";
import { LIVES } from "../kinds/lives.ts";
import { hashContent } from "../log/content_hash.ts";
import type { Decision, SkipReason } from "./plan.ts";
import { isOpen } from "../log/is_active.ts";
import type { RawState } from "./live_raw_rows.ts";
import type { DatabaseState } from "./state.ts";

/** What happens to one row. */
export interface RowDecision {
  readonly action: "create" | "update" | "delete" | "adopt" | "skip";
  readonly resource: RowResource;
  readonly hash: string;
  /** Name of the primary key column. */
  readonly primaryKey: string;
  /** The live row; undefined when there is none. */
  readonly live: Readonly<Record<string, unknown>> | undefined;
  /** Columns that differ. */
  readonly fields: readonly string[];
  readonly reason: SkipReason | undefined;
  readonly differs: boolean;
}

/** Tables that have a kind, or that only the application and this tool may write. */
function isModelled(table: string): boolean {
  return Object.values(LIVES).some((live) => live.table === table || live.writes.includes(table)) ||
    Object.values(HISTORY).some((history) => history.table === table) ||
    /^(provisioning_log|django_migrations|django_content_type|django_site|auth_permission)$/.test(table);
}

/** Checks rows against the catalog; true when the database may be asked about them. */
export function checkRows(
  rows: readonly RowResource[],
  catalog: Catalog,
  diagnostics: Diagnostics,
): boolean {
  const before = diagnostics.sorted().length;
  for (const { row } of rows) {
    const columns = catalog.tables.get(row.table);
    if (isModelled(row.table)) {
      const kind = Object.entries(LIVES).find(([, live]) => live.table === row.table)?.[0];
      diagnostics.add(
        "FP305",
        row.span,
        `"rows" does not write to ${row.table}, which this tool models`,
        kind === undefined ? "Its rows come with the entities that they belong to" : `Declare it as ${kind}`,
      );
    } else if (columns === undefined) {
      diagnostics.add(
        "FP305",
        row.span,
        `This database has no table ${row.table}`,
        "Enterprise tables exist only where an Enterprise image ran its migrations",
      );
    } else {
      for (const cell of [...row.key, ...row.set]) checkCell(cell, row.table, columns, diagnostics);
    }
  }
  return diagnostics.sorted().length === before;
}

function checkCell(
  cell: RawCell,
  table: string,
  columns: ReadonlyMap<string, Column>,
  diagnostics: Diagnostics,
): void {
  const column = columns.get(cell.column);
  const refuse = (message: string, hint?: string): void => diagnostics.add("FP305", cell.span, message, hint);
  if (column === undefined) {
    refuse(`Table ${table} has no column ${cell.column}`, didYouMean(cell.column, [...columns.keys()]));
    return;
  }
  const { value } = cell;
  const isJson = /^jsonb?$/.test(column.type);
  if (value.kind === "json" && !isJson) {
    refuse(`Column ${cell.column} of ${table} takes one value, not several`);
  }
  if (value.kind !== "text") return;
  if (value.text === null) {
    if (column.notNull) refuse(`Column ${cell.column} of ${table} must not be null`);
    return;
  }
  if (value.text.includes("\0")) refuse(`Column ${cell.column} of ${table} cannot hold a NUL character`);
  if (column.maxLength !== undefined && [...value.text].length > column.maxLength) {
    refuse(`Column ${cell.column} of ${table} takes ${column.maxLength} characters at most`);
  }
  const form = FORMS.find(([type]) => type.test(column.type))?.[1];
  if (form !== undefined && !form(value.text)) {
    refuse(`Column ${cell.column} of ${table} takes ${column.type}`);
  }
}

/** What text a type reads; types that are not named are left to PostgreSQL. */
const FORMS: readonly (readonly [RegExp, (text: string) => boolean])[] = [
  [/^smallint$/, (text) => isInteger(text, 32768n)],
  [/^integer$/, (text) => isInteger(text, 2147483648n)],
  [/^bigint$/, (text) => isInteger(text, 9223372036854775808n)],
  [/^boolean$/, (text) => text === "true" || text === "false"],
  [/^(numeric|double precision|real)/, (text) => /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)],
  [/^uuid$/, (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
  [/^(timestamp|date)/, (text) => text === "now" || !Number.isNaN(Date.parse(text.replace(" ", "T")))],
];

function isInteger(text: string, limit: bigint): boolean {
  if (!/^[-+]?\d{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= -limit && value < limit;
}

/** Decides about every row. `known` are the decisions about entities. */
export function decideRows(
  rows: readonly RowResource[],
  raw: RawState,
  state: DatabaseState,
  known: ReadonlyMap<number, Decision>,
  diagnostics: Diagnostics,
): readonly RowDecision[] {
  return rows.map((resource, at): RowDecision => {
    const { row, address, targets } = resource;
    const live = raw.live.get(at) ?? [];
    const [primaryKey = "", ...others] = raw.primaryKeys.get(row.table) ?? [];
    const hash = hashContent("row", contentOf(resource));
    const event = raw.events.get(address);
    const logged = isOpen(event);
    const decision = (action: RowDecision["action"], more: Partial<RowDecision> = {}): RowDecision => ({
      action,
      resource,
      hash,
      primaryKey,
      live: live[0]?.row,
      fields: [],
      reason: undefined,
      differs: false,
      ...more,
    });
    const skip = (reason: SkipReason, differs = false): RowDecision => decision("skip", { reason, differs });
    if (primaryKey === "" || others.length > 0) {
      diagnostics.add("FP305", row.span, `Table ${row.table} has no primary key of one column`);
      return skip({ kind: "exists" });
    }
    if (live.length > 1) {
      diagnostics.add(
        "FP301",
        row.span,
        `The database holds ${live.length} rows of ${row.table} with this key`,
        "Name more columns in key; the tool does not guess",
      );
    }
    if (row.policy.ensure === "absent") {
      return live.length === 0 ? skip({ kind: "absent" }) : decision("delete");
    }
    const missing = [...targets.values()].find((target) => {
      const above = known.get(target.index);
      return above?.action === "skip" && above.live === undefined;
    });
    const [first] = live;
    if (first === undefined) {
      if (missing !== undefined) return skip({ kind: "parent", what: `"${missing.name}" does not exist` });
      if (logged && row.policy.onMissing === "leave") return skip({ kind: "left" });
      checkRequired(resource, primaryKey, state.catalog, diagnostics);
      return decision("create");
    }
    const same = logged && event.contentHash === hash;
    switch (row.policy.onExists) {
      case "skip":
        return skip({ kind: "exists" }, logged && !same);
      case "fail":
        if (!same) {
          diagnostics.add(
            "FP302",
            row.span,
            `The row ${address} exists already`,
            "on_exists: fail was asked for",
          );
        }
        return skip({ kind: "exists" });
      case "update":
        if (first.differing.length > 0) return decision("update", { fields: first.differing });
        return logged ? skip({ kind: "exists" }) : decision("adopt");
    }
  });
}

/** What a file says of a row, without secrets. */
function contentOf({ row }: RowResource): Content {
  const cells = (list: readonly RawCell[]): Content =>
    Object.fromEntries(
      list.filter((cell) => !cell.secret).map(({ column, value }): [string, Content] => [
        column,
        value.kind === "reference"
          ? `${value.of}:${value.path.join("/")}`
          : value.kind === "json"
          ? value.json as Content
          : value.text,
      ]),
    );
  return { table: row.table, key: cells(row.key), set: cells(row.set) };
}

/** Reports columns that must be filled and that nobody fills. */
function checkRequired(
  { row }: RowResource,
  primaryKey: string,
  catalog: Catalog,
  diagnostics: Diagnostics,
): void {
  const given = new Set([...row.key, ...row.set].map((cell) => cell.column));
  const columns = [...catalog.tables.get(row.table)?.values() ?? []];
  const left = columns.filter((c) =>
    c.notNull && !given.has(c.name) && (c.name === primaryKey ? !canDraw(c) : !c.hasDefault)
  );
  if (left.length === 0) return;
  diagnostics.add(
    "FP305",
    row.span,
    `A new row of ${row.table} needs ${left.map((c) => `${c.name} (${c.type})`).join(", ")}`,
    "Add them under set; Django fills its defaults itself, the database does not know them",
  );
}

/** True for a primary key that the tool can make: from the column's sequence, or a random uuid. */
export function canDraw(column: Column): boolean {
  return (column.name === "id" && column.sequence !== undefined) || column.type === "uuid";
}

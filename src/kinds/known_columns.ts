/** Which columns the tool fills, per table: what the schema check compares the live columns with. */
import { lookup } from "../diagnostics/lookup.ts";
import { KIND_NAMES, type KindName } from "./specs.ts";
import { HISTORY, historyRow } from "../flagsmith/history.ts";
import type { Row } from "../flagsmith/cell.ts";
import { LINKS } from "./feature/live.ts";
import { PERMISSION_TABLES } from "./permission/live.ts";
import { KIND_ROWS, LIVE_TABLES } from "./tables.ts";

/** A sample of each table's row. */
const SAMPLES: Readonly<Record<string, Row>> = lookup(Object.assign(
  {},
  ...Object.values(KIND_ROWS).map(({ samples }) => samples),
));

/** The columns of a table that this tool writes; undefined for tables of which it writes links only. */
export function columnsWritten(table: string): readonly string[] | undefined {
  const sample = SAMPLES[table];
  return sample === undefined ? undefined : Object.keys(sample);
}

/** A row as creating an entity without further wishes writes it, but for ids, names, keys and times; undefined as above. */
export function plainRow(table: string): Row | undefined {
  return SAMPLES[table];
}

/** Tables of links, and those that mark rows as deleted: no kind has columns of theirs. */
const LINK_COLUMNS: Readonly<Record<string, readonly string[]>> = lookup({
  ...Object.fromEntries(LINKS.map(({ table, column }) => [table, ["id", "feature_id", column]])),
  ...Object.fromEntries(
    Object.values(PERMISSION_TABLES).map(({ link, owner }) => [link, ["id", owner, "permissionmodel_id"]]),
  ),
  softdelete_changeset: ["id", "created_date", "object_id", "content_type_id"],
  softdelete_softdeleterecord: ["id", "created_date", "object_id", "changeset_id", "content_type_id"],
});

/** Table → columns that inserting fills, for the tables that entities of these kinds are written to; without kinds for all. */
export function knownColumns(
  kinds: Iterable<KindName> = KIND_NAMES,
): ReadonlyMap<string, readonly string[]> {
  every ??= columnsOfEvery();
  const wanted = new Set([...kinds].flatMap((kind) => LIVE_TABLES[kind].writes));
  return new Map([...every].filter(([table]) => wanted.has(table)));
}

/** Of every table, once a run has asked: each look asks several times. */
let every: ReadonlyMap<string, readonly string[]> | undefined;

function columnsOfEvery(): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, readonly string[]>();
  for (const [table, sample] of Object.entries(SAMPLES)) {
    known.set(table, Object.keys(sample));
    const history = HISTORY[table];
    if (history !== undefined) known.set(history.table, Object.keys(historyRow(history, sample, "+", "", 0)));
  }
  for (const [table, columns] of Object.entries(LINK_COLUMNS)) known.set(table, columns);
  return known;
}

/** True for tables that have a kind, or that only the application may write. */
export function isModelled(table: string): boolean {
  return Object.values(LIVE_TABLES).some((live) => live.table === table || live.writes.includes(table)) ||
    Object.values(HISTORY).some((history) => history.table === table) ||
    /^(django_migrations|django_content_type|django_site|auth_permission)$/.test(table);
}

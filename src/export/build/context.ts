/** Names of exported entities: in their rows, in messages, and which of several goes first. */
import { capitalize } from "../../diagnostics/capitalize.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { idIn, type Row, textIn } from "../../flagsmith/cell.ts";
import { compareText, type ExportContext, type NamedRow } from "../../kinds/exported.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";

/** The name of the entity that a row is: its own, or that of the row which it is known by. */
export function nameIn(kind: KindName, row: Row, { below }: Pick<ExportContext, "below">): string {
  const { match, joins = [] } = LIVE_TABLES[kind];
  const [named] = match?.columns ?? [];
  const join = joins.find(({ as }) => as === named?.of);
  const holder = join === undefined
    ? row
    : below(join.table, join.column).get(idIn(row, join.equals.column))?.[0] ?? {};
  return textIn(holder, named?.column ?? "");
}

/** An entity as messages call it: `Environment "Dev" in project "Web"`. */
export function titleOf(kind: KindName, name: string, where: string): string {
  const { label } = ALL_SPECS[kind];
  return `${capitalize(label)} "${name}"${where}`;
}

/** Reports a value that the format cannot express. */
export function reportInexpressible(
  kind: KindName,
  name: string,
  where: string,
  field: string,
  why: string,
  diagnostics: Diagnostics,
): void {
  diagnostics.add("FP441", undefined, `"${field}" of ${lower(titleOf(kind, name, where))} ${why}`);
}

/** The same with a small letter, inside of a sentence. */
export function lower(title: string): string {
  return title.startsWith("API") ? title : `${title[0]?.toLowerCase()}${title.slice(1)}`;
}

/**
 * Rows in the order of their names. Of several rows with one name, which Flagsmith allows and the format does not, the
 * oldest is kept and the others are reported.
 */
export function distinct(
  kind: KindName,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  where: string,
  diagnostics: Diagnostics,
): readonly NamedRow[] {
  const spec = ALL_SPECS[kind];
  const groups = Map.groupBy(rows.map((row) => ({ row, name: nameOf(row) })), ({ name }) => spec.key(name));
  const kept: NamedRow[] = [];
  for (const group of groups.values()) {
    const [first, ...others] = group.sort((a, b) => idIn(a.row, "id") - idIn(b.row, "id"));
    if (first === undefined) continue;
    kept.push(first);
    if (others.length === 0) continue;
    const { table, primaryKey } = LIVE_TABLES[kind];
    const key = (row: Row): string => String(row[primaryKey]);
    diagnostics.add(
      "FP440",
      undefined,
      `${titleOf(kind, first.name, where)} is there ${group.length} times; ${table} ${primaryKey} ${
        key(first.row)
      } is exported, ${others.map(({ row }) => key(row)).join(", ")} ${
        others.length === 1 ? "is" : "are"
      } left out`,
      "Rename or remove one of them",
    );
  }
  return kept.sort((a, b) => compareText(a.name, b.name));
}

/** Lengths that the live columns take: Flagsmith's settings decide some at migration time (`docs/flagsmith/tables.md#sizes`). */
import type { Catalog } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Limit } from "../flagsmith/api_limits.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { reportLength, sizedTexts } from "./settings_limits.ts";

/** The longest text of a column in characters; undefined when unlimited. */
export type LengthLimit = (table: string, column: string) => Limit | undefined;

/** The limits of the columns that are there. */
export function liveLimit({ tables }: Catalog): LengthLimit {
  return (table, column) => {
    const most = tables.get(table)?.get(column)?.maxLength;
    return most === undefined
      ? undefined
      : { most, hint: `The column ${table}.${column} is as long as that` };
  };
}

/** Reports each text of an entity that its column cannot take. */
export function checkLengths({ declaration }: Resource, limit: LengthLimit, diagnostics: Diagnostics): void {
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  const sized = sizedTexts(declaration);
  for (const { path, text, table, column } of sized) {
    reportLength(declaration, path, text, limit(table, column), diagnostics);
  }
  const live = LIVE_TABLES[declaration.kind];
  for (const [column, cell] of Object.entries(live.columns(declaration.fields))) {
    if (typeof cell !== "string") continue;
    if (sized.some((text) => text.table === live.table && text.column === column)) continue;
    const field = live.fieldNames?.[column] ?? column;
    const settings = declaration.node.entries.some((e) => e.key === field) ? [] : ["settings"];
    reportLength(declaration, [...settings, field], cell, limit(live.table, column), diagnostics);
  }
}

/** What a live entity has otherwise than its file. */
import { type Cell, isJson, type Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow, LiveTarget } from "../kinds/live.ts";
import type { Content } from "../kinds/kind.ts";
import { canonical } from "../log/content_hash.ts";
import type { DatabaseState } from "../snapshot/state.ts";

/** The declared columns whose live value is another. */
export function differing(resource: Resource, live: LiveRow): Row {
  const { declaration } = resource;
  if (declaration === undefined) return {};
  const after: Record<string, Cell> = {};
  const { columns, derived, compared } = LIVE_TABLES[resource.kind];
  for (const [column, wanted] of Object.entries(columns(declaration.fields))) {
    if (wanted === undefined) continue;
    const current = live.row[column] ?? (column in live.row ? null : derived?.[column]?.(live));
    // A release without the column: `checkStorable` says so.
    if (current === undefined) continue;
    const form = compared?.[column] ?? ((cell: Cell) => cell);
    if (!sameCell(form(current), form(wanted))) after[column] = wanted;
  }
  return after;
}

/** What depends on the live row and is other than declared, in words. */
export function deeperChanges(resource: Resource, live: LiveRow, state: DatabaseState): readonly string[] {
  const { declaration } = resource;
  if (declaration === undefined) return [];
  return LIVE_TABLES[resource.kind].differs?.(declaration.fields, live, liveTargets(resource, state)) ?? [];
}

/** Changed columns in the words of the file. */
export function columnWords(resource: Resource, after: Row): readonly string[] {
  return Object.keys(after).map((column) => LIVE_TABLES[resource.kind].fieldNames?.[column] ?? column);
}

/** Live ids of what an entity refers to, by path. */
function liveTargets(resource: Resource, state: DatabaseState): LiveTarget {
  return (path) => {
    const target = resource.references.get(path);
    const id = target === undefined ? undefined : state.live.get(target.index)?.[0]?.id;
    return typeof id === "number" ? id : undefined;
  };
}

function sameCell(a: Cell, b: Cell): boolean {
  if (isJson(a) && isJson(b)) return canonical(a.json as Content) === canonical(b.json as Content);
  if (
    typeof a === "string" && typeof b === "string" && /^\d{4}-\d\d-\d\dT/.test(a) &&
    /^\d{4}-\d\d-\d\dT/.test(b)
  ) return Date.parse(a) === Date.parse(b);
  return a === b;
}

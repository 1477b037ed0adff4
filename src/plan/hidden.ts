/** Which values of a row come from secret sources, so that neither log nor plan may show them. Pure. */
import type { LastEvent } from "../log/events.ts";
import { type Cell, isJson, type Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import { isStateKind } from "./state_checks.ts";

/** True when a cell holds one of the secret texts, alone or inside of a document. */
export function isSecretCell(cell: Cell, secrets: ReadonlySet<string>): boolean {
  if (isJson(cell)) {
    return [...secrets].some((text) => JSON.stringify(cell.json).includes(JSON.stringify(text).slice(1, -1)));
  }
  return (typeof cell === "string" || typeof cell === "number") && secrets.has(String(cell));
}

/** What tells where the log speaks of an entity, and what it says. */
interface Logged {
  /** Address of each resource, by index. */
  readonly addresses: readonly string[];
  readonly events: ReadonlyMap<string, LastEvent>;
}

/**
 * Columns of an entity to which this tool wrote a value from a secret source before, as the log says. States and overrides
 * begin with the initial value of their feature, and share its secret.
 */
export function formerlyHidden(
  { index, kind, parent }: Resource,
  { addresses, events }: Logged,
): ReadonlySet<string> {
  const columnsAt = (at: number): readonly string[] => {
    const columns: unknown = events.get(addresses[at] ?? "")?.details["secret"];
    return Array.isArray(columns) ? columns.map(String) : [];
  };
  const inherited = isStateKind(kind) && parent !== undefined &&
    columnsAt(parent.index).includes("initial_value");
  return new Set([...columnsAt(index), ...(inherited ? VALUE_COLUMNS : [])]);
}

const VALUE_COLUMNS = ["boolean_value", "integer_value", "string_value"];

/**
 * Columns that hold, or held before (`former`), a value from a secret source (`!file`, `--secret-env`): the log names them and never their values, so that such a change cannot be taken back.
 */
export function hiddenColumns(
  own: Row | undefined,
  changed: readonly Row[],
  secrets: ReadonlySet<string>,
  former: ReadonlySet<string>,
): ReadonlySet<string> {
  // Runs of tens of thousands of rows seldom have a secret among them.
  if (secrets.size === 0) return former;
  const hidden = new Set(former);
  for (const row of [own ?? {}, ...changed]) {
    for (const [column, cell] of Object.entries(row)) if (isSecretCell(cell, secrets)) hidden.add(column);
  }
  return hidden;
}

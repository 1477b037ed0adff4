/**
 * Which values of a row are secret, so that neither log, plan nor fingerprint may show them: because the record of the kind
 * says so, because they come from a secret source, or because the log says that they did before. Pure.
 */
import type { LastEvent } from "./events.ts";
import { type Cell, isJson, type Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { KindName } from "../kinds/specs.ts";

/** True when a cell holds one of the secret texts, alone or inside of a document, or the number that one of them spells. */
export function isSecretCell(cell: Cell, secrets: ReadonlySet<string>): boolean {
  if (isJson(cell)) {
    return [...secrets].some((text) =>
      JSON.stringify(cell.json).includes(JSON.stringify(text).slice(1, -1))
    ) || holdsNumber(cell.json, numbersIn(secrets));
  }
  if (typeof cell === "number") return secrets.has(String(cell)) || numbersIn(secrets).has(cell);
  return typeof cell === "string" && secrets.has(cell);
}

const numbersOf = new WeakMap<ReadonlySet<string>, ReadonlySet<number>>();

/** The numbers that secret texts spell, in whatever way: `00734001` and `4.25100`, as YAML and Flagsmith read them. */
function numbersIn(secrets: ReadonlySet<string>): ReadonlySet<number> {
  const known = numbersOf.get(secrets) ??
    new Set(
      [...secrets].filter((text) => /^\s*[-+]?[\d._]*\d[\d._]*(e[-+]?\d+)?\s*$/i.test(text)).map((text) =>
        Number(text.replaceAll("_", ""))
      ),
    );
  numbersOf.set(secrets, known);
  return known;
}

function holdsNumber(value: unknown, numbers: ReadonlySet<number>): boolean {
  if (numbers.size === 0) return false;
  if (typeof value === "number") return numbers.has(value);
  return typeof value === "object" && value !== null &&
    Object.values(value).some((part) => holdsNumber(part, numbers));
}

/** What tells where the log speaks of an entity, and what it says. */
interface Logged {
  /** Address of each resource, by index. */
  readonly addresses: readonly string[];
  readonly events: ReadonlyMap<string, LastEvent>;
}

/** Columns that a former event of an address calls secret. */
export function formerSecrets(details: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const columns: unknown = details?.["secret"];
  return Array.isArray(columns) ? columns.map(String) : [];
}

/**
 * Columns of an entity to which this tool wrote a value from a secret source before, as the log says, and those that began
 * as a copy of such a one.
 */
export function formerlyHidden(
  { index, kind, parent }: Resource,
  { addresses, events }: Logged,
): ReadonlySet<string> {
  const columnsAt = (at: number): readonly string[] =>
    formerSecrets(events.get(addresses[at] ?? "")?.details);
  const { copied } = LIVE_TABLES[kind];
  const shared = copied !== undefined && parent !== undefined &&
    columnsAt(parent.index).includes(copied.from);
  return new Set([...columnsAt(index), ...(shared ? copied.columns : [])]);
}

const holdsByTable: ReadonlyMap<string, Readonly<Record<string, "secret" | "hash">>> = new Map(
  Object.values(LIVE_TABLES).flatMap(({ table, secretColumns }) =>
    secretColumns === undefined ? [] : [[table, secretColumns] as const]
  ),
);
const columnsByTable = new Map([...holdsByTable].map(([table, columns]) => [table, Object.keys(columns)]));

/** Columns of a table that never leave the database: those of `secretColumns` of the kind that has its rows in it. */
export function secretColumnsIn(table: string): readonly string[] {
  return columnsByTable.get(table) ?? [];
}

/** Columns of a kind's own table that hold a secret or a hash of one, whatever the source of the value is. */
export function secretColumnsOf(kind: KindName): readonly string[] {
  return secretColumnsIn(LIVE_TABLES[kind].table);
}

/** True for a column of which not even a fingerprint is kept. */
export function holdsSecretItself(table: string, column: string): boolean {
  return holdsByTable.get(table)?.[column] === "secret";
}

/**
 * Columns that the log names without their values, so that such a change cannot be taken back: what was hidden before
 * (`former`), what `changed` rows have of the columns that the record calls secret (`recorded`), and cells of `own` or
 * `changed` that come from a secret source (`!file`, `--secret-env`).
 */
export function hiddenColumns(
  own: Row | undefined,
  changed: readonly Row[],
  secrets: ReadonlySet<string>,
  former: ReadonlySet<string>,
  recorded: readonly string[] = [],
): ReadonlySet<string> {
  const hidden = new Set(former);
  for (const column of recorded) if (changed.some((row) => column in row)) hidden.add(column);
  // Runs of tens of thousands of rows seldom have a secret among them.
  if (secrets.size === 0) return hidden;
  for (const row of [own ?? {}, ...changed]) {
    for (const [column, cell] of Object.entries(row)) if (isSecretCell(cell, secrets)) hidden.add(column);
  }
  return hidden;
}

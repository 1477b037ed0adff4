/** Whether a run wrote exactly the rows that the real application wrote, up to ids, uuids and random keys. */
import { type Colours, isColouredAs, isSameColours, refine } from "./colour_refinement.ts";
import { recordedFacts } from "./recorded_facts.ts";
import type { Recording } from "./recordings.ts";
import type { Cell, FactRow, Facts } from "./row_facts.ts";
import { type Run, runFacts } from "./run_facts.ts";

/** What to compare. */
export interface CompareOptions {
  /** Tables to leave out, besides those that the recordings never look at (`isUnrecorded`). */
  readonly exclude?: readonly string[];
  /**
   * How rows that existed before are distinguished: `structure` (default) by what the run's rows say of them only, `rank` also
   * by the position of their id, as the recordings number them; for a database whose rows were made in the recorded order.
   */
  readonly existing?: "structure" | "rank";
}

/** One thing that is not as recorded. */
export interface Difference {
  readonly table: string;
  /** The recorded row's symbol, or the run's key of a row that was not wanted. */
  readonly row: string;
  /** Undefined when the whole row is missing or too much. */
  readonly column?: string;
  readonly wanted: string;
  readonly got: string;
}

/** Both sides as facts, coloured alike. */
export interface Comparison {
  readonly wanted: Facts;
  readonly got: Facts;
  readonly wantedColours: Colours;
  readonly gotColours: Colours;
}

const unrecorded =
  /^(provisioning_log|django_(migrations|session|content_type)|task_processor_.*|axes_.*|oauth2_provider_.*|health_check_.*)$/;
const prepared = new Map<
  string,
  { readonly recording: Recording; readonly facts: Facts; readonly colours: Colours }
>();

/** True for tables that the recordings leave out (their README) and for the tool's own log. */
export function isUnrecorded(table: string): boolean {
  return unrecorded.test(table);
}

/** Every difference between what `run` did and the recording; none when they are equal. Columns, rows and tables alike. */
export function compareRecording(recording: Recording, run: Run, options: CompareOptions = {}): Difference[] {
  const comparison = prepare(recording, run, options);
  return isSame(comparison) ? [] : explain(comparison);
}

/** True when `compareRecording` would find nothing; quicker than that. */
export function isAsRecorded(recording: Recording, run: Run, options: CompareOptions = {}): boolean {
  const { wantedColours, got } = factsOf(recording, run, options);
  return isColouredAs(got, wantedColours);
}

/** A line per difference. */
export function formatDifferences(differences: readonly Difference[]): string {
  return differences.map(({ table, row, column, wanted, got }) =>
    `${table} ${row}${column === undefined ? "" : `, ${column}`}: wanted ${wanted}, got ${got}`
  ).join("\n");
}

/** Both sides, coloured. */
export function prepare(recording: Recording, run: Run, options: CompareOptions): Comparison {
  const facts = factsOf(recording, run, options);
  return { ...facts, gotColours: refine(facts.got, facts.wantedColours.length - 1) };
}

/** Both sides, and the colours of the recorded one, which are remembered. */
function factsOf(recording: Recording, run: Run, options: CompareOptions): Omit<Comparison, "gotColours"> {
  const ranked = options.existing === "rank";
  const excluded = (table: string) => isUnrecorded(table) || (options.exclude ?? []).includes(table);
  const key = JSON.stringify([recording.name, ranked, options.exclude]);
  let known = prepared.get(key);
  if (known === undefined || known.recording !== recording) {
    const facts = recordedFacts(recording, ranked, excluded);
    known = { recording, facts, colours: refine(facts) };
    prepared.set(key, known);
  }
  const got = runFacts(run, recording, ranked, excluded);
  return { wanted: known.facts, got, wantedColours: known.colours };
}

function isSame({ wantedColours, gotColours }: Comparison): boolean {
  return isSameColours(wantedColours.at(-1) ?? [], gotColours.at(-1) ?? []);
}

/** Pairs rows, the surest pairs first, and says what differs in each pair. */
function explain(comparison: Comparison): Difference[] {
  const { wanted, got } = comparison;
  const { pairs, missing, extra } = pair(comparison);
  const forward = new Map<string, string>();
  const backward = new Map<string, string>();
  const bind = (a: Cell | undefined, b: Cell | undefined): boolean => {
    if (a?.kind !== "node" || b?.kind !== "node") return text(a) === text(b);
    if (wanted.nodes.get(a.node) !== got.nodes.get(b.node)) return false;
    if (!forward.has(a.node) && !backward.has(b.node)) {
      forward.set(a.node, b.node);
      backward.set(b.node, a.node);
    }
    return forward.get(a.node) === b.node;
  };
  // A row's own key first: it decides which rows the other columns mean.
  for (const [a, b] of pairs) {
    for (const own of ["history_id", "id", "uuid", "row"]) {
      if (!(own === "id" && a.cells.has("history_id"))) bind(a.cells.get(own), b.cells.get(own));
    }
  }
  const differences: Difference[] = [];
  for (const [a, b] of pairs) {
    for (const column of new Set([...a.cells.keys(), ...b.cells.keys()])) {
      const [left, right] = [a.cells.get(column), b.cells.get(column)];
      if (bind(left, right)) continue;
      const meant = left?.kind === "node" ? forward.get(left.node) : undefined;
      differences.push({
        table: a.table,
        row: a.label,
        column,
        wanted: text(left) + (meant === undefined ? "" : ` (${meant})`),
        got: text(right),
      });
    }
  }
  for (const row of missing) {
    differences.push({
      table: row.table,
      row: row.label,
      wanted: `${row.event} row ${summary(row)}`,
      got: "no such row",
    });
  }
  for (const row of extra) {
    differences.push({
      table: row.table,
      row: row.label,
      wanted: "no such row",
      got: `${row.event} row ${summary(row)}`,
    });
  }
  // Rows that look alike one by one and still hang together otherwise.
  if (differences.length === 0) {
    const tables = new Set(
      pairs.filter(([, , round]) => round < comparison.wantedColours.length - 1).map(([a]) => a.table),
    );
    const table = [...tables].join(", ");
    differences.push({
      table,
      row: "(any)",
      wanted: "rows that refer to each other as recorded",
      got: "other references",
    });
  }
  return differences;
}

type Pair = readonly [wanted: FactRow, got: FactRow, round: number];

function pair({ wanted, got, wantedColours, gotColours }: Comparison): {
  readonly pairs: readonly Pair[];
  readonly missing: readonly FactRow[];
  readonly extra: readonly FactRow[];
} {
  const left = new Set(wanted.rows.keys());
  const right = new Set(got.rows.keys());
  const pairs: Pair[] = [];
  const take = (a: number, b: number, round: number) => {
    const [x, y] = [wanted.rows[a], got.rows[b]];
    if (x !== undefined && y !== undefined) pairs.push([x, y, round]);
    left.delete(a);
    right.delete(b);
  };
  for (let round = wantedColours.length - 1; round >= 0; round--) {
    const byColour = new Map<string | undefined, number[]>();
    for (const b of right) {
      const colour = gotColours[round]?.[b];
      byColour.set(colour, [...byColour.get(colour) ?? [], b]);
    }
    for (const a of left) {
      const b = byColour.get(wantedColours[round]?.[a])?.shift();
      if (b !== undefined) take(a, b, round);
    }
  }
  const candidates: { readonly a: number; readonly b: number; readonly score: number }[] = [];
  for (const a of left) {
    for (const b of right) {
      const [x, y] = [wanted.rows[a], got.rows[b]];
      if (x === undefined || y === undefined || x.table !== y.table || x.event !== y.event) continue;
      candidates.push({ a, b, score: likeness(x, y) });
    }
  }
  for (const { a, b, score } of candidates.sort((x, y) => y.score - x.score)) {
    if (score >= 0.5 && left.has(a) && right.has(b)) take(a, b, -1);
  }
  const rowsOf = (facts: Facts, indexes: Set<number>) =>
    facts.rows.filter((_row, index) => indexes.has(index));
  return { pairs, missing: rowsOf(wanted, left), extra: rowsOf(got, right) };
}

/** Share of columns that could be equal. */
function likeness(a: FactRow, b: FactRow): number {
  const columns = [...new Set([...a.cells.keys(), ...b.cells.keys()])];
  const alike = columns.filter((column) => {
    const [x, y] = [a.cells.get(column), b.cells.get(column)];
    return x?.kind === "node" ? y?.kind === "node" : text(x) === text(y);
  });
  return alike.length / columns.length;
}

function text(cell: Cell | undefined): string {
  if (cell === undefined) return "(unchanged)";
  return cell.kind === "plain" ? cell.text : cell.node;
}

/** The columns of a row that say something. */
function summary(row: FactRow): string {
  const cells = [...row.cells].filter(([, cell]) => cell.kind === "node" || cell.text !== "null");
  return `{${cells.map(([column, cell]) => `${column}: ${text(cell)}`).join(", ")}}`;
}

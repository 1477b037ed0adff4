/** What a teardown did, as lines and as JSON. Pure. */
import { LEARNED_LATE } from "./result_notes.ts";
import type { Dependants } from "../teardown/dependent_rows.ts";
import type { TeardownResult, Undone } from "../teardown/teardown.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { kindOfAddress, pathOfAddress } from "../kinds/address.ts";
import { addressWords } from "./address_words.ts";
import { escapeControls } from "./display.ts";
import { JSON_VERSION } from "./diagnostic_json.ts";

/**
 * A line an entity, newest first, and the summary. What belongs to an entity above it that is undone as well has a line only
 * when `verbose`.
 */
export function teardownLines(result: TeardownResult, verbose: boolean): readonly string[] {
  const lines: string[] = [];
  for (const { event, address } of verbose ? changed(result) : counted(result)) {
    const verb = event === "deleted" ? "delete" : "restore";
    lines.push(
      result.dryRun
        ? `Would ${verb} ${addressWords(address)}.`
        : `${event === "deleted" ? "Deleted" : "Restored"} ${addressWords(address)}.`,
    );
  }
  for (const { table, count, examples } of result.cascaded) {
    lines.push(
      `${result.dryRun ? "Would delete" : "Deleted"} what others created: ${table} (${count}): ${
        listed(count, examples)
      }.`,
    );
  }
  const { deleted, restored } = counts(result);
  lines.push(
    result.dryRun
      ? `Dry run: ${deleted} to delete, ${restored} to restore.`
      : `Teardown complete: ${deleted} deleted, ${restored} restored.`,
  );
  return lines.map(escapeControls);
}

/** What was deleted or changed; what had only been taken into the log stays as it is. */
function changed({ undone }: TeardownResult): readonly Undone[] {
  return undone.filter(({ address, untouched }) => address !== "rows:cascade" && !untouched);
}

/** What the summary counts: nothing that goes with what is above it, in the words of the lines. */
function counted(result: TeardownResult): readonly Undone[] {
  const all = changed(result);
  const paths = new Set(
    all.filter(({ kind }) => !isPart(kind)).map(({ address }) => pathOfAddress(address)),
  );
  return all.filter(({ kind, address }) => {
    if (!isPart(kind)) return true;
    const path = pathOfAddress(address).split("/");
    return !path.some((_, at) => paths.has(path.slice(0, at + 1).join("/")));
  });
}

function isPart(kind: string): boolean {
  const name = kindOfAddress(`${kind}:`);
  return name !== undefined && ALL_SPECS[name].line === "parent";
}

function counts(result: TeardownResult): { deleted: number; restored: number } {
  const own = counted(result);
  return {
    deleted: own.filter((u) => u.event === "deleted").length,
    restored: own.filter((u) => u.event === "restored").length,
  };
}

const WHY_KEPT: Readonly<Record<Exclude<TeardownResult["kept"][number]["why"], "row" | "below">, string>> = {
  "changed since": "it was changed since",
  secret: "the log holds no secrets, so there is no value to restore",
  taken: "another row holds the one that it had",
  shares: "with the one that it had, the shares would be more than 100 percent",
};

/** Notes for people: what was left as it is, what was not there. */
export function teardownNotes(result: TeardownResult): readonly string[] {
  return [
    ...keptNotes(result),
    ...(result.gone.length === 0 ? [] : [
      `${result.gone.length} logged ${
        result.gone.length === 1 ? "row is" : "rows are"
      } not there any more, or not the one that was written: ${
        result.gone.slice(0, 5).map(addressWords).join(", ")
      }${result.gone.length > 5 ? ", …" : ""}.`,
    ]),
    ...(result.confirmedAfterReconnect ? [LEARNED_LATE] : []),
  ];
}

/** A note for each sort of row of an entity that stays as it is, or away. */
function keptNotes({ kept }: TeardownResult): readonly string[] {
  const sorts = Map.groupBy(
    kept,
    ({ address, table, column, why }) => JSON.stringify([address, table, column, why]),
  );
  return [...sorts.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { address, table, column, why } = first;
    const count = group.length;
    const of = addressWords(address);
    if (why === "row" || why === "below") {
      const rows = count === 1 ? `A row of ${table} is` : `${count} rows of ${table} are`;
      return [
        `${rows} not put back: ${
          why === "row"
            ? "the log holds no secrets"
            : `what ${count === 1 ? "it belongs" : "they belong"} to is not put back`
        } (${of}).`,
      ];
    }
    const rows = count === 1 ? of : `${of}, ${count} rows`;
    return [`${table}.${column} keeps its value: ${WHY_KEPT[why]} (${rows}).`];
  });
}

/** Why a teardown refuses: tables with counts and the first names. */
export function refusalLines(refused: readonly Dependants[]): readonly string[] {
  const total = refused.reduce((sum, { count }) => sum + count, 0);
  return [
    `error: ${total} ${total === 1 ? "row" : "rows"} below what is to be removed ${
      total === 1 ? "was" : "were"
    } made or changed by others [FP425]`,
    ...refused.map(({ table, count, examples }) => `  ${table} (${count}): ${listed(count, examples)}`),
    "   = hint: Save what is needed, then use --cascade to remove it too. Nothing was changed",
  ];
}

function listed(count: number, examples: readonly string[]): string {
  return examples.join(", ") + (count > examples.length ? `${examples.length === 0 ? "" : ", "}…` : "");
}

/** The result for programs. */
export function teardownJson(result: TeardownResult): Readonly<Record<string, unknown>> {
  return {
    version: JSON_VERSION,
    dry_run: result.dryRun,
    actions: result.undone.map(({ event, kind, address }) => ({ action: event, kind, address })),
    rows_deleted: Object.fromEntries([...result.deleted].sort(([a], [b]) => (a < b ? -1 : 1))),
    cascaded: result.cascaded,
    restored_columns: result.restoredColumns,
    kept: result.kept.map(({ address, table, column, why }) => ({ address, table, column, why })),
    gone: result.gone,
    refused: result.refused,
    summary: counts(result),
  };
}

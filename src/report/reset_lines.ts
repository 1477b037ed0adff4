/** What a reset removed, beside what it made again. Pure. */
import { ALL_SPECS } from "../kinds/specs.ts";
import type { ResetResult } from "../reset/reset.ts";
import { kindOfAddress } from "../kinds/address.ts";
import { addressWords } from "./address_words.ts";
import { escapeControls } from "./display.ts";
import { teardownNotes } from "./teardown_lines.ts";

/** What `printResult` shows of the removal. */
export interface ResetLines {
  readonly lines: readonly string[];
  /** How many entities went for good, beside those that the plan deletes. */
  readonly count: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** Lines for what goes for good and no file names; with `verbose` for everything that went. */
export function resetLines({ torn, applied }: ResetResult, verbose: boolean): ResetLines {
  const word = applied.dryRun ? "Would delete" : "Deleted";
  if (torn === undefined) {
    const line = applied.dryRun ? "Would empty all tables." : "Emptied all tables.";
    return { lines: [line], count: 0, json: { flushed: true }, notes: [] };
  }
  const declared = (actions: readonly string[]): ReadonlySet<string | undefined> =>
    new Set(
      applied.plan.decisions.flatMap(({ action, resource }) =>
        actions.includes(action) ? [applied.addresses[resource.index]] : []
      ),
    );
  const [again, gone] = [declared(["create"]), declared(["delete"])];
  const shown = torn.undone.filter(({ event, address }) =>
    event === "deleted" && address !== "rows:cascade" && !gone.has(address)
  );
  const forGood = shown.filter(({ address }) => !again.has(address) && !belongs(address));
  return {
    lines: (verbose ? shown : forGood).map(({ address }) => `${word} ${addressWords(address)}.`).map(
      escapeControls,
    ),
    count: forGood.length,
    json: {
      removed: {
        entities: torn.undone.map(({ event, kind, address }) => ({ action: event, kind, address })),
        rows: Object.fromEntries([...torn.deleted].sort(([a], [b]) => (a < b ? -1 : 1))),
      },
    },
    notes: teardownNotes({ ...torn, gone: [], written: false, confirmedAfterReconnect: false }),
  };
}

/** True for what has no line of its own. */
function belongs(address: string): boolean {
  const kind = kindOfAddress(address);
  return kind !== undefined && ALL_SPECS[kind].line === "parent";
}

/** Remarks on a run, for standard error. Pure. */
import type { ApplyResult } from "../apply/apply.ts";
import { fillWords } from "../database/column_fill.ts";
import { escapeControls } from "./display.ts";
import { unknownNotes } from "./unknown_notes.ts";

/** What is said of a run that lost its connection while committing, and was committed. */
export const LEARNED_LATE =
  "The connection was lost while committing; the log shows that the run had been committed.";

/** Which columns were filled that the program does not know, with what and from where. */
function fillNotes({ fills, dryRun }: Pick<ApplyResult, "fills" | "dryRun">): readonly string[] {
  if (fills.length === 0) return [];
  const columns = fills.map((fill) => `${fill.table}.${fill.column} = ${fillWords(fill)} (${fill.from})`);
  return [
    escapeControls(
      `New rows ${dryRun ? "would fill" : "fill"} ${
        fills.length === 1 ? "a column" : `${fills.length} columns`
      } that this release does not know: ${columns.join(", ")}.`,
    ),
  ];
}

/** How many entities and rows differ from the files and are left alone. */
export function leftAlone({ plan }: Pick<ApplyResult, "plan">): number {
  return [...plan.decisions, ...plan.rows].filter((d) => d.action === "skip" && d.differs).length;
}

/** Remarks on a release that the program does not know: which columns a run filled, and what it gets along with. */
export function releaseNotes(
  result: Pick<ApplyResult, "dryRun" | "fills" | "unknown">,
): readonly string[] {
  return [...fillNotes(result), ...unknownNotes(result.unknown)];
}

/** Remarks for people, for standard error. */
export function resultNotes(
  result: Pick<ApplyResult, "plan" | "dryRun" | "confirmedAfterReconnect" | "fills" | "unknown">,
): readonly string[] {
  const notes: string[] = [...releaseNotes(result)];
  const differing = leftAlone(result);
  if (differing > 0) {
    notes.push(
      `${differing} ${differing === 1 ? "differs" : "differ"} from the files and ${
        differing === 1 ? "is" : "are"
      } left alone (on_exists: skip).`,
    );
  }
  const { domain } = result.plan;
  if (domain.action === "left") {
    notes.push(
      `The domain of this instance is "${domain.current}" and is left alone; the files say "${domain.wanted}" (on_exists: update sets it).`,
    );
  } else if (domain.action === "set") {
    const was = domain.from === undefined ? "" : ` (now "${domain.from}")`;
    notes.push(
      `The domain of this instance ${result.dryRun ? "would be" : "is now"} "${domain.to}"${
        result.dryRun ? was : ""
      }${domain.restart ? "; a running API keeps the old one until it restarts" : ""}.`,
    );
  }
  if (result.confirmedAfterReconnect) {
    notes.push(LEARNED_LATE);
  }
  return notes;
}

/** Remarks on what the tables of a run have that no release has which the program knows. Pure. */
import type { UnknownParts } from "../snapshot/unknown_parts.ts";
import { escapeControls } from "./display.ts";

/** More names than these say nothing more to people. */
const NAMED = 12;

/** A note for each sort of unknown thing; none where everything is known. */
export function unknownNotes({ columns, constraints, referrers }: UnknownParts): readonly string[] {
  const notes: string[] = [];
  if (columns.length > 0) {
    notes.push(
      `This release does not know ${
        counted(columns, "column")
      } that may be empty or that the database fills; new rows leave out: ${listed(columns)}.`,
    );
  }
  if (constraints.length > 0) {
    notes.push(
      `This release does not know ${counted(constraints, "constraint")} of tables that it writes; ${
        constraints.length === 1 ? "a row that breaks it stops" : "a row that breaks one stops"
      } the run: ${listed(constraints.map(({ table, name }) => `${name} (${table})`))}.`,
    );
  }
  if (referrers.length > 0) {
    notes.push(
      `Tables that this release does not know refer to rows of tables that it writes; their foreign keys are followed when something is removed: ${
        listed(referrers.map(({ column, target }) => `${column} → ${target}`))
      }.`,
    );
  }
  return notes.map(escapeControls);
}

function counted({ length }: readonly unknown[], noun: string): string {
  return length === 1 ? `a ${noun}` : `${length} ${noun}s`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

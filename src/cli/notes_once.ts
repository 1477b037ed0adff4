/** Notes of a process that runs again and again: each is printed the first time only. */
import type { Io } from "./io.ts";

/** Gives a function that prints to standard error those notes that it has not printed before. */
export function notesOnce(io: Pick<Io, "err">): (notes: readonly string[]) => void {
  const printed = new Set<string>();
  return (notes) => {
    for (const note of notes) {
      if (!printed.has(note)) io.err(`note: ${note}\n`);
      printed.add(note);
    }
  };
}

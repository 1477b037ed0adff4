/** The three forms of standard output, one place for all commands: lines of text, one JSON document, one object a line. */
import { safeJson } from "../diagnostics/shield.ts";
import type { Io } from "./io.ts";
import type { ShowOptions } from "./show.ts";

/** What a command found or did. */
export interface Presentation {
  /** The document of `--format json`; made only where it is printed, also line by line. */
  readonly json: () => Readonly<Record<string, unknown>>;
  /**
   * The list in it whose items are lines of their own with `--format jsonl`, and their `type`; what is left is the last line,
   * of type `result`, unless the list is `alone`. Without a list that line is all.
   */
  readonly items?: { readonly list: string; readonly type: string; readonly alone?: true };
  /** The lines of `--format text`: with `--quiet` only those that cannot be had again. */
  readonly lines: () => readonly string[];
}

/** Prints to standard output in the form that was asked for. */
export function present(
  { json, items, lines }: Presentation,
  { format }: Pick<ShowOptions, "format">,
  io: Io,
): void {
  switch (format) {
    case "json":
      io.out(`${safeJson(json(), 2)}\n`);
      return;
    case "jsonl": {
      const { list = "", type, alone } = items ?? {};
      const { [list]: found, ...rest } = json();
      for (const item of Array.isArray(found) ? found : []) io.out(`${safeJson({ type, ...item })}\n`);
      if (alone !== true) io.out(`${safeJson({ type: "result", ...rest })}\n`);
      return;
    }
    case "text":
      io.out(lines().map((line) => `${line}\n`).join(""));
  }
}

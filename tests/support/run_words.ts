/** The lines of `plan`, `apply --dry-run` and `apply`, brought to one form: what is to happen, and the counts. */

/** What was said: a line for each entity that changes, and the counts of the summary. */
export interface Said {
  readonly lines: readonly string[];
  /** `1 to create, 2 to update, 0 to skip`; undefined where a plan says that nothing is to be done. */
  readonly counts: string | undefined;
}

const PRESENT: Readonly<Record<string, string>> = {
  Created: "Would create",
  Updated: "Would update",
  Rotated: "Would rotate",
  Deleted: "Would delete",
  Skipped: "Would skip",
  "Rows removed": "Rows that would go",
};

/** Reads standard output of one of the three. What is skipped is left out, as a plan does, and so are the details of a plan. */
export function wordsOf(out: string): Said {
  const lines = out.trimEnd().split("\n").filter((line) =>
    !line.startsWith(" ") && !/^(Please go to|The password of) /.test(line)
  );
  const last = lines.pop() ?? "";
  return {
    lines: lines.map(present).filter((line) => !line.startsWith("Would skip ")),
    counts: /^(?:Plan|Dry run|Provisioning complete): (.*)\.$/.exec(last)?.[1]?.replaceAll(
      /(\d+) (create|update|delete|skipp?)e?d\b/g,
      (_all, count: string, word: string) => `${count} to ${word.replace("skipp", "skip")}`,
    ),
  };
}

function present(line: string): string {
  const would = line.replace(
    /^(Created|Updated|Rotated|Deleted|Skipped|Rows removed)\b/,
    (word) => PRESENT[word] ?? word,
  );
  // The key itself is known to the run that made it only.
  return would.replace(/^(Would (?:create|rotate) master API key "[^"]*"): .*$/, "$1.");
}

/** Notes of standard error, but for what only a plan asks for. */
export function notesOf(err: string): readonly string[] {
  return err.split("\n").filter((line) =>
    line.startsWith("note: ") && line !== "note: apply needs --allow-delete to delete."
  );
}

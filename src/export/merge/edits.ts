/** Changes of a text at known offsets: everything else stays as it is, character by character. */

/** One change: the characters from `start` to `end` become `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of several insertions at one place, what stands deeper comes first. */
  readonly depth: number;
}

/** The text after all edits. Throws when two of them overlap, which would be a bug. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = edits.map((edit, order) => ({ ...edit, order })).sort((a, b) =>
    a.start - b.start || a.end - b.end || b.depth - a.depth || a.order - b.order
  );
  let at = 0;
  let result = "";
  for (const edit of sorted) {
    if (edit.start < at) throw new RangeError("Cannot change the same characters twice");
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

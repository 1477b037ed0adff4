/** A text that was read, and positions in it. Offsets are used everywhere inside; lines and columns only at the edge. */

/** A file (or standard input, or an embedded set) as it was read. */
export interface SourceFile {
  /** How the file is called in messages: the path as given, `<stdin>` or `preset:NAME/FILE`. */
  readonly name: string;
  readonly text: string;
  /** Offset of the first character of each line, ascending, beginning with 0. */
  readonly lineStarts: readonly number[];
}

/** A stretch of a file: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A place as people read it: both numbers from 1, the column counted in characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Prepares a text for position look-ups. */
export function sourceFile(name: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { name, text, lineStarts };
}

/** Line and column of an offset; an offset past the end counts as the end. */
export function positionAt(file: SourceFile, offset: number): Position {
  const at = Math.min(Math.max(offset, 0), file.text.length);
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((file.lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  const start = file.lineStarts[low] ?? 0;
  return { line: low + 1, column: [...file.text.slice(start, at)].length + 1 };
}

/** The text of line `line` (from 1) without its line break. */
export function lineText(file: SourceFile, line: number): string {
  const start = file.lineStarts[line - 1] ?? file.text.length;
  const end = file.lineStarts[line] ?? file.text.length + 1;
  return file.text.slice(start, end - 1).replace(/\r$/, "");
}

/** `file:line:column` of the beginning of a span. */
export function placeOf(span: Span): string {
  const { line, column } = positionAt(span.file, span.start);
  return `${span.file.name}:${line}:${column}`;
}

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
  const line = lineAt(file, at);
  return { line, column: columnAt(file, file.lineStarts[line - 1] ?? 0, at) };
}

/** The line of an offset, from 1. */
export function lineAt(file: SourceFile, at: number): number {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((file.lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** How far apart the places are whose columns are kept. */
const STEP = 1024;

/** Of each file and line that was asked about: the characters before every 1,024th code unit; a line may be megabytes long. */
const columns = new WeakMap<SourceFile, Map<number, number[]>>();

function columnAt(file: SourceFile, start: number, at: number): number {
  const { text } = file;
  if (at - start <= STEP) return charactersIn(text, start, at) + 1;
  const lines = columns.get(file) ?? new Map<number, number[]>();
  columns.set(file, lines);
  const known = lines.get(start) ?? [0];
  lines.set(start, known);
  const step = Math.floor((at - start) / STEP);
  for (let next = known.length; next <= step; next++) {
    const from = start + (next - 1) * STEP;
    known.push((known[next - 1] ?? 0) + charactersIn(text, from, from + STEP));
  }
  return (known[step] ?? 0) + charactersIn(text, start + step * STEP, at) + 1;
}

/** Code points that begin in the stretch: the second half of a pair does not count. */
function charactersIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const isSecond = (text.charCodeAt(at) & 0xfc00) === 0xdc00 && at > 0 &&
      (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (!isSecond) count++;
  }
  return count;
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

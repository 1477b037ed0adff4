/** The line of a file that a diagnostic points at, cut and masked so that it can be shown. */
import { appendAll } from "../diagnostics/append_all.ts";
import { lineText, positionAt } from "../diagnostics/source_file.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";
import { FORMAT_KEYS } from "../source/format_keys.ts";
import { MASK } from "../source/secret.ts";
import { graphemes } from "./display.ts";

/** A line to show. */
export interface Snippet {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** Columns before the first caret. */
  readonly indent: number;
  /** Columns under which carets stand, at least one. */
  readonly width: number;
}

/** How much of a line is shown, in columns. */
const MAX_COLUMNS = 100;

/** How much of that stands before the caret, when there is more than fits. */
const COLUMNS_BEFORE = 40;

/** Something printed that stands for the stretch `[start, end)` of the line. */
interface Cell {
  readonly text: string;
  readonly width: number;
  readonly start: number;
  readonly end: number;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The first line of `span`. Stretches in `masked` are shown as `••••`. With `withoutValues` (for text that could not be
 * parsed, so that nobody knows where its secrets are) the line ends before its first value, and of keys those of the format
 * alone are shown.
 */
export function snippetOf(span: Span, masked: readonly Span[], withoutValues: boolean): Snippet {
  const { file } = span;
  const { line } = positionAt(file, span.start);
  const lineStart = file.lineStarts[line - 1] ?? 0;
  const raw = lineText(file, line);
  const from = Math.min(span.start - lineStart, raw.length);
  const to = Math.min(Math.max(span.end - lineStart, from), raw.length);
  const hidden = masksOf(raw, lineStart, file, masked);
  const cells = withoutValues
    ? cellsBeforeValue(raw, insideBlockText(file, line) ? 0 : (hidden[0]?.start ?? raw.length))
    : cellsOf(raw, hidden, from);
  const under = (cell: Cell) => cell.end > from && cell.start < Math.max(to, from + 1);
  const shown = cutToWindow(cells, Math.max(cells.findIndex((cell) => cell.end > from), 0), raw.length);
  const caret = shown.findIndex(under);
  const before = caret < 0 ? shown : shown.slice(0, caret);
  return {
    line,
    text: shown.map((cell) => cell.text).join("").trimEnd(),
    indent: widthOf(before),
    width: Math.max(widthOf(shown.filter(under)), 1),
  };
}

/** The masked stretches of a line, merged, ascending; the indentation of a line stays visible. */
function masksOf(raw: string, lineStart: number, file: SourceFile, masked: readonly Span[]): Stretch[] {
  const indent = leading(raw);
  const stretches: Stretch[] = [];
  for (const mask of masked) {
    if (mask.file.name !== file.name) continue;
    const start = Math.max(mask.start - lineStart, indent);
    const end = Math.min(mask.end - lineStart, raw.length);
    if (start < end) stretches.push({ start, end });
  }
  stretches.sort((a, b) => a.start - b.start);
  const merged: Stretch[] = [];
  for (const { start, end } of stretches) {
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end });
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return merged;
}

function cellsOf(raw: string, hidden: readonly Stretch[], from: number): Cell[] {
  // A line may be a megabyte long; what is far from the caret is not shown anyway.
  const first = raw.length > 2000 ? Math.max(from - 500, 0) : 0;
  const last = Math.min(first + 2000, raw.length);
  const cells: Cell[] = [];
  let at = first;
  for (const { start, end } of [...hidden, { start: last, end: last }]) {
    if (end < first) continue;
    appendAll(cells, visible(raw, at, Math.min(start, last)));
    if (start < last) cells.push({ text: MASK, width: MASK.length, start, end });
    at = Math.max(at, end);
    if (at >= last) break;
  }
  return cells;
}

function visible(raw: string, start: number, end: number): Cell[] {
  let at = start;
  return graphemes(raw.slice(start, end)).map(({ text, width, length }) => {
    const cell = { text, width, start: at, end: at + length };
    at = cell.end;
    return cell;
  });
}

/**
 * The mark of a list item, or a key in front of its colon; brackets and commas would mean that values come before it. What is no
 * key of the format may be a value that a typing mistake moved there, or a line of a text.
 */
const BEFORE_VALUE =
  /^\s*(?:[-?](?:\s+|$)|\{?\s*(?:"(?<double>[^"]*)"\s*:|'(?<single>[^']*)'\s*:|(?<plain>[^\s"',:{}[\]#&*!|>%@`-][^"',{}[\]]*?)\s*:(?=\s|$))\s*)/;

/** How long that is; the indentation where the line does not begin so. */
function lengthBeforeValue(line: string): number {
  // Keys are short; a longer beginning is not worth the time that the pattern takes for it.
  const found = BEFORE_VALUE.exec(line.slice(0, LONGEST_PREFIX));
  const { double, single, plain } = found?.groups ?? {};
  const key = double ?? single ?? plain;
  return found === null || (key !== undefined && !FORMAT_KEYS.has(key)) ? leading(line) : found[0].length;
}

/** What of a line is looked at for the key that it begins with. */
const LONGEST_PREFIX = 500;

function cellsBeforeValue(raw: string, limit: number): Cell[] {
  const prefix = lengthBeforeValue(raw);
  const keep = Math.min(prefix <= limit ? prefix : Math.min(leading(raw), prefix), LONGEST_PREFIX);
  const cells = visible(raw, 0, Math.min(keep, raw.length));
  if (keep < raw.length) cells.push({ text: "…", width: 1, start: keep, end: Infinity });
  return cells;
}

/** True when the line hangs, by its indentation, below a line that ends with `|` or `>`. */
function insideBlockText(file: SourceFile, line: number): boolean {
  let indent = indentOf(lineText(file, line));
  for (let above = line - 1; above > 0 && indent > 0; above--) {
    const text = lineText(file, above);
    if (text.trim() === "" || indentOf(text) >= indent) continue;
    if (/(?:^|[\s:-])[|>][-+0-9]{0,2}\s*(?:#.*)?$/.test(text)) return true;
    indent = indentOf(text);
  }
  return false;
}

function indentOf(text: string): number {
  return text.trim() === "" ? Infinity : leading(text);
}

/** Columns of white space at the beginning. */
function leading(text: string): number {
  return text.length - text.trimStart().length;
}

/** Leaves about `MAX_COLUMNS` columns around `caret` (an index), with `…` where something was cut off. */
function cutToWindow(cells: readonly Cell[], caret: number, length: number): readonly Cell[] {
  const whole = (cells[0]?.start ?? 0) === 0 && (cells.at(-1)?.end ?? length) >= length;
  if (whole && widthOf(cells) <= MAX_COLUMNS) return cells;
  let first = caret;
  let last = caret;
  let used = 0;
  const growLeft = (bound: number) => {
    while (first > 0 && used + (cells[first - 1]?.width ?? 0) <= bound) used += cells[--first]?.width ?? 0;
  };
  growLeft(COLUMNS_BEFORE);
  while (last < cells.length && used + (cells[last]?.width ?? 0) <= MAX_COLUMNS) {
    used += cells[last++]?.width ?? 0;
  }
  growLeft(MAX_COLUMNS);
  const shown = cells.slice(first, last);
  const start = shown[0]?.start ?? 0;
  const end = shown.at(-1)?.end ?? 0;
  // The marks of a cut stand for an empty stretch before everything, so that no caret stands under them.
  const cut: Cell = { text: "…", width: 1, start: -1, end: -1 };
  return [...(start > 0 ? [cut] : []), ...shown, ...(end < length ? [cut] : [])];
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.width, 0);
}

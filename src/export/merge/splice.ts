/** Edits that put values into a file as its author would: in the style and at the indentation of what is around. */
import { safeJson, safeYaml } from "../../diagnostics/shield.ts";
import { Document, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Span } from "../../diagnostics/source_file.ts";
import type { MapEntry, MapNode, Node, ScalarNode, SequenceNode } from "../../source/node.ts";
import type { Edit } from "./edits.ts";
import type { ItemPlace, Places } from "./places.ts";
import { inStyleOf } from "./scalar_style.ts";
import { nodeOf, PRINT_OPTIONS, type YamlNode } from "../build/print.ts";
import { list, mapping, type Tree } from "../../kinds/value_tree.ts";

/** A file that is edited. */
export interface EditedFile {
  readonly name: string;
  readonly text: string;
  /** Nodes that aliases name: a change there would change more than one thing. */
  readonly shared: ReadonlySet<Span>;
  /** Where things stand in the text. */
  readonly places: Places;
  readonly edits: Edit[];
}

/** Writes `value` in place of what an entry has; false where the place cannot be changed alone. */
export function replaceValue(file: EditedFile, entry: MapEntry, value: Tree, map: MapNode): boolean {
  const { span } = entry.value;
  if (!isInside(entry, map) || isShared(file, span) || holdsShared(file, span)) return false;
  if (!fitsFile(file.name, value)) return false;
  const colon = file.places.colonOf(entry.keySpan.start);
  if (value.kind === "list" && isNothing(file, entry.value) && !isFlow(file, map)) {
    if (colon === undefined) return false;
    const lines = itemsAt(value, columnOf(file, entry.keySpan.start) + 2);
    file.edits.push({ start: colon, end: Math.max(span.end, colon), text: `\n${lines}`, depth: Infinity });
    return true;
  }
  if (span.start === span.end) {
    if (colon === undefined) return false;
    // Entries that are added behind an empty value go in at the same place.
    const { text, end } = inStyle(file, entry, map, value, colon);
    file.edits.push({ start: colon, end, text: ` ${text}`, depth: Infinity });
    return true;
  }
  const isBlock = entry.value.kind !== "scalar" && !isFlow(file, entry.value);
  const end = endOf(file, entry.value);
  if (isBlock && value.kind === "list" && value.items.length > 0) {
    const text = itemsAt(value, columnOf(file, span.start)).trimStart();
    file.edits.push({ start: span.start, end, text, depth: 0 });
    return true;
  }
  const start = isBlock
    ? file.text.slice(0, span.start).trimEnd().length
    : entry.value.kind === "scalar" && entry.value.exact === true
    ? withExactTag(file.text, span.start)
    : span.start;
  const written = inStyle(file, entry, map, value, end);
  file.edits.push({ start, end: written.end, text: `${isBlock ? " " : ""}${written.text}`, depth: 0 });
  return true;
}

/** True unless the value has a tag and the file is one of JSON, which has none. */
export function fitsFile(fileName: string, value: Tree): boolean {
  return !isJson(fileName) || !hasTag(value);
}

function hasTag(tree: Tree): boolean {
  if (tree.kind === "text") return tree.exact === true;
  if (tree.kind === "list") return tree.items.some(hasTag);
  return tree.kind === "mapping" && tree.entries.some(([, value]) => hasTag(value));
}

function isJson(fileName: string): boolean {
  return /\.json$/i.test(fileName);
}

/** Where a text begins with its tag `!exact`, which goes with it; `start` itself where it has none. */
export function withExactTag(text: string, start: number): number {
  return start - (/!exact[ \t]+$/.exec(text.slice(0, start))?.[0].length ?? 0);
}

/** A value as it takes the place of another one that ends at `end`, and where what it replaces ends: a comment may go with it. */
function inStyle(
  file: EditedFile,
  { keySpan, value: { kind, span } }: MapEntry,
  map: MapNode,
  value: Tree,
  end: number,
): { readonly text: string; readonly end: number } {
  if (value.kind === "text" && value.exact !== true && !isFlow(file, map)) {
    const close = lineEnd(file, end);
    const text = inStyleOf({
      written: kind === "scalar" ? file.text.slice(span.start, Math.max(span.start, end)) : "",
      comment: file.text.slice(end, close).trimEnd(),
      column: columnOf(file, keySpan.start),
      newline: file.text.includes("\r\n") ? "\r\n" : "\n",
    }, value.text);
    if (text !== undefined) return { text: text.text, end: text.tookComment ? close : end };
  }
  return { text: inOneLine(value, file.name), end };
}

/** True for what an alias names, and for everything inside of it. */
function isShared({ shared }: EditedFile, { start, end }: Span): boolean {
  return shared.values().some((one) => one.start <= start && end <= one.end);
}

/** True when an alias names something inside: without its anchor the file could not be read. */
function holdsShared({ shared }: EditedFile, { start, end }: Span): boolean {
  return shared.values().some((one) => start <= one.start && one.end <= end);
}

/** True for an empty list in brackets, and for a key without a value. */
function isNothing(file: EditedFile, node: Node): boolean {
  if (node.kind === "sequence") return node.items.length === 0 && isFlow(file, node);
  return node.span.start === node.span.end;
}

/** Adds an entry at the end of a mapping; false where that cannot be done. */
export function addEntry(file: EditedFile, map: MapNode, key: string, value: Tree): boolean {
  if (isShared(file, map.span) || !fitsFile(file.name, value)) return false;
  if (isFlow(file, map)) {
    return addToFlow(file, map, inOneLine(mapping([[key, value]]), file.name).slice(1, -1).trim());
  }
  const [first] = entriesIn(map);
  if (first === undefined) return false;
  const column = columnOf(file, first.keySpan.start);
  insertLine(file, endOf(file, map), indented(printedEntry(key, value), column), column);
  return true;
}

/** Adds items at the end of a list; false where that cannot be done. */
export function addItem(file: EditedFile, sequence: SequenceNode, value: Tree): boolean {
  if (isShared(file, sequence.span) || !fitsFile(file.name, value)) return false;
  if (isFlow(file, sequence)) {
    return addToFlow(file, sequence, inOneLine(value, file.name));
  }
  const column = columnOf(file, sequence.span.start);
  // A dash may be in the column of the keys around its list, and comes before those that are added there.
  insertLine(file, endOf(file, sequence), itemsAt(list([value]), column), column + 0.5);
  return true;
}

/** Adds items to a list, behind the item at an index or before it; false where that cannot be done. That item must stay. */
export function insertItems(
  file: EditedFile,
  sequence: SequenceNode,
  where: "behind" | "before",
  at: number,
  values: readonly Tree[],
): boolean {
  const places = file.places.itemsOf(sequence.span.start);
  const place = places[at];
  const isKnown = places.length === sequence.items.length && place !== undefined;
  if (!isKnown || isShared(file, sequence.span) || !fitsFile(file.name, list(values))) return false;
  const column = columnOf(file, place.start);
  const insert = (offset: number, text: string): void => {
    const breaks = file.text.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text;
    file.edits.push({ start: offset, end: offset, text: breaks, depth: column + 0.5 });
  };
  if (isFlow(file, sequence)) {
    const texts = values.map((value) => inOneLine(value, file.name));
    if (where === "before") insert(place.start, texts.map((one) => `${one}, `).join(""));
    else insert(place.end, texts.map((one) => `, ${one}`).join(""));
    return true;
  }
  const lines = itemsAt(list(values), column);
  if (where === "before") insert(place.start, `${lines.trimStart()}\n${" ".repeat(column)}`);
  else insert(lineEnd(file, place.end), `\n${lines}`);
  return isFirstInLine(file, place.start);
}

/**
 * Takes items out of a list, or entries out of a mapping, with what else stands in their lines; false where that cannot be
 * done. In brackets comments stay, and at least one item must.
 */
export function removeItems(
  file: EditedFile,
  collection: SequenceNode | MapNode,
  removed: ReadonlySet<number>,
): boolean {
  const places = file.places.itemsOf(collection.span.start);
  const size = collection.kind === "map" ? collection.entries.length : collection.items.length;
  if (isShared(file, collection.span) || holdsShared(file, collection.span) || places.length !== size) {
    return false;
  }
  const isBrackets = isFlow(file, collection);
  const lastKept = places.findLastIndex((_, at) => !removed.has(at));
  if (lastKept < 0) return false;
  for (const at of removed) {
    const place = places[at];
    if (place === undefined) return false;
    if (!isBrackets) {
      if (!isFirstInLine(file, place.start)) return false;
      const start = breakBefore(file, place.start);
      file.edits.push({ start, end: lineEnd(file, place.end), text: "", depth: 0 });
      continue;
    }
    // Those before the last that stays go with the comma behind them, all others with the one before.
    const isBefore = at < lastKept;
    const { comma } = (isBefore ? places[at + 1] : place) ?? {};
    if (comma === undefined) return false;
    const blanks = isBefore ? /^[ \t]*/.exec(file.text.slice(comma + 1, comma + 1000))?.[0].length ?? 0 : 0;
    file.edits.push({ start: comma, end: comma + 1 + blanks, text: "", depth: 0 });
    const start = isAloneInLine(file, place)
      ? breakBefore(file, place.start)
      : isBefore || isFirstInLine(file, place.start)
      ? place.start
      : place.start - (/[ \t]*$/.exec(file.text.slice(comma, place.start))?.[0].length ?? 0);
    file.edits.push({
      start: isBefore ? start : Math.max(start, comma + 1),
      end: place.end,
      text: "",
      depth: 0,
    });
  }
  return true;
}

/** Where the line break is that a line begins behind. */
function breakBefore({ text }: EditedFile, offset: number): number {
  const at = text.lastIndexOf("\n", offset - 1);
  return at > 0 && text[at - 1] === "\r" ? at - 1 : Math.max(at, 0);
}

function isAloneInLine(file: EditedFile, { start, end }: ItemPlace): boolean {
  return isFirstInLine(file, start) && /^[ \t]*(,[ \t]*)?\r?(\n|$)/.test(file.text.slice(end, end + 1000));
}

/** True for what only blanks stand before in its line. */
function isFirstInLine({ text }: EditedFile, offset: number): boolean {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trim() === "";
}

/** One entry of a mapping in block style. */
function printedEntry(key: string, value: Tree): string {
  const map = nodeOf(mapping([[key, value]]));
  if (map instanceof YAMLMap) map.flow = false;
  return toText(map).replace(/\n$/, "");
}

function toText(node: YamlNode): string {
  return safeYaml(new Document(node, { schema: "failsafe", version: "1.2" }).toString(PRINT_OPTIONS));
}

/** A value in one line, as it may be in brackets; JSON in a JSON file. */
export function inOneLine(tree: Tree, fileName: string): string {
  if (isJson(fileName)) return json(tree);
  const outer = new YAMLSeq<YamlNode>();
  outer.flow = true;
  const node = nodeOf(tree);
  flatten(node);
  outer.items.push(node);
  return toText(outer).trim().replace(/^\[ ?/, "").replace(/ ?\]$/, "");
}

/** Brackets hold no blocks: the package would write one in single quotes, in several lines that begin at the left. */
function flatten(node: YamlNode): void {
  if (node instanceof Scalar) {
    if (node.type === Scalar.BLOCK_LITERAL) node.type = Scalar.QUOTE_DOUBLE;
    return;
  }
  node.flow = true;
  for (const item of node.items) {
    const value = node instanceof YAMLMap ? (item as { value?: YamlNode }).value : item as YamlNode;
    if (value !== undefined) flatten(value);
  }
}

function json(tree: Tree): string {
  switch (tree.kind) {
    case "text":
      return safeJson(tree.text.replaceAll("${", () => "$${"));
    case "plain":
      return tree.source;
    case "variable":
      return safeJson(`\${${tree.name}}`);
    case "list":
      return `[${tree.items.map(json).join(", ")}]`;
    case "mapping":
      return `{${tree.entries.map(([key, value]) => `${safeJson(key)}: ${json(value)}`).join(", ")}}`;
  }
}

/** True when the value stands behind its key in this very mapping, and not at an anchor elsewhere. */
export function isInside({ keySpan, value }: MapEntry, map: MapNode): boolean {
  const isOwn = keySpan.start >= map.span.start && value.span.file === map.span.file;
  return isOwn && value.span.start >= keySpan.end && value.span.end <= map.span.end;
}

/** Entries that are written in the mapping: neither merged into it nor given by what is around it. */
function entriesIn({ entries, span }: MapNode): readonly MapEntry[] {
  return entries.filter(({ keySpan }) =>
    keySpan.file === span.file && keySpan.start >= span.start && keySpan.end <= span.end
  );
}

function isFlow(file: EditedFile, node: MapNode | SequenceNode): boolean {
  return "{[".includes(file.text[node.span.start] ?? "-");
}

/** Offset behind the last character of a node; the parser counts comments and blank lines behind it in. */
function endOf(file: EditedFile, node: Node): number {
  if (node.kind === "scalar") return endOfScalar(file, node);
  return (isFlow(file, node) ? undefined : file.places.contentEndOf(node.span.start)) ?? node.span.end;
}

/** Empty lines behind a block are part of it only where its header says that it keeps them. */
function endOfScalar(file: EditedFile, { span: { start, end } }: ScalarNode): number {
  const written = file.text.slice(start, end);
  return start + written.replace(/^[|>]\d?\+/.test(written) ? /\r?\n$/ : /[\r\n]+$/, "").length;
}

function lineEnd(file: EditedFile, offset: number): number {
  const end = file.text.indexOf("\n", offset);
  return end < 0 ? file.text.length : end > 0 && file.text[end - 1] === "\r" ? end - 1 : end;
}

function columnOf(file: EditedFile, offset: number): number {
  return offset - (file.text.lastIndexOf("\n", offset - 1) + 1);
}

function insertLine(file: EditedFile, behind: number, lines: string, depth: number): void {
  const at = lineEnd(file, behind);
  const text = `\n${lines}`;
  const isWindows = file.text.startsWith("\r\n", at);
  file.edits.push({
    start: at,
    end: at,
    text: isWindows ? text.replaceAll("\n", "\r\n") : text,
    depth,
  });
}

function addToFlow(file: EditedFile, node: MapNode | SequenceNode, value: string): boolean {
  const open = node.span.start + 1;
  const close = node.span.end - 1;
  const at = file.places.contentEndOf(node.span.start) ?? open;
  const depth = columnOf(file, node.span.start);
  // A comma that is there stays behind the last item, as where it is in a line of its own.
  if (at > open) {
    file.edits.push({ start: at, end: at, text: `, ${value}`, depth });
    return true;
  }
  const space = node.kind === "map" ? " " : "";
  const known = file.edits.findIndex(({ start, end }) => start === at && end === at);
  const first = file.edits[known];
  const content = first === undefined ? `${space}${value}` : `${first.text.trimEnd()}, ${value}`;
  const edit = { start: at, end: at, text: `${content}${at === close ? space : ""}`, depth };
  if (first === undefined) file.edits.push(edit);
  else file.edits[known] = edit;
  return true;
}

function itemsAt(items: Tree, column: number): string {
  return indented(toText(nodeOf(items)).replace(/\n$/, ""), column);
}

function indented(lines: string, column: number): string {
  const space = " ".repeat(column);
  return lines.split("\n").map((line) => line === "" ? "" : space + line).join("\n");
}

/**
 * Texts to YAML documents. Of the `yaml` package, structure alone is used here (its failsafe schema); values are typed by `core_schema.ts` after interpolation.
 */
import { appendAll } from "../diagnostics/append_all.ts";
import { Composer, CST, isAlias, isMap, isScalar, Lexer, Parser } from "yaml";
import type {
  Alias,
  Document,
  DocumentOptions,
  Pair,
  ParsedNode,
  ParseOptions,
  Scalar,
  ScalarTag,
  SchemaOptions,
  YAMLMap,
} from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { lineAt } from "../diagnostics/source_file.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";
import { FORMAT_KEYS } from "./format_keys.ts";
import { UNCLOSED_BRACKET, UNCLOSED_QUOTE, yamlWording } from "./yaml_errors.ts";

export { isAlias, isMap, isScalar };
export type { Alias, Pair, ParsedNode, Scalar, YAMLMap };

/** Mappings and lists inside of each other, in one file. */
export const MAX_DEPTH = 100;

/** Known to the parser so that it does not complain; what they mean is decided in `tree.ts`. */
const TAGS: readonly ScalarTag[] = [
  "!file",
  "!ref",
  "!exact",
  ...["int", "float", "bool", "null"].map((name) => `tag:yaml.org,2002:${name}`),
].map((tag) => ({ tag, default: false, resolve: (text: string) => text }));

const OPTIONS: DocumentOptions & SchemaOptions & ParseOptions = {
  schema: "failsafe",
  customTags: [...TAGS],
  resolveKnownTags: false,
  // Duplicates are found in `tree.ts`, in linear time and with the place of the first one.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent",
};

/** Tells a bracket without its end from the parser's other complaints about indentation; looked at, never shown. */
const UNCLOSED_MESSAGE = /end with a [\]}]/;

/** What the stream of tokens shows and the finished documents do not. Offsets, ends exclusive. */
interface TokenNotes {
  /** `$` of each unquoted `${` inside of brackets. */
  readonly unquoted: number[];
  readonly openQuotes: (readonly [number, number])[];
  /** Scalars that spread over several lines. */
  readonly multiLine: (readonly [number, number])[];
  tooDeepAt: number | undefined;
  tooManyAt: number | undefined;
}

/** Values and keys in one file: bytes alone say little about memory. */
export const MAX_NODES = 500_000;

/**
 * The documents of a file that are well-formed, in order. Adds FP010 (the first one of a document: what follows is mostly
 * its consequence), FP014, FP015 and FP016, and masks what their snippets must not show.
 */
export function parseYaml(file: SourceFile, diagnostics: Diagnostics): ParsedNode[] {
  const notes: TokenNotes = {
    unquoted: [],
    openQuotes: [],
    multiLine: [],
    tooDeepAt: undefined,
    tooManyAt: undefined,
  };
  const documents = compose(file.text, notes);
  const roots: ParsedNode[] = [];
  documents.forEach((document, i) => {
    const from = i === 0 ? 0 : document.range[0];
    const to = documents[i + 1]?.range[0] ?? file.text.length + 1;
    const sound = reportDocument(document, from, to, file, notes, diagnostics);
    if (!sound) diagnostics.markIncomplete();
    else if (document.contents !== null) roots.push(document.contents);
  });
  if (notes.tooManyAt !== undefined || notes.tooDeepAt !== undefined) diagnostics.markIncomplete();
  if (notes.tooManyAt !== undefined) {
    diagnostics.add(
      "FP003",
      { file, start: notes.tooManyAt, end: notes.tooManyAt + 1 },
      `File holds more than ${MAX_NODES} values and keys`,
      "Split it; the rest of the file was not read",
    );
  }
  if (notes.tooDeepAt !== undefined) {
    const span = { file, start: notes.tooDeepAt, end: notes.tooDeepAt + 1 };
    maskAround(span, diagnostics);
    diagnostics.add(
      "FP016",
      span,
      `Nested deeper than ${MAX_DEPTH} levels`,
      "Flatten it; the rest of the file was not read",
    );
  }
  return roots;
}

function compose(text: string, notes: TokenNotes): Document.Parsed[] {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents: Document.Parsed[] = [];
  let offset = 0;
  let brackets = 0;
  let dollarAt = -1;
  let inScalar = false;
  let nodes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    // After the mark of a scalar comes its text, which may look like anything.
    const type: CST.TokenType | null = inScalar ? null : CST.tokenType(lexeme);
    for (const token of parser.next(lexeme)) appendAll(documents, composer.next(token));
    // The parser keeps its open collections in a list, but whoever walks the finished tree has only the call stack.
    if (parser.stack.length > MAX_DEPTH + 1 && isCollection(parser.stack.at(-1))) {
      notes.tooDeepAt = offset;
      return documents;
    }
    if (type === "scalar" || type === "alias" || WEIGHTY.has(type)) nodes++;
    if (nodes > MAX_NODES) {
      notes.tooManyAt = offset;
      return documents;
    }
    inScalar = type === "scalar";
    if (type === "flow-error-end") brackets = 0;
    if (inScalar || type === "doc-mode" || type === "flow-error-end") continue;
    if (type === "flow-map-start" && brackets > 0 && dollarAt === offset - 1) notes.unquoted.push(dollarAt);
    if (type === "flow-map-start" || type === "flow-seq-start") brackets++;
    if (type === "flow-map-end" || type === "flow-seq-end") brackets--;
    dollarAt = lexeme.endsWith("$") ? offset + lexeme.length - 1 : -1;
    noteScalar(lexeme, type, offset, notes);
    offset += lexeme.length;
  }
  for (const token of parser.end()) appendAll(documents, composer.next(token));
  appendAll(documents, composer.end(false, text.length));
  return documents;
}

/** Tokens that begin something that takes memory, beside scalars. */
const WEIGHTY: ReadonlySet<CST.TokenType | null> = new Set([
  "single-quoted-scalar",
  "double-quoted-scalar",
  "flow-map-start",
  "flow-seq-start",
  "seq-item-ind",
  "explicit-key-ind",
  "doc-start",
  "comma",
  "anchor",
  "tag",
]);

function isCollection(token: CST.Token | undefined): boolean {
  return token?.type === "block-map" || token?.type === "block-seq" || token?.type === "flow-collection";
}

function noteScalar(lexeme: string, type: CST.TokenType | null, offset: number, notes: TokenNotes): void {
  const end = offset + lexeme.length;
  const quoted = type === "single-quoted-scalar" || type === "double-quoted-scalar";
  if (quoted && (lexeme.length === 1 || lexeme.at(-1) !== lexeme[0])) notes.openQuotes.push([offset, end]);
  // What is no token of its own (`null`) is the text of a plain or block scalar.
  if ((quoted || type === null) && lexeme.includes("\n")) notes.multiLine.push([offset, end]);
}

/** Reports what is wrong with a document that reaches from `from` to `to`; false when its content is not usable. */
function reportDocument(
  document: Document.Parsed,
  from: number,
  to: number,
  file: SourceFile,
  notes: TokenNotes,
  diagnostics: Diagnostics,
): boolean {
  const unquoted = notes.unquoted.filter((at) => at >= from && at < to);
  for (const at of unquoted) {
    const span = { file, start: at, end: endOfReference(file, at) };
    const message = "Interpolation inside brackets is not quoted";
    maskAround(span, diagnostics);
    maskDefault(span, diagnostics);
    diagnostics.add(
      "FP015",
      span,
      message,
      `Put the whole value in quotes: '${written(file.text, span.start, span.end)}'`,
    );
  }
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    if (code !== "TAG_RESOLVE_FAILED" && code !== "BAD_COLLECTION_TYPE") continue;
    const span = { file, start: pos[0], end: pos[1] };
    const { code: ours, message, hint } = yamlWording(code);
    const own = file.text.slice(pos[0], pos[1]) === "!file";
    // A forgotten pair of quotes makes a tag of a password that begins with "!".
    diagnostics.mask({ file, start: own ? pos[1] : pos[0], end: endOfLine(file, pos[0]) });
    diagnostics.add(
      ours,
      span,
      own ? "Tag !file is on something that is not text" : message,
      own ? "Write !file PATH" : hint,
    );
  }
  const first = document.errors.find((e) =>
    e.code !== "TAG_RESOLVE_FAILED" && e.code !== "BAD_COLLECTION_TYPE"
  );
  // Nobody will know which values of a broken document are secret.
  if (first !== undefined || unquoted.length > 0) {
    for (const { code, pos } of [...document.errors, ...document.warnings]) {
      if (code === "TAG_RESOLVE_FAILED" || code === "BAD_COLLECTION_TYPE") {
        maskAround({ file, start: pos[0], end: pos[1] }, diagnostics);
      }
    }
  }
  // An unquoted `${` breaks the brackets around it, so the parser's complaints say nothing new.
  if (first === undefined || unquoted.length > 0) return unquoted.length === 0;
  const quote = notes.openQuotes.find(([start, end]) => first.pos[0] >= start && first.pos[0] <= end);
  // What is missing at the end of the file is missing after the last thing that is there.
  const last = Math.max(file.text.trimEnd().length - 1, 0);
  let start = Math.min(quote?.[0] ?? first.pos[0], last);
  // Wrong indentation is seen best where the text begins.
  while (file.text[start] === " " && start < last) start++;
  const unclosed = UNCLOSED_MESSAGE.test(first.message)
    ? UNCLOSED_BRACKET
    : yamlWording(first.code, first.message);
  const wording = quote === undefined ? unclosed : UNCLOSED_QUOTE;
  const line = lineAt(file, start);
  const lineEnd = file.lineStarts[line] ?? file.text.length;
  for (const [from, end] of notes.multiLine) {
    if (from < lineEnd && end > (file.lineStarts[line - 1] ?? 0)) {
      diagnostics.mask({ file, start: from, end });
    }
  }
  diagnostics.add(
    wording.code,
    { file, start, end: start === first.pos[0] ? first.pos[1] : start + 1 },
    wording.message,
    wording.hint,
  );
  return false;
}

/** End of the `${…}` that begins at `start`: behind the brace that closes it, if that is in the same line. */
function endOfReference(file: SourceFile, start: number): number {
  const { text } = file;
  const stop = endOfLine(file, start);
  let open = 0;
  for (let at = start + 1; at < stop; at++) {
    if (text[at] === "{") open++;
    if (text[at] === "}" && --open === 0) return at + 1;
  }
  return Math.min(start + 2, stop);
}

/** The marks of items, and opening brackets. */
const MARKS = /\s*(?:[-?]\s+)*(?:[{[]\s*)*/y;
/** A key in front of its value. */
const KEY = /([\w.-]+):\s+/y;
/** The brackets in which a value begins. */
const BRACKETS = /(?:[{[]\s*)+/y;

/** How much of a line shows no value: the marks of items, opening brackets and keys of the format before them, one key. */
function keysOnly(line: string): number {
  let shown = lengthAt(MARKS, line, 0);
  for (;;) {
    KEY.lastIndex = shown;
    const key = KEY.exec(line);
    if (key === null || !FORMAT_KEYS.has(key[1] ?? "")) return shown;
    shown += key[0].length;
    const brackets = lengthAt(BRACKETS, line, shown);
    if (brackets === 0) return shown;
    shown += brackets;
  }
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Masks what stands beside a stretch in its line and could be a value: the document was not understood. */
function maskAround({ file, start, end }: Span, diagnostics: Diagnostics): void {
  const line = lineAt(file, start);
  const lineStart = file.lineStarts[line - 1] ?? 0;
  const lineEnd = endOfLine(file, start);
  const shown = keysOnly(file.text.slice(lineStart, start));
  if (lineStart + shown < start) diagnostics.mask({ file, start: lineStart + shown, end: start });
  if (!/^[\s}\]]*$/.test(file.text.slice(end, lineEnd))) diagnostics.mask({ file, start: end, end: lineEnd });
}

/** Masks the default of a `${NAME:default}`, which might be a secret. */
function maskDefault({ file, start, end }: Span, diagnostics: Diagnostics): void {
  const text = file.text.slice(start, end);
  const name = /^\$\{\w*/.exec(text)?.[0].length ?? 0;
  if (text[name] !== "}" && name < text.length) {
    diagnostics.mask({ file, start: start + name + 1, end: Math.max(end - 1, start + name + 1) });
  }
}

/** `${NAME}` as it stands there; a default is left out, it might be a secret. */
function written(text: string, start: number, end: number): string {
  const name = /^\$\{(\w{1,60})[:}]/.exec(text.slice(start, end))?.[1] ?? "NAME";
  return text.slice(start, end) === `\${${name}}` ? `\${${name}}` : `\${${name}:…}`;
}

function endOfLine(file: SourceFile, at: number): number {
  const next = file.lineStarts[lineAt(file, at)];
  return next === undefined ? file.text.length : next - 1;
}

/**
 * Items with mistakes, read as far as they can be: what is wrong is reported and replaced by a placeholder, what is misspelt is
 * taken as it is meant, until the schema takes the item. It takes part in the graph then, and every other mistake in it and
 * around it is reported together with the first.
 */
import type * as z from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, nearest } from "../diagnostics/suggest.ts";
import { positionAt, type Span } from "../diagnostics/source_file.ts";
import { pythonStrip } from "../flagsmith/python/strip.ts";
import { type Structure, structures } from "../kinds/fields.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { looksLikeKey, type MapEntry, type MapNode, type Node, type ScalarNode } from "../source/node.ts";
import { reportUnknownKey } from "../source/unknown_key.ts";
import { COMPARED, toPlain } from "./issues.ts";
import { mayMean } from "./mask.ts";
import { nodeAt } from "./places.ts";

/** What a schema found. */
export type Issue = z.core.$ZodIssue;

/** What was read. */
export interface Mended<T> {
  /** Undefined where no placeholder helps. */
  readonly fields: T | undefined;
  /** The node with placeholders in it; the same one when nothing is wrong. */
  readonly node: MapNode;
}

/** Each round looks one level deeper into what the one before replaced or renamed; no item of the format has so many. */
const ROUNDS = 10;

/** Reads an item. `report` gets the issues of each round, with the node that they are about. */
export function readMended<T>(
  schema: z.ZodType<T>,
  node: MapNode,
  report: (issues: readonly Issue[], node: MapNode) => void,
): Mended<T> {
  let at = node;
  for (let round = 0; round < ROUNDS; round++) {
    const result = schema.safeParse(toPlain(at));
    if (result.success) return { fields: result.data, node: at };
    const { issues } = result.error;
    report(issues.filter((issue) => !isConsequence(issue, at)), at);
    const mended = mend(at, schema, issueTree(issues), at.span);
    if (mended.kind !== "map") break;
    at = mended;
  }
  return { fields: undefined, node: at };
}

/** True for what a placeholder lacks, and what a mapping lacks of which a part could not be read. */
function isConsequence(issue: Issue, root: Node): boolean {
  const path = issue.path.map((step) => typeof step === "symbol" ? String(step) : step);
  const above = nodeAt(root, path.slice(0, -1));
  if (above.kind !== "scalar" && above.mocked === true) return true;
  const code: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return code === "FP103" && above.kind === "map" && above.incomplete === true;
}

/** Issues by where they are. */
interface IssueTree {
  isWrong: boolean;
  /** Keys that the mapping has and the schema has not. */
  readonly unknown: Set<string>;
  readonly below: Map<string, IssueTree>;
}

const noIssues = (): IssueTree => ({ isWrong: false, unknown: new Set(), below: new Map() });

function issueTree(issues: readonly Issue[]): IssueTree {
  const root = noIssues();
  for (const issue of issues) {
    let at = root;
    for (const step of issue.path.map(String)) {
      const next = at.below.get(step) ?? noIssues();
      at.below.set(step, next);
      at = next;
    }
    if (issue.code === "unrecognized_keys") { for (const key of issue.keys) at.unknown.add(key); }
    else at.isWrong = true;
  }
  return root;
}

function mend(node: Node, schema: z.ZodType | undefined, tree: IssueTree, around: Span): Node {
  const structure = structureOf(schema);
  if (tree.isWrong) return placeholder(node, structure, around);
  switch (node.kind) {
    case "scalar":
      return node;
    case "sequence":
      return {
        ...node,
        items: node.items.map((item, at) => {
          const below = tree.below.get(String(at));
          const inner = structure?.kind === "list" ? structure.item : undefined;
          return below === undefined ? item : mend(item, inner, below, item.span);
        }),
      };
    case "map": {
      const inner = (key: string): z.ZodType | undefined =>
        structure?.kind === "mapping"
          ? structure.fields[key]
          : structure?.kind === "record"
          ? structure.value
          : undefined;
      const known = structure?.kind === "mapping" ? Object.keys(structure.fields) : [];
      const meant = meantKeys(node.entries.filter(({ key }) => tree.unknown.has(key)), node, known);
      const there = new Set<string>();
      const entries = node.entries.flatMap((entry): readonly MapEntry[] => {
        const key = meant.get(entry.key) ?? entry.key;
        if (tree.unknown.has(key)) return [];
        there.add(key);
        const below = tree.below.get(key);
        return [{
          ...entry,
          key,
          value: below === undefined ? entry.value : mend(entry.value, inner(key), below, entry.value.span),
        }];
      });
      for (const key of tree.below.keys()) {
        if (there.has(key)) continue;
        entries.push({
          key,
          keySpan: node.span,
          value: placeholder(undefined, structureOf(inner(key)), node.span),
        });
      }
      return { ...node, entries };
    }
  }
}

function structureOf(schema: z.ZodType | undefined): Structure | undefined {
  const structure = schema === undefined ? undefined : structures.get(schema);
  return structure?.kind === "optional" ? structureOf(structure.inner) : structure;
}

/** What stands for a value that is wrong or missing. */
function placeholder(node: Node | undefined, structure: Structure | undefined, around: Span): Node {
  const span = node?.span ?? around;
  switch (structure?.kind) {
    case "list":
      return { kind: "sequence", span, items: [], mocked: true };
    case "mapping":
    case "record":
      return { kind: "map", span, entries: [], mocked: true };
    default: {
      const text = node === undefined ? undefined : readableText(node);
      return text === undefined ? unreadable(span) : readable(text, span);
    }
  }
}

/** So much of a text that is wrong is repeated in messages about other things. */
const LONGEST_NAME = 100;

/** A text that is wrong where it stands, and that may be a name all the same; undefined for one that must not be repeated. */
export function readableText(node: Node): string | undefined {
  if (node.kind !== "scalar" || node.secret || node.mocked || node.value === null) return undefined;
  const { file, start, end } = node.span;
  const text = [...pythonStrip(node.text.slice(0, 2 * LONGEST_NAME))].slice(0, LONGEST_NAME).join("");
  // What goes on in the next line may be the value of another key, which a typing mistake made a part of this one.
  return text === "" || file.text.slice(start, end).includes("\n") ? undefined : text;
}

/** A placeholder with a text that is known. */
export function readable(text: string, span: Span): ScalarNode {
  return { ...unreadable(span), value: text, text, readable: true };
}

/** A placeholder whose text is known to nobody, and that no other has. */
function unreadable(span: Span): ScalarNode {
  const { line, column } = positionAt(span.file, span.start);
  const text = `(${line}:${column})`;
  return {
    kind: "scalar",
    span,
    value: text,
    text,
    style: "quoted",
    interpolated: false,
    mocked: true,
    secret: false,
  };
}

/** How many letters of a key may be wrong for it to be read as another: fewer than for a suggestion, which somebody looks at. */
function slips(key: string): number {
  return Math.max(1, Math.floor(key.length / 5));
}

/** Misspelt keys → the keys that are meant: each the only near one of those that the mapping lacks. */
function meantKeys(
  unknown: readonly MapEntry[],
  { entries }: MapNode,
  known: readonly string[],
): ReadonlyMap<string, string> {
  const there = new Set(entries.map(({ key }) => key));
  const meant = new Map<string, string>();
  for (const { key, bare, value } of unknown.slice(0, COMPARED)) {
    const isEmpty = value.kind === "scalar" && value.value === null && value.span.end <= value.span.start;
    if (bare === true || isEmpty || !looksLikeKey(key)) continue;
    const [near, another] = nearest(key, known.filter((k) => !there.has(k)), 2, slips(key));
    if (near === undefined || another !== undefined || !mayMean(key, near)) continue;
    meant.set(key, near);
    there.add(near);
  }
  return meant;
}

/** A mapping with its misspelt keys as they are meant, which is reported; `of` is what it is, with its article. */
export function withMeantKeys(
  node: MapNode,
  known: readonly string[],
  of: string,
  diagnostics: Diagnostics,
): MapNode {
  const names = new Set(known);
  const unknown = node.entries.filter(({ key }) => !names.has(key));
  if (unknown.length === 0) return node;
  const meant = meantKeys(unknown, node, known);
  if (meant.size === 0) return node;
  return {
    ...node,
    entries: node.entries.map((entry): MapEntry => {
      const key = meant.get(entry.key);
      if (key === undefined || names.has(entry.key)) return entry;
      reportUnknownKey(entry, of, () => didYouMean(entry.key, known), diagnostics);
      return { ...entry, key };
    }),
  };
}

/** True when something at a path is a placeholder for what was reported. */
export function isMocked(node: Node, path: FieldPath): boolean {
  return nodeAt(node, path).mocked === true;
}

/** True for a placeholder, and for what has one at any depth; `undefined` has none. */
export function holdsMocked(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if (node.mocked === true) return true;
  if (node.kind === "scalar") return false;
  return node.kind === "sequence"
    ? node.items.some(holdsMocked)
    : node.incomplete === true || node.entries.some(({ value }) => holdsMocked(value));
}

/** True for a value that could be a list of entities, under whatever key. */
export function holdsItems(node: Node): boolean {
  return node.kind === "sequence" && node.items.some((item) => item.kind === "map");
}

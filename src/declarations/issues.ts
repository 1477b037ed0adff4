/** zod's findings in our words, with the place in the file. */
import type * as z from "zod";
import { type Code, CODES } from "../diagnostics/codes.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { didYouMean, nearest } from "../diagnostics/suggest.ts";
import { structures } from "../kinds/fields.ts";
import { reportNoKey, reportUnknownKey } from "../source/unknown_key.ts";
import { child, type MapEntry, type Node } from "../source/node.ts";

/** A node as zod takes it: mappings as objects, lists as arrays, scalars as they are. */
export function toPlain(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node;
    case "sequence":
      return node.items.map(toPlain);
    case "map":
      return Object.fromEntries(node.entries.map((entry) => [entry.key, toPlain(entry.value)]));
  }
}

/** So many unknown keys of one mapping are compared with those that it lacks. */
export const COMPARED = 1000;

/** What the issues are about. */
export interface IssueContext {
  /** The node that was checked. */
  readonly node: Node;
  /** What it is called: a kind's label or a key. */
  readonly label: string;
  /** True when the label is a key that the file holds. */
  readonly isKey?: boolean;
  /** Keys that the item may have beside its schema's, for suggestions. */
  readonly known: readonly string[];
  /** Keys of the schema itself, for suggestions. */
  readonly schema?: z.ZodType;
}

/** Reports each issue of a failed check. */
export function reportIssues(
  issues: readonly z.core.$ZodIssue[],
  context: IssueContext,
  diagnostics: Diagnostics,
): void {
  // A required key under a mistyped name is one mistake, not two.
  const meant = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const known = knownKeys(context.schema, issue.path);
    for (const key of issue.keys.slice(0, COMPARED)) {
      const [first] = nearest(key, known);
      if (first !== undefined) meant.add([...issue.path, first].join("\0"));
    }
  }
  for (const issue of issues) {
    const { node, span, field } = locate(context.node, issue.path, context.label);
    if (issue.code === "unrecognized_keys") {
      const known = [
        ...knownKeys(context.schema, issue.path),
        ...(issue.path.length === 0 ? context.known : []),
      ];
      const entries = entriesOf(node);
      for (const key of issue.keys) {
        const entry = entries.get(key);
        const hint = (): string | undefined =>
          didYouMean(key, known) ?? containing(key, known) ?? listed(knownKeys(context.schema, issue.path));
        const of = issue.path.length > 0
          ? `"${field}"`
          : context.isKey === true
          ? `"${context.label}"`
          : article(context.label);
        if (entry === undefined) diagnostics.add("FP102", span, `${of} has an unknown key`, hint());
        else reportUnknownKey(entry, of, hint, diagnostics);
      }
      continue;
    }
    const above = issue.path.slice(0, -1);
    const free = locate(context.node, above, context.label);
    const bare = entriesOf(free.node).get(String(issue.path.at(-1)));
    if (bare?.bare === true && !knownKeys(context.schema, above).includes(bare.key)) {
      reportNoKey(bare, `"${free.field}"`, diagnostics);
      continue;
    }
    const params: Readonly<Record<string, unknown>> = issue.code === "custom" ? issue.params ?? {} : {};
    const code = isCode(params["code"]) ? params["code"] : "FP104";
    if (code === "FP103" && meant.has(issue.path.join("\0"))) continue;
    const message = typeof params["message"] === "string" ? params["message"] : "{field} has the wrong type";
    const hint = typeof params["hint"] === "string" ? params["hint"] : undefined;
    diagnostics.add(code, span, message.replace("{field}", quoted(field, issue.path)), hint);
  }
}

/** A field as messages name it; the last step of the path to an item of a list is its position. */
function quoted(field: string, path: readonly PropertyKey[]): string {
  return typeof path.at(-1) === "number" ? `An item of "${field}"` : `"${field}"`;
}

/** A label with its article: `an environment`, `a user`. */
export function article(label: string): string {
  return `${/^[aeio]/.test(label) ? "an" : "a"} ${label}`;
}

/** A part of a key is what people remember of it: `enabled` for `default_enabled`. */
function containing(key: string, known: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const whole = (other: string): boolean =>
    `_${other}_`.includes(`_${lower}_`) || `_${lower}_`.includes(`_${other}_`);
  const found = known.filter(whole);
  return found.length === 0 || found.length > 3
    ? undefined
    : `Did you mean ${found.map((name) => `"${name}"`).join(" or ")}?`;
}

/** More keys than these are looked up in the documentation. */
const FEW_KEYS = 8;

function listed(keys: readonly string[]): string | undefined {
  return keys.length === 0 || keys.length > FEW_KEYS ? undefined : `Its keys are ${keys.join(", ")}`;
}

function isCode(value: unknown): value is Code {
  return typeof value === "string" && value in CODES;
}

/** Walks a path as far as it exists; a missing key is placed at the item that should have it. */
function locate(
  root: Node,
  path: readonly PropertyKey[],
  label: string,
): { node: Node; span: Span; field: string } {
  let node = root;
  let field = label;
  for (const step of path) {
    if (typeof step === "string") field = step;
    const next = node.kind === "map"
      ? child(node, String(step))
      : node.kind === "sequence"
      ? node.items[Number(step)]
      : undefined;
    if (next !== undefined) node = next;
  }
  return { node, span: node.span, field };
}

function entriesOf(node: Node): ReadonlyMap<string, MapEntry> {
  return new Map(node.kind === "map" ? node.entries.map((entry) => [entry.key, entry]) : []);
}

/** The keys of the mapping at a path below what a schema reads; none where it is no mapping. */
export function knownKeys(schema: z.ZodType | undefined, path: readonly PropertyKey[]): string[] {
  let at = schema;
  for (const step of [...path, undefined]) {
    let structure = at === undefined ? undefined : structures.get(at);
    while (structure?.kind === "optional") structure = structures.get(structure.inner);
    if (structure === undefined) return [];
    if (step === undefined) return structure.kind === "mapping" ? Object.keys(structure.fields) : [];
    at = structure.kind === "mapping"
      ? structure.fields[String(step)]
      : structure.kind === "list"
      ? structure.item
      : undefined;
  }
  return [];
}

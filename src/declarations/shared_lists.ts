/** Lists whose items are of several kinds, told by the keys that are there (`KindSpec.when`): today only `permissions`. */
import type * as z from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { ALL_SPECS, KIND_NAMES, type KindName } from "../kinds/specs.ts";
import { child, type MapNode, type Node } from "../source/node.ts";
import { article } from "./issues.ts";
import { keySpanOf } from "./places.ts";

/**
 * The kind of an item of a list. Of an item that fits none, the kind that lacks least, so that what it has is not called
 * unknown.
 */
export function kindOf(kinds: readonly KindName[], node: Node, parent: KindName | undefined): KindName {
  const keys = new Set(node.kind === "map" ? node.entries.map((e) => e.key) : []);
  if (parent !== undefined) keys.add(parent);
  const misfits = (kind: KindName): number =>
    Object.entries(ALL_SPECS[kind].when ?? {}).filter(([key, there]) => keys.has(key) !== there).length;
  return kinds.reduce((best, kind) => (misfits(kind) < misfits(best) ? kind : best));
}

function sharing(kind: KindName): readonly KindName[] {
  const { list } = ALL_SPECS[kind];
  return list === undefined ? [kind] : KIND_NAMES.filter((other) => ALL_SPECS[other].list === list);
}

/** `"organisation", "project" or "environment"`: what an item of the kind's list may belong to. */
export function parentWords(kind: KindName): string {
  return words(sharing(kind).map((other) => ALL_SPECS[other].parent ?? ""));
}

function words(keys: readonly string[]): string {
  return [...new Set(keys)].map((key) => `"${key}"`).join(", ").replace(/, ([^,]*)$/, " or $1");
}

/**
 * Reports an item that is identified by none, or by several, of the keys that tell the kinds of its list apart. The
 * findings that are left are about something else.
 */
export function checkIdentity(
  kind: KindName,
  node: MapNode,
  issues: readonly z.core.$ZodIssue[],
  diagnostics: Diagnostics,
): readonly z.core.$ZodIssue[] {
  const own = ALL_SPECS[kind].identityField;
  const fields = [...new Set(sharing(kind).map((other) => ALL_SPECS[other].identityField))];
  if (fields.length === 1) return issues;
  const there = fields.filter((field) => child(node, field) !== undefined);
  if (there.length === 1) return issues;
  if (there.length === 0) {
    diagnostics.add("FP103", node.span, `${words(fields)} is required`);
    return issues.filter(({ path }) => path.length !== 1 || path[0] !== own);
  }
  const [first, second = own] = there;
  diagnostics.add(
    "FP116",
    keySpanOf(node, second),
    `"${first}" and "${second}" exclude each other`,
    `Write ${article(ALL_SPECS[kind].label)} for each`,
  );
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys" || issue.path.length > 0) return [issue];
    const keys = issue.keys.filter((key) => !there.includes(key));
    return keys.length === 0 ? [] : [{ ...issue, keys }];
  });
}

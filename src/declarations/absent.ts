/** Items with `ensure: absent`: named, and nothing more. */
import type { z } from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { child, type MapEntry, type MapNode } from "../source/node.ts";
import type { Declaration } from "./declaration.ts";
import { article } from "./issues.ts";

/** Keys that name an entity; an absent one needs no others. */
const NAMING = [
  "name",
  "email",
  "label",
  "identifier",
  "feature",
  "environment",
  "segment",
  "identity",
  "user",
  "group",
];

/** Findings of an absent item without those about fields that it need not have. */
export function withoutMissing(
  issues: readonly z.core.$ZodIssue[],
  node: MapNode,
): readonly z.core.$ZodIssue[] {
  return issues.filter(({ path }) =>
    path.length !== 1 || NAMING.includes(String(path[0])) || child(node, String(path[0])) !== undefined
  );
}

/** The names of an absent item: all that is ever asked of it. */
export function namesOf(entries: readonly MapEntry[]): Declaration["fields"] {
  return Object.fromEntries(
    entries.flatMap(({ key, value }) =>
      NAMING.includes(key) && value.kind === "scalar" ? [[key, value.text]] : []
    ),
  ) as Declaration["fields"];
}

/** Reports what an absent item says about content. */
export function refuseContent(label: string, entries: readonly MapEntry[], diagnostics: Diagnostics): void {
  for (const entry of entries) {
    diagnostics.add(
      "FP125",
      entry.keySpan,
      `"${entry.key}" does not fit ${article(label)} that is to be absent`,
      "Everything below it goes, too; remove the key",
    );
  }
}

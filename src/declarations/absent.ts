/** Items with `ensure: absent`: named, and nothing more. */
import type * as z from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { type KindName, namingFields } from "../kinds/specs.ts";
import { child, type MapEntry, type MapNode } from "../source/node.ts";
import type { Declaration } from "./declaration.ts";
import { article } from "./issues.ts";

/** Findings of an absent item without those about fields that it need not have. */
export function withoutMissing(
  kind: KindName,
  issues: readonly z.core.$ZodIssue[],
  node: MapNode,
): readonly z.core.$ZodIssue[] {
  const naming = namingFields(kind);
  return issues.filter(({ path }) =>
    path.length !== 1 || naming.includes(String(path[0])) || child(node, String(path[0])) !== undefined
  );
}

/** The names of an absent item: all that is ever asked of it. */
export function namesOf(kind: KindName, entries: readonly MapEntry[]): Declaration["fields"] {
  const naming = namingFields(kind);
  return Object.fromEntries(
    entries.flatMap(({ key, value }) =>
      naming.includes(key) && value.kind === "scalar" ? [[key, value.text]] : []
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

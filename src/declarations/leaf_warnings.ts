/** What is said of values that are accepted: secrets where Flagsmith publishes them, white space that it removes. */
import type * as z from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { pythonStrip } from "../flagsmith/python/strip.ts";
import { fieldDocs, structures } from "../kinds/fields.ts";
import { child, type Node, type ScalarNode } from "../source/node.ts";

/** Warns of values of an item; its schema says for each leaf what Flagsmith does with it. */
export function warnOfLeaves(schema: z.ZodType, node: Node, field: string, diagnostics: Diagnostics): void {
  const leaf = fieldDocs.get(schema);
  if (leaf !== undefined) {
    for (const scalar of node.kind === "sequence" ? node.items : [node]) {
      if (scalar.kind !== "scalar" || scalar.mocked) continue;
      if (leaf.published === true && scalar.secret) {
        diagnostics.add(
          "FP154",
          scalar.span,
          `"${field}" is sent to SDKs and shown in the dashboard, so the secret in it is no longer a secret`,
        );
      }
      const unmeant = leaf.unmeant?.(scalar);
      if (unmeant !== undefined) {
        diagnostics.add("FP156", scalar.span, `"${field}" ${unmeant.message}`, unmeant.hint);
      }
      if (leaf.padding !== undefined) warnOfPadding(scalar, leaf.padding, field, diagnostics);
    }
    return;
  }
  const structure = structures.get(schema);
  switch (structure?.kind) {
    case undefined:
      return;
    case "optional":
      return warnOfLeaves(structure.inner, node, field, diagnostics);
    case "list":
      if (node.kind !== "sequence") return;
      for (const item of node.items) warnOfLeaves(structure.item, item, field, diagnostics);
      return;
    case "record":
      if (node.kind !== "map") return;
      for (const entry of node.entries) warnOfLeaves(structure.value, entry.value, field, diagnostics);
      return;
    case "mapping":
      for (const [key, inner] of Object.entries(structure.fields)) {
        const value = child(node, key);
        if (value !== undefined) warnOfLeaves(inner, value, key, diagnostics);
      }
  }
}

function warnOfPadding(
  { text, span, variables = [] }: ScalarNode,
  padding: "removed" | "kept",
  field: string,
  diagnostics: Diagnostics,
): void {
  if (pythonStrip(text) === text || pythonStrip(text) === "") return;
  const from = variables.length === 0
    ? ""
    : ` (from variable${variables.length === 1 ? "" : "s"} ${variables.join(", ")})`;
  diagnostics.add(
    "FP155",
    span,
    padding === "removed"
      ? `"${field}" has white space at its ends${from}, which is removed, as Flagsmith does when somebody logs in`
      : `"${field}" has white space at its ends${from}, which Flagsmith's API removes: it would not find this one`,
    padding === "removed" ? undefined : "Remove it",
  );
}

/** What reading documents collects. */
import type * as z from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { MapEntry } from "../source/node.ts";
import type { Declaration, DomainDeclaration, OutputDeclaration, Undeclared } from "./declaration.ts";
import { reportIssues, toPlain } from "./issues.ts";
import type { RawRow } from "./raw_rows.ts";

/** What is read so far, in file order. */
export interface Reading {
  readonly diagnostics: Diagnostics;
  readonly entities: Declaration[];
  readonly undeclared: Undeclared[];
  readonly domains: DomainDeclaration[];
  readonly messages: string[];
  readonly rows: RawRow[];
  readonly outputs: OutputDeclaration[];
}

/** The value of one key; undefined when it is wrong, which is then reported. */
export function readLeaf<T>(schema: z.ZodType<T>, entry: MapEntry, diagnostics: Diagnostics): T | undefined {
  const result = schema.safeParse(toPlain(entry.value));
  if (result.success) return result.data;
  reportIssues(result.error.issues, { node: entry.value, label: entry.key, known: [] }, diagnostics);
  return undefined;
}

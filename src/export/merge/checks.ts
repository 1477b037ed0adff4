/** What is looked at before and after files are merged. */
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { placeOf } from "../../diagnostics/source_file.ts";
import type { Declaration } from "../../declarations/declaration.ts";
import { addressOf, type Graph, type Resource } from "../../graph/resource.ts";
import { ALL_SPECS, ancestorsOf, namingFields } from "../../kinds/specs.ts";
import { PART, ROOT } from "../kind_exports.ts";
import { contentHash } from "../../log/content_hash.ts";
import type { SourceDocument } from "../../source/node.ts";
import { lower, titleOf } from "../build/context.ts";
import type { Export } from "../build/entity.ts";
import { readBack } from "./read_back.ts";

/**
 * Reports names that come from variables which are not set: nobody could tell which entity of the database is meant, and it
 * would be added once more.
 */
export function checkNames(graph: Graph, diagnostics: Diagnostics): void {
  for (const { declaration } of graph.resources) {
    if (declaration === undefined) continue;
    const { kind, node, fields } = declaration;
    const references = (ALL_SPECS[kind].references?.(fields) ?? []).map(({ path }) => path[0]);
    const names = [...namingFields(kind), ...ancestorsOf(kind), ...references];
    for (const { key, value } of node.entries) {
      if (!names.includes(key) || value.kind !== "scalar" || !value.mocked) continue;
      // A placeholder for a mistake that was reported, and not for a variable.
      if (diagnostics.hasErrorIn(value.span)) continue;
      diagnostics.add(
        "FP020",
        value.span,
        "A name comes from a variable that is not set",
        "Set it as apply has it, so that the entity can be found in the database",
      );
    }
  }
}

/** What only the reference of another item declares, as an override its identity, has no item of its own. */
export function isImplied({ implied }: Declaration): boolean {
  return implied === true;
}

/** What the files declare of the exported organisation and the database does not hold. */
export function warnMissingInDatabase(
  declared: ReadonlyMap<string, { readonly declaration: Declaration; readonly resource: Resource }>,
  live: ReadonlySet<string>,
  exported: Export,
  onlyProject: boolean,
  diagnostics: Diagnostics,
): void {
  for (const [address, { declaration, resource }] of declared) {
    if (live.has(address) || declaration.policy.ensure === "absent" || isImplied(declaration)) continue;
    if (!isWithin(resource, exported, onlyProject)) continue;
    const name = titleOf(declaration.kind, declaration.name, "");
    diagnostics.add(
      "FP449",
      declaration.span,
      `${name} is not in the database; it is left in the file`,
      "Remove it from the file, or the next apply creates it again",
    );
  }
}

function isWithin(resource: Resource, exported: Export, onlyProject: boolean): boolean {
  for (let at = resource.parent; at !== undefined; at = at.parent) {
    if (at.kind === PART && onlyProject) return exported.projects.some(({ name }) => name === at?.name);
    if (at.kind === ROOT && !onlyProject) return at.name === exported.organisation.name;
  }
  return false;
}

/** A declaration by its kind and the place where it is written. */
export function placeKey({ kind, node }: Declaration): string {
  return `${kind} ${placeOf(node.span)}`;
}

/**
 * Throws FP448 when the new texts could not be read, or say something else of a declaration whose key is not in `meant`:
 * nothing is to be written then.
 */
export function checkReadable(
  documents: readonly SourceDocument[],
  changed: ReadonlyMap<string, string>,
  rest: string | undefined,
  meant: ReadonlySet<string>,
): void {
  const texts = new Map(
    documents.map(({ file }): [string, string] => [file.name, changed.get(file.name) ?? file.text]),
  );
  if (rest !== undefined) texts.set("<rest>", rest);
  const before = readBack(new Map(documents.map(({ file }) => [file.name, file.text])), false);
  const after = readBack(texts, false);
  const known = new Set(before.found.sorted().map(({ code, message }) => `${code} ${message}`));
  const [first] = after.found.sorted().filter(({ severity, code, message }) =>
    severity === "error" && !known.has(`${code} ${message}`)
  );
  if (first !== undefined) {
    throw unmergeable(`they would say what apply refuses (${first.code}: ${first.message})`);
  }
  const hashes = new Map(declarationsIn(after.graph).map(([address, one]) => [address, contentHash(one)]));
  for (const [address, one] of declarationsIn(before.graph)) {
    const hash = hashes.get(address);
    // An address that is gone has got its parents: they were not declared before.
    if (hash === undefined || hash === contentHash(one) || meant.has(placeKey(one))) continue;
    const name = lower(titleOf(one.kind, one.name, ""));
    throw unmergeable(`${name} at ${placeOf(one.span)} would change with something else`);
  }
}

function declarationsIn({ resources }: Graph): readonly (readonly [address: string, Declaration])[] {
  return resources.flatMap((resource) =>
    resource.declaration === undefined || isImplied(resource.declaration)
      ? []
      : [[addressOf(resource), resource.declaration] as const]
  );
}

function unmergeable(why: string): ProvisionError {
  return new ProvisionError(
    "FP448",
    EXIT.failed,
    `The files cannot be merged: ${why}`,
    "Nothing was written; export without --merge-into, and take over by hand what changed",
  );
}

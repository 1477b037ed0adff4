/** Reads a text that was just printed as `apply` would read it. */
import { type Diagnostic, Diagnostics } from "../../diagnostics/diagnostic.ts";
import { sourceFile } from "../../diagnostics/source_file.ts";
import { readDocuments } from "../../declarations/read.ts";
import { buildGraph } from "../../graph/build.ts";
import type { Graph } from "../../graph/resource.ts";
import { checkChosenTwice } from "../../plan/chosen_twice.ts";
import { checkDeclaredShares } from "../../plan/declared_shares.ts";
import type { SourceDocument } from "../../source/node.ts";
import { parseYaml } from "../../source/parse.ts";
import { buildTree, type TreeContext } from "../../source/tree.ts";

/** What `apply` would make of a text. */
export interface ReadBack {
  readonly graph: Graph;
  readonly found: Diagnostics;
  /** What was found before names were resolved: a part that cannot be read is missed by what refers to it. */
  readonly unreadable: readonly Diagnostic[];
  readonly documents: readonly SourceDocument[];
}

/** Reads texts by name; variables count as set. With `closed` every reference must be declared in them. */
export function readBack(texts: ReadonlyMap<string, string>, closed: boolean): ReadBack {
  const found = new Diagnostics();
  const documents = [...texts].flatMap(([name, text]) => {
    const file = sourceFile(name, text);
    found.reads(name);
    const context: TreeContext = {
      file,
      variables: { env: () => undefined, mockEnv: true, secretEnv: new Set() },
      diagnostics: found,
      references: [],
      shared: new Set(),
      aliased: 0,
    };
    const { shared } = context;
    return parseYaml(file, found).map((root) => ({ file, root: buildTree(root, context), shared }));
  });
  const declarations = readDocuments(documents, { onExists: "skip" }, found);
  const unreadable = found.sorted().filter(({ severity }) => severity === "error");
  const graph = buildGraph(declarations, { closed, warnExternal: false }, found);
  checkChosenTwice(graph, found);
  checkDeclaredShares(graph, found);
  return {
    graph,
    found,
    unreadable,
    documents,
  };
}

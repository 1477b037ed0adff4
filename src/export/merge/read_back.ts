/** Reads a text that was just printed as `apply` would read it. */
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { sourceFile } from "../../diagnostics/source_file.ts";
import { readDocuments } from "../../declarations/read.ts";
import { buildGraph } from "../../graph/build.ts";
import type { Graph } from "../../graph/resource.ts";
import { parseYaml } from "../../source/parse.ts";
import { buildTree, type TreeContext } from "../../source/tree.ts";

/** What `apply` would make of a text. */
export interface ReadBack {
  readonly graph: Graph;
  readonly found: Diagnostics;
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
  return { graph: buildGraph(declarations, { closed, warnExternal: false }, found), found };
}

/** Entities for tests of plans and lines, without files and without a database. */
import { sourceFile } from "../../src/diagnostics/source_file.ts";
import type { Resource } from "../../src/graph/resource.ts";
import type { KindName } from "../../src/kinds/specs.ts";

/** A place in a file of its own. */
export const SPAN = { file: sourceFile("a.yaml", ""), start: 0, end: 0 };

/** A live row that holds nothing. */
export const LIVE = { id: 1, row: {}, extra: undefined, parentName: undefined };

/** A run that issued no key, link or password. */
export const NOTHING = { keys: new Map(), links: new Map(), passwords: new Map() };

let index = 0;

/** An entity that only its name and parent describe; each gets the next place in the order of work. */
export function resource(kind: KindName, name: string, parent?: Resource): Resource {
  return {
    index: index++,
    kind,
    name,
    key: name,
    parent,
    declaration: undefined,
    references: new Map(),
    mentions: new Map(),
    span: SPAN,
  };
}

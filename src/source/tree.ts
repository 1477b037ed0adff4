/** YAML documents to nodes: aliases and merge keys resolved, keys checked, scalars interpolated. */
import { appendAll } from "../diagnostics/append_all.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";
import type { Variables } from "./interpolate.ts";
import { looksLikeKey, type MapEntry, type MapNode, type Node, type ScalarNode } from "./node.ts";
import { isAlias, isMap, isScalar, MAX_DEPTH } from "./parse.ts";
import type { Alias, Pair, ParsedNode, Scalar, YAMLMap } from "./parse.ts";
import { isStorable, scalarNode } from "./scalar.ts";

/** Nodes that the aliases of one file may add beyond those that are written. */
export const MAX_ALIASED_NODES = 100_000;

/** A `!file` whose content is still to be read: `node` is a placeholder until then. */
export interface FileReference {
  /** The node, whose text is the path as long as it has not been read. */
  readonly node: { -readonly [K in keyof ScalarNode]: ScalarNode[K] };
}

/** What the documents of one file share. */
export interface TreeContext {
  /** The file that they stand in. */
  readonly file: SourceFile;
  /** Where `${…}` finds its values. */
  readonly variables: Variables;
  /** Where mistakes go. */
  readonly diagnostics: Diagnostics;
  /** Filled by `buildTree()`. */
  readonly references: FileReference[];
  /** Filled by `buildTree()`: nodes that aliases name. */
  readonly shared: Set<Span>;
  /** Nodes that aliases added so far. */
  aliased: number;
}

interface Anchored {
  /** Undefined while the node is being built: an alias in it would be a cycle. */
  node: Node | undefined;
  size: number;
  height: number;
}

interface Builder extends TreeContext {
  readonly anchors: Map<string, Anchored>;
  /** Nodes so far, aliases counted as if written out. */
  count: number;
  /** The deepest level reached since the enclosing anchor began. */
  deepest: number;
}

/**
 * Makes the tree of one document. Aliases share the node that they name. Adds FP011 to FP014, FP016 to FP018 and what
 * `scalarNode()` adds; a part with a mistake becomes a placeholder (null, mocked), so that the rest can be checked, too.
 */
export function buildTree(root: ParsedNode, context: TreeContext): Node {
  const builder: Builder = { ...context, anchors: new Map(), count: 0, deepest: 0 };
  const node = build(builder, root, root.range[0], 1);
  context.aliased = builder.aliased;
  return node;
}

function build(b: Builder, source: ParsedNode | null, at: number, depth: number): Node {
  if (isAlias(source)) return expand(b, source, depth, "value");
  b.count++;
  if (depth > b.deepest) b.deepest = depth;
  if (source === null) return placeholder({ file: b.file, start: at, end: at }, false);
  if (source.anchor === undefined) return buildContent(b, source, depth);
  const anchored: Anchored = { node: undefined, size: 0, height: 0 };
  b.anchors.set(source.anchor, anchored);
  const outer = b.deepest;
  const before = b.count;
  b.deepest = depth;
  anchored.node = buildContent(b, source, depth);
  anchored.size = b.count - before + 1;
  anchored.height = b.deepest - depth;
  b.deepest = Math.max(outer, b.deepest);
  return anchored.node;
}

function buildContent(b: Builder, source: Exclude<ParsedNode, Alias.Parsed>, depth: number): Node {
  if (isScalar(source)) return buildScalar(b, source);
  const span = spanOf(b, source);
  if (isMap(source)) return { kind: "map", span, ...buildEntries(b, source, depth) };
  return { kind: "sequence", span, items: source.items.map((item) => build(b, item, span.end, depth + 1)) };
}

function expand(b: Builder, alias: Alias.Parsed, depth: number, as: "key" | "value"): Node {
  const span = spanOf(b, alias);
  const anchored = b.anchors.get(alias.source);
  const node = anchored?.node;
  if (anchored === undefined || node === undefined) {
    // A forgotten pair of quotes makes an alias of a password that begins with "*".
    b.diagnostics.mask(span);
    const message = anchored === undefined
      ? "Alias names no anchor before it"
      : "Alias is inside the node it refers to";
    const hint = anchored === undefined ? `Put a ${as} that begins with "*" in quotes` : undefined;
    b.diagnostics.add("FP013", span, message, hint);
    return unread(b, span);
  }
  if (b.aliased + anchored.size > MAX_ALIASED_NODES) {
    if (b.aliased !== Infinity) {
      b.diagnostics.add(
        "FP012",
        span,
        `Aliases add more than ${MAX_ALIASED_NODES} nodes`,
        "Write the content out",
      );
    }
    // Said once a file; there may be a million such aliases.
    b.aliased = Infinity;
    return unread(b, span);
  }
  b.shared.add(node.span);
  b.count += anchored.size;
  b.aliased += anchored.size;
  b.deepest = Math.max(b.deepest, depth + anchored.height);
  if (depth + anchored.height > MAX_DEPTH + 1) {
    b.diagnostics.add("FP016", span, `Nested deeper than ${MAX_DEPTH} levels through aliases`, "Flatten it");
    return unread(b, span);
  }
  return node;
}

/** Stands for content that cannot be used, and that could have declared anything. */
function unread(b: Builder, span: Span): ScalarNode {
  b.diagnostics.markIncomplete();
  return placeholder(span, true);
}

function buildEntries(
  b: Builder,
  source: YAMLMap.Parsed,
  depth: number,
): Pick<MapNode, "entries" | "incomplete"> {
  const entries = new Map<string, MapEntry>();
  let incomplete = false;
  const leaveOut = (node: Node): void => {
    // Later stages mask the secret fields of the tree; a value that is dropped here is not in it.
    b.diagnostics.mask(node.span);
    if (node.kind !== "scalar") b.diagnostics.markIncomplete();
  };
  const merged: MapEntry[] = [];
  let mergeSpan: Span | undefined;
  for (const { key, value } of source.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const keyEnd = key?.range[1] ?? source.range[1];
    const isMerge = isScalar(key) && key.value === "<<" && key.type === "PLAIN" && key.tag === undefined;
    const name = keyText(b, key, source);
    const node = build(b, value, keyEnd, depth + 1);
    if (name === undefined) {
      incomplete = true;
      leaveOut(node);
      continue;
    }
    const first = isMerge ? mergeSpan : entries.get(name.text)?.keySpan;
    if (first !== undefined) {
      b.diagnostics.add(
        "FP011",
        name.span,
        `${looksLikeKey(name.text) ? `Key "${name.text}"` : "Something"} is given twice`,
        `The first one is at ${placeOf(first)}`,
      );
      leaveOut(node);
    } else if (isMerge) {
      mergeSpan = name.span;
      const found = mergeEntries(b, node);
      incomplete ||= !found.isWhole;
      appendAll(merged, found.entries);
    } else {
      const isExact = isScalar(key) && key.tag === "!exact";
      const entry = {
        key: name.text,
        keySpan: name.span,
        value: node,
        ...(isExact ? { exact: true as const } : {}),
      };
      entries.set(name.text, value === null ? { ...entry, bare: true } : entry);
    }
  }
  for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return { entries: [...entries.values()], ...(incomplete ? { incomplete: true } : {}) };
}

/** The entries that `<<` brings, first come first served; adds FP018. */
function mergeEntries(
  b: Builder,
  value: Node,
): { readonly entries: readonly MapEntry[]; readonly isWhole: boolean } {
  const sources = value.kind === "sequence" ? value.items : [value];
  const entries: MapEntry[] = [];
  let isWhole = true;
  for (const source of sources) {
    if (source.kind === "map") {
      appendAll(entries, source.entries);
      continue;
    }
    isWhole = false;
    const isPlaceholder = source.kind === "scalar" && source.mocked;
    if (!isPlaceholder) {
      b.diagnostics.add("FP018", source.span, 'Merge key "<<" takes a mapping or a list of mappings');
    }
    b.diagnostics.markIncomplete();
  }
  return { entries, isWhole };
}

/** A key is text; of a plain one (`2024:`, `true:`) its source text. */
function keyText(
  b: Builder,
  key: ParsedNode | null,
  map: YAMLMap.Parsed,
): { text: string; span: Span } | undefined {
  const node = isAlias(key) ? expand(b, key, 1, "key") : undefined;
  if (node?.kind === "scalar" && node.mocked) return undefined;
  const span = key === null ? { file: b.file, start: map.range[0], end: map.range[0] + 1 } : spanOf(b, key);
  const text = node?.kind === "scalar" ? node.text : isScalar(key) ? String(key.value) : undefined;
  if (text === undefined || text === "") {
    // What a list or mapping became a key with may be anything.
    if (key !== null && !isScalar(key)) b.diagnostics.mask(span);
    b.diagnostics.add(
      "FP017",
      span,
      text === "" ? "Key is empty" : "Key is not text",
      "Write a name before the colon",
    );
    return undefined;
  }
  if (!isStorable("Key", text, span, b.diagnostics)) return undefined;
  if (isScalar(key) && key.anchor !== undefined) {
    b.anchors.set(key.anchor, { node: buildScalar(b, key), size: 1, height: 0 });
  }
  if (isScalar(key) && text.includes("${")) {
    const hint =
      "Keys are taken as written; where names come from variables, use the form that is a list with a name";
    b.diagnostics.add("FP021", span, "Interpolation in a key", hint);
    return undefined;
  }
  if (isScalar(key) && key.tag === "!file") {
    b.diagnostics.add("FP014", span, "Tag !file is on a key", "Only values can be read from files");
    return undefined;
  }
  return { text, span };
}

const TEXT_TAGS: readonly (string | undefined)[] = ["!", "!file", "!ref", "!exact", "tag:yaml.org,2002:str"];
const CORE_TAG = /^tag:yaml\.org,2002:(int|float|bool|null)$/;

function buildScalar(b: Builder, source: Scalar.Parsed): ScalarNode {
  const span = spanOf(b, source);
  const plain = source.type === "PLAIN" || source.type === undefined;
  const style = plain ? "plain" : source.type?.startsWith("QUOTE") ? "quoted" : "block";
  const text = String(source.value ?? "");
  const core = CORE_TAG.exec(source.tag ?? "")?.[1];
  const isFile = source.tag === "!file";
  const isText = source.tag !== undefined && core === undefined;
  // An unknown tag was reported by the parser; what the value would have become is not known.
  if (isText && !TEXT_TAGS.includes(source.tag)) return placeholder(span, true);
  const node = scalarNode({ span, style, text, isText }, b.variables, b.diagnostics);
  if (isFile) {
    const reference: FileReference = { node: { ...node, style: "quoted", secret: true } };
    if (!node.mocked) b.references.push(reference);
    return reference.node;
  }
  if (source.tag === "!ref") return { ...node, reference: true };
  if (source.tag === "!exact") return { ...node, exact: true };
  if (core !== undefined && !node.mocked && !fits(core, node.value)) {
    b.diagnostics.add("FP014", span, `Tag !!${core} does not fit the value`, "Remove the tag");
  }
  return node;
}

function fits(core: string, value: ScalarNode["value"]): boolean {
  if (core === "null") return value === null;
  if (core === "bool") return typeof value === "boolean";
  return typeof value === "bigint" ||
    (typeof value === "number" && (core === "float" || Number.isInteger(value)));
}

/** Stands for what is missing or cannot be used; `mocked` keeps later checks from judging it. */
function placeholder(span: Span, mocked: boolean): ScalarNode {
  return {
    kind: "scalar",
    span,
    value: null,
    text: "",
    style: "plain",
    interpolated: false,
    mocked,
    secret: false,
  };
}

function spanOf(b: Builder, source: ParsedNode): Span {
  return { file: b.file, start: source.range[0], end: source.range[1] };
}

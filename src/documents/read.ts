/** Documents → declarations: the root of each document, its lists, and children nested in parents. */
import type { z } from "zod";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, nearest } from "../diagnostics/suggest.ts";
import { placeOf, type Span } from "../diagnostics/source_file.ts";
import { BEGIN_ITEMS, bool, choice, mapping, optional, text } from "../kinds/fields.ts";
import { ALL_SPECS, ancestorsOf, childKindsOf } from "../kinds/specs.ts";
import { type FieldPath, KIND_NAMES, type KindName, type Policy, type ReportField } from "../kinds/kind.ts";
import { child, type MapEntry, type MapNode, type Node, type SourceDocument } from "../source/node.ts";
import type { Declaration, Declarations, DomainDeclaration, ParentLink, ParentName } from "./declaration.ts";
import { article, reportIssues, toPlain } from "./issues.ts";
import { maskSecretValues } from "./mask.ts";
import { stateKeysOf, statesOfEnvironment, statesOfFeature } from "./nested_states.ts";

/** The one version of the format. */
export const FORMAT_VERSION = "1.0";

/** Options that the command line sets for every entity that does not say otherwise. */
export interface ReadOptions {
  readonly onExists: Policy["onExists"];
}

/** Keys that any item may have beside its kind's own. */
export const policySchema = mapping({
  on_exists: optional(
    choice(
      ["skip", "update", "fail"],
      "What to do with a live row: leave it (default), make the declared fields so, or stop",
    ),
  ),
  on_missing: optional(
    choice(
      ["create", "leave"],
      "What to do when a row that was made before is gone: create it again (default) or leave it",
    ),
  ),
  only_if_none: optional(
    bool(
      "Create only when no live entity of this kind existed when the run began (for a project or environment: in its parent)",
    ),
  ),
});

const POLICY_KEYS = ["on_exists", "on_missing", "only_if_none"];
const ROOT_KEYS = ["version", "app_domain", "defaults", "message"];
const domainSchema = text({ max: 100, identity: true });
const messageSchema = text({ identity: true });

interface Reading {
  readonly diagnostics: Diagnostics;
  readonly entities: Declaration[];
  readonly domains: DomainDeclaration[];
  readonly messages: string[];
}

/** Reads all documents; every independent mistake is in `diagnostics` afterwards. */
export function readDocuments(
  documents: readonly SourceDocument[],
  options: ReadOptions,
  diagnostics: Diagnostics,
): Declarations {
  const reading: Reading = { diagnostics, entities: [], domains: [], messages: [] };
  for (const document of documents) readDocument(document, options, reading);
  for (const other of reading.domains.slice(1)) {
    const first = reading.domains[0];
    if (first !== undefined && first.domain !== other.domain) {
      diagnostics.add(
        "FP202",
        other.span,
        `"app_domain" is "${other.domain}" here and "${first.domain}" elsewhere`,
        placeHint(first.span),
      );
    }
  }
  return {
    entities: reading.entities,
    domain: reading.domains[0],
    messages: reading.messages,
    files: [...new Set(documents.map((d) => d.file.name))],
  };
}

function placeHint(span: Span): string {
  return `The other one is at ${placeOf(span)}`;
}

function readDocument(document: SourceDocument, options: ReadOptions, reading: Reading): void {
  const { root } = document;
  const { diagnostics } = reading;
  maskSecretValues(root, diagnostics);
  if (root.kind !== "map") {
    diagnostics.add(
      "FP104",
      root.span,
      "A provisioning document is a mapping",
      `It begins with version: '${FORMAT_VERSION}'`,
    );
    return;
  }
  readVersion(root, diagnostics);
  const defaults = readPolicy(child(root, "defaults"), {
    onExists: options.onExists,
    onMissing: "create",
    onlyIfNone: false,
  }, diagnostics);
  const lists = Map.groupBy(
    KIND_NAMES.filter((kind) => ALL_SPECS[kind].list !== undefined),
    (kind) => ALL_SPECS[kind].list ?? "",
  );
  for (const entry of root.entries) {
    const kinds = lists.get(entry.key);
    if (kinds !== undefined) readList(kinds, entry, undefined, defaults, reading);
    else if (entry.key === "app_domain") readDomain(entry, defaults, reading);
    else if (entry.key === "message") {
      const message = readLeaf(messageSchema, entry, diagnostics);
      if (message !== undefined) reading.messages.push(message);
    } else if (!ROOT_KEYS.includes(entry.key)) {
      diagnostics.add(
        "FP102",
        entry.keySpan,
        `"${entry.key}" is not a key of a provisioning document`,
        didYouMean(entry.key, [...ROOT_KEYS, ...lists.keys()]),
      );
    }
  }
}

function readVersion(root: MapNode, diagnostics: Diagnostics): void {
  const version = child(root, "version");
  if (version === undefined) {
    diagnostics.add(
      "FP101",
      root.span,
      '"version" is missing',
      `Write version: '${FORMAT_VERSION}' at the top of each document`,
    );
  } else if (version.kind !== "scalar" || version.text !== FORMAT_VERSION) {
    const shown = version.kind === "scalar" && !version.secret ? ` "${version.text}"` : "";
    diagnostics.add(
      "FP101",
      version.span,
      `Version${shown} is not supported`,
      `This release reads version '${FORMAT_VERSION}'`,
    );
  }
}

function readLeaf<T>(schema: z.ZodType<T>, entry: MapEntry, diagnostics: Diagnostics): T | undefined {
  const result = schema.safeParse(toPlain(entry.value));
  if (result.success) return result.data;
  reportIssues(result.error.issues, { node: entry.value, label: entry.key, known: [] }, diagnostics);
  return undefined;
}

function readDomain(entry: MapEntry, policy: Policy, reading: Reading): void {
  const domain = readLeaf(domainSchema, entry, reading.diagnostics);
  if (domain === undefined) return;
  if (/\s/.test(domain) || domain.includes("/")) {
    reading.diagnostics.add(
      "FP111",
      entry.value.span,
      '"app_domain" is a host name with an optional port',
      "Without scheme, path and white space, as in flagsmith.example.com",
    );
    return;
  }
  reading.domains.push({ domain, span: entry.value.span, policy });
}

function readPolicy(node: Node | undefined, outer: Policy, diagnostics: Diagnostics): Policy {
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return outer;
  const result = policySchema.safeParse(toPlain(node));
  if (!result.success) {
    reportIssues(
      result.error.issues,
      { node, label: "defaults", isKey: true, known: POLICY_KEYS, schema: policySchema },
      diagnostics,
    );
    return outer;
  }
  return {
    onExists: result.data.on_exists ?? outer.onExists,
    onMissing: result.data.on_missing ?? outer.onMissing,
    onlyIfNone: result.data.only_if_none ?? outer.onlyIfNone,
  };
}

/** The kind of an item of a list that several kinds share: told by the keys that are there (`KindSpec.when`). */
function kindOf(kinds: readonly KindName[], node: Node, parent: Declaration | undefined): KindName {
  const [first = "user", ...others] = kinds;
  if (others.length === 0) return first;
  const keys = new Set(node.kind === "map" ? node.entries.map((e) => e.key) : []);
  if (parent !== undefined) keys.add(parent.kind);
  const fits = (kind: KindName): boolean =>
    Object.entries(ALL_SPECS[kind].when ?? {}).every(([key, there]) => keys.has(key) === there);
  return kinds.find(fits) ?? first;
}

function readList(
  kinds: readonly KindName[],
  entry: MapEntry,
  parent: Declaration | undefined,
  policy: Policy,
  reading: Reading,
): void {
  const [kind = "user"] = kinds;
  const { value } = entry;
  if (value.kind === "scalar" && value.value === null && !value.interpolated) return;
  if (parent !== undefined && ALL_SPECS[kind].single === true) {
    readItem(kind, value, parent, policy, reading, entry);
  } else if (value.kind === "sequence") {
    for (const item of value.items) {
      readItem(kindOf(kinds, item, parent), item, parent, policy, reading, entry);
    }
  } else {
    const { identityField } = ALL_SPECS[kind];
    const hint = value.kind === "map" ? BEGIN_ITEMS : `Write a list: [{${identityField}: …}]`;
    reading.diagnostics.add(
      "FP104",
      value.span,
      `"${entry.key}" takes a list, not ${value.kind === "map" ? "a mapping" : "a single value"}`,
      hint,
    );
  }
}

function readItem(
  kind: KindName,
  node: Node,
  parent: Declaration | undefined,
  outer: Policy,
  reading: Reading,
  list: object,
): void {
  const spec = ALL_SPECS[kind];
  const { diagnostics } = reading;
  if (node.kind !== "map") {
    // A stand-in for something that was reported already.
    if (node.kind === "scalar" && node.mocked) return;
    diagnostics.add(
      "FP104",
      node.span,
      spec.single === true
        ? `"${spec.nested}" takes a mapping, not ${node.kind === "sequence" ? "a list" : "a single value"}`
        : `Each ${spec.label} is a mapping`,
      node.kind === "scalar" && spec.single !== true
        ? `Write ${spec.identityField}: in front of it`
        : undefined,
    );
    return;
  }
  const ancestors = ancestorsOf(kind);
  const children = Map.groupBy(childKindsOf(kind), (c) => ALL_SPECS[c].nested ?? "");
  const stateKeys = stateKeysOf(kind);
  const stateEntries: MapEntry[] = [];
  const own: MapEntry[] = [];
  const policyEntries: MapEntry[] = [];
  const parentEntries: MapEntry[] = [];
  const childEntries: [readonly KindName[], MapEntry][] = [];
  for (const entry of node.entries) {
    const childKinds = children.get(entry.key);
    if (stateKeys.includes(entry.key)) stateEntries.push(entry);
    else if (childKinds !== undefined) childEntries.push([childKinds, entry]);
    else if (POLICY_KEYS.includes(entry.key)) policyEntries.push(entry);
    else if (ancestors.some((ancestor) => ancestor === entry.key)) parentEntries.push(entry);
    else own.push(entry);
  }
  const policy = policyEntries.length === 0
    ? outer
    : readPolicy({ ...node, entries: policyEntries }, outer, diagnostics);
  const known = [
    ...POLICY_KEYS,
    ...stateKeys,
    ...children.keys(),
    ...(parent === undefined ? ancestors : []),
  ];
  const result = spec.schema.safeParse(toPlain({ ...node, entries: own }));
  const link = parent === undefined
    ? readParent(kind, node, parentEntries, diagnostics)
    : nestedParent(parent, parentEntries, diagnostics);
  if (!result.success) {
    reportIssues(result.error.issues, { node, label: spec.label, known, schema: spec.schema }, diagnostics);
  }
  const fields = result.success ? result.data : undefined;
  if (fields !== undefined) {
    const report: ReportField = (path, code, message, hint) => {
      const at = nodeAt(node, path);
      // A stand-in for something that was reported already, or for a variable that is not there.
      if (at.kind === "scalar" && at.mocked) return;
      diagnostics.add(code, at.span, message, hint);
    };
    spec.check?.(fields, report, (path) => {
      const at = nodeAt(node, path);
      return at.kind === "scalar" && at.secret;
    });
    if (
      child(node, "description") !== undefined &&
      ["user", "organisation", "project", "master_api_key"].includes(kind)
    ) {
      diagnostics.add(
        "FP150",
        keySpanOf(node, "description"),
        `Flagsmith has no description for ${article(spec.label)}; it is kept in the log only`,
      );
    }
  }
  const declaration: Declaration | undefined =
    fields === undefined || (spec.parent !== undefined && link === undefined) ? undefined : {
      kind,
      fields,
      name: spec.identity(fields),
      node,
      span: spec.single === true ? node.span : child(node, spec.identityField)?.span ?? node.span,
      parent: link,
      policy,
      list,
      position: reading.entities.length,
    };
  if (declaration !== undefined) reading.entities.push(declaration);
  // Children of a broken parent are still checked for mistakes of their own, below a stand-in that is not collected.
  const above = declaration ?? brokenParent(kind, node, policy);
  for (const [childKinds, entry] of childEntries) {
    const before = reading.entities.length;
    readList(childKinds, entry, above, policy, reading);
    if (declaration === undefined) reading.entities.length = before;
  }
  if (declaration === undefined) return;
  for (const entry of stateEntries) {
    const items = kind === "feature"
      ? statesOfFeature(entry.value, diagnostics)
      : statesOfEnvironment(entry, declaration, diagnostics);
    for (const item of items) {
      readItem(
        item.kind,
        item.node,
        kind === "feature" ? declaration : undefined,
        policy,
        reading,
        item.list,
      );
    }
  }
}

function brokenParent(kind: KindName, node: MapNode, policy: Policy): Declaration {
  return {
    kind,
    fields: {} as Declaration["fields"],
    name: "",
    node,
    span: node.span,
    parent: undefined,
    policy,
    list: node,
    position: 0,
  };
}

function nestedParent(
  parent: Declaration,
  entries: readonly MapEntry[],
  diagnostics: Diagnostics,
): ParentLink {
  for (const entry of entries) {
    diagnostics.add(
      "FP207",
      entry.keySpan,
      `"${entry.key}" is given by the ${ALL_SPECS[parent.kind].label} around this item`,
      "Remove it, or move the item to a top-level list",
    );
  }
  return { kind: "nested", entity: parent };
}

const referenceName = text({ identity: true });

function readParent(
  kind: KindName,
  node: MapNode,
  entries: readonly MapEntry[],
  diagnostics: Diagnostics,
): ParentLink | undefined {
  const spec = ALL_SPECS[kind];
  if (spec.parent === undefined) return undefined;
  const names: ParentName[] = [];
  for (const ancestor of ancestorsOf(kind)) {
    const entry = entries.find((e) => e.key === ancestor);
    if (entry === undefined) {
      // Reported as an unknown key already.
      if (node.entries.some(({ key }) => nearest(key, [ancestor]).length > 0)) return undefined;
      // Environments and features have the same names in many projects, so a reference to one always carries its project.
      if (
        ancestor === spec.parent ||
        (ancestor === "project" && (spec.parent === "environment" || spec.parent === "feature"))
      ) {
        diagnostics.add(
          "FP206",
          node.span,
          `${article(spec.label).replace(/^a/, "A")} in a top-level list needs "${ancestor}"`,
          `Name the ${ALL_SPECS[ancestor].label} that it belongs to`,
        );
        return undefined;
      }
      continue;
    }
    const name = readLeaf(referenceName, entry, diagnostics);
    if (name === undefined) return undefined;
    names.push({ kind: ancestor, name, span: entry.value.span });
  }
  return { kind: "named", names };
}

/** The place of the value at a path below a node, or of the nearest existing part of it. */
export function spanAt(node: Node, path: FieldPath): Span {
  return nodeAt(node, path).span;
}

function nodeAt(node: Node, path: FieldPath): Node {
  let at: Node = node;
  for (const step of path) {
    const next: Node | undefined = at.kind === "map"
      ? child(at, String(step))
      : at.kind === "sequence"
      ? at.items[Number(step)]
      : undefined;
    if (next === undefined) break;
    at = next;
  }
  return at;
}

function keySpanOf(node: MapNode, key: string): Span {
  return node.entries.find((e) => e.key === key)?.keySpan ?? node.span;
}

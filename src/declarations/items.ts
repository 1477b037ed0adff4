/** Lists and their items → declarations, with the children nested in them. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/suggest.ts";
import { BEGIN_ITEMS, line } from "../kinds/fields.ts";
import { ALL_KINDS, ALL_SPECS, ancestorsOf, childKindsOf, type KindName } from "../kinds/specs.ts";
import type { Policy, ReportField } from "../kinds/kind.ts";
import { findKeys } from "../kinds/secrets.ts";
import { child, type MapEntry, type MapNode, type Node } from "../source/node.ts";
import type { Declaration, ParentLink, ParentName } from "./declaration.ts";
import { namesOf, refuseContent, withoutMissing } from "./absent.ts";
import { warnOfLeaves } from "./leaf_warnings.ts";
import { article, reportIssues, toPlain } from "./issues.ts";
import { keySpanAt, keySpanOf, nodeAt } from "./places.ts";
import { inherited, POLICY_KEYS, readItemPolicy } from "./policy.ts";
import { checkIdentity, kindOf, parentWords } from "./shared_lists.ts";
import { type Reading, readLeaf } from "./reading.ts";

/** Reads a list of entities of one kind, or of kinds that share it. */
export function readList(
  kinds: readonly KindName[],
  entry: MapEntry,
  parent: Declaration | undefined,
  policy: Policy,
  reading: Reading,
): void {
  const [kind] = kinds;
  const { value } = entry;
  if (kind === undefined) return;
  if (value.kind === "scalar" && value.value === null && !value.interpolated) return;
  if (parent !== undefined && ALL_SPECS[kind].single === true) {
    readItem(kind, value, parent, policy, reading, entry);
  } else if (value.kind === "sequence") {
    for (const item of value.items) {
      readItem(kindOf(kinds, item, parent?.kind), item, parent, policy, reading, entry);
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
    // A placeholder for something that was reported already.
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
  const { shorthand } = spec;
  const shortEntries: MapEntry[] = [];
  const own: MapEntry[] = [];
  const policyEntries: MapEntry[] = [];
  const parentEntries: MapEntry[] = [];
  const childEntries: [readonly KindName[], MapEntry][] = [];
  for (const entry of node.entries) {
    const childKinds = children.get(entry.key);
    if (entry.key === shorthand?.key) shortEntries.push(entry);
    else if (childKinds !== undefined) childEntries.push([childKinds, entry]);
    else if (POLICY_KEYS.includes(entry.key)) policyEntries.push(entry);
    else if (ancestors.some((ancestor) => ancestor === entry.key)) parentEntries.push(entry);
    else own.push(entry);
  }
  const policy = policyEntries.length === 0
    ? inherited(outer)
    : readItemPolicy({ ...node, entries: policyEntries }, kind, outer, diagnostics);
  const absent = policy.ensure === "absent";
  if (absent) {
    refuseContent(spec.label, [
      ...shortEntries,
      ...childEntries.map(([, entry]) => entry),
    ], diagnostics);
  }
  const known = [
    ...POLICY_KEYS,
    ...(shorthand === undefined ? [] : [shorthand.key]),
    ...children.keys(),
    ...(parent === undefined ? ancestors : []),
  ];
  const result = spec.schema.safeParse(toPlain({ ...node, entries: own }));
  const link = parent === undefined
    ? readParent(kind, node, parentEntries, diagnostics)
    : nestedParent(parent, parentEntries, diagnostics);
  const found = result.success
    ? []
    : absent
    ? withoutMissing(kind, result.error.issues, node)
    : result.error.issues;
  const issues = checkIdentity(kind, node, found, diagnostics);
  if (issues.length > 0) {
    reportIssues(issues, { node, label: spec.label, known, schema: spec.schema }, diagnostics);
  }
  if (result.success) warnOfLeaves(spec.schema, { ...node, entries: own }, spec.label, diagnostics);
  const fields = result.success ? result.data : found.length > 0 ? undefined : namesOf(kind, own);
  if (fields !== undefined && !absent) {
    const isPassword = ALL_KINDS[kind].rotates === "password";
    if (policy.rotate !== undefined && isPassword && spec.credential?.(fields) === undefined) {
      const fields = [...findKeys([spec.schema]).secret].map((key) => `"${key}"`).join(" or ");
      diagnostics.add(
        "FP126",
        keySpanOf(node, "rotate"),
        `"rotate" of ${article(spec.label)} needs the new ${fields}`,
        "reset-link makes a link with which the user chooses one",
      );
    }
    const report: ReportField = (place, code, message, hint) => {
      if ("keyAt" in place) return diagnostics.add(code, keySpanAt(node, place.keyAt), message, hint);
      const at = nodeAt(node, place);
      // A placeholder for something that was reported already, or for a variable that is not there.
      if (at.kind === "scalar" && at.mocked) return;
      diagnostics.add(code, at.span, message, hint);
    };
    // It may be the change of a live one; creating it is refused when it turns out to be missing.
    const isChange = policy.onExists === "update" && spec.lacks?.(fields) !== undefined;
    if (!isChange) {
      spec.check?.(fields, report, (path) => {
        const at = nodeAt(node, path);
        return at.kind === "scalar" && at.secret;
      });
    }
    for (const key of spec.loggedOnly ?? []) {
      if (child(node, key) === undefined) continue;
      diagnostics.add(
        "FP150",
        keySpanOf(node, key),
        `Flagsmith has no ${key} for ${article(spec.label)}; it is kept in the log only`,
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
  // Children of a broken parent are still checked for mistakes of their own, below a placeholder that is not collected.
  if (absent) return;
  const above = declaration ?? brokenParent(kind, node, policy);
  for (const [childKinds, entry] of childEntries) {
    const before = reading.entities.length;
    readList(childKinds, entry, above, policy, reading);
    if (declaration === undefined) reading.entities.length = before;
  }
  if (declaration === undefined) return;
  if (shorthand === undefined) return;
  const belongsTo = shorthand.below === "item"
    ? declaration
    : shorthand.below === "parent"
    ? parent
    : undefined;
  for (const entry of shortEntries) {
    for (const item of shorthand.items(entry, pathOf(declaration), diagnostics)) {
      readItem(
        item.kind as KindName,
        item.node,
        belongsTo,
        policy,
        reading,
        item.list,
      );
    }
  }
}

/** A declaration and what it belongs to, by name, nearest first. */
function pathOf(declaration: Declaration): readonly ParentName[] {
  const own: ParentName = { kind: declaration.kind, name: declaration.name, span: declaration.span };
  const { parent } = declaration;
  if (parent === undefined) return [own];
  return [own, ...(parent.kind === "nested" ? pathOf(parent.entity) : parent.names)];
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

const referenceName = line({ identity: true });

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
      const { parent: above, commonNames } = ALL_SPECS[spec.parent];
      if (ancestor === spec.parent || (ancestor === above && commonNames === true)) {
        diagnostics.add(
          "FP206",
          node.span,
          `${article(spec.label).replace(/^a/, "A")} in a top-level list needs ${
            entries.length === 0 ? parentWords(kind) : `"${ancestor}"`
          }`,
          `Name the ${
            entries.length === 0 && parentWords(kind) !== `"${ancestor}"`
              ? "object"
              : ALL_SPECS[ancestor].label
          } that it belongs to`,
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

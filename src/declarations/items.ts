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
import { article, knownKeys, reportIssues } from "./issues.ts";
import { holdsItems, isMocked, readable, readableText, readMended, withMeantKeys } from "./mend.ts";
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
  if (value.kind === "scalar" && value.value === null && !value.interpolated && !value.mocked) return;
  if (parent !== undefined && ALL_SPECS[kind].single === true) {
    readItem(kind, value, parent, policy, reading, entry);
    return;
  }
  if (value.kind === "sequence") {
    for (const item of value.items) readOneOf(kinds, item, parent, policy, reading, entry);
    return;
  }
  // A placeholder for something that was reported already.
  if (value.mocked === true) return void reading.undeclared.push({ kinds: withBelow(kinds), parent });
  const { identityField } = ALL_SPECS[kind];
  const hint = value.kind === "map" ? BEGIN_ITEMS : `Write a list: [{${identityField}: …}]`;
  reading.diagnostics.add(
    "FP104",
    value.span,
    `"${entry.key}" takes a list, not ${value.kind === "map" ? "a mapping" : "a single value"}`,
    hint,
  );
  // An item without its mark is an item all the same.
  if (value.kind === "map" && child(value, identityField) !== undefined) {
    readOneOf(kinds, value, parent, policy, reading, entry);
  } else reading.undeclared.push({ kinds: withBelow(kinds), parent });
}

/** The kinds, and all that can be nested in them. */
function withBelow(kinds: readonly KindName[]): readonly KindName[] {
  return [...new Set(kinds.flatMap((kind) => [kind, ...withBelow(childKindsOf(kind))]))];
}

/** Reads an item of a list that several kinds may share. */
function readOneOf(
  kinds: readonly KindName[],
  item: Node,
  parent: Declaration | undefined,
  policy: Policy,
  reading: Reading,
  list: object,
): void {
  const [kind] = kinds;
  if (kind === undefined) return;
  const of = article(ALL_SPECS[kind].label);
  const node = kinds.length > 1 && item.kind === "map"
    ? withMeantKeys(item, [...new Set(kinds.flatMap((k) => keysOf(k, parent)))], of, reading.diagnostics)
    : item;
  readItem(kindOf(kinds, node, parent?.kind), node, parent, policy, reading, list);
}

/** The keys that an item may have. */
function keysOf(kind: KindName, parent: Declaration | undefined): readonly string[] {
  const spec = ALL_SPECS[kind];
  return [
    ...knownKeys(spec.schema, []),
    ...POLICY_KEYS,
    ...(spec.shorthand === undefined ? [] : [spec.shorthand.key]),
    ...childKindsOf(kind).map((k) => ALL_SPECS[k].nested ?? ""),
    ...(parent === undefined ? ancestorsOf(kind) : []),
  ];
}

/** The parts of an item, by what reads them. */
interface Parts {
  readonly own: MapEntry[];
  readonly policy: MapEntry[];
  readonly parents: MapEntry[];
  readonly shorthand: MapEntry[];
  readonly children: (readonly [readonly KindName[], MapEntry])[];
}

function partsOf(kind: KindName, { entries }: MapNode): Parts {
  const { shorthand } = ALL_SPECS[kind];
  const ancestors = ancestorsOf(kind);
  const children = Map.groupBy(childKindsOf(kind), (c) => ALL_SPECS[c].nested ?? "");
  const parts: Parts = { own: [], policy: [], parents: [], shorthand: [], children: [] };
  for (const entry of entries) {
    const childKinds = children.get(entry.key);
    if (entry.key === shorthand?.key) parts.shorthand.push(entry);
    else if (childKinds !== undefined) parts.children.push([childKinds, entry]);
    else if (POLICY_KEYS.includes(entry.key)) parts.policy.push(entry);
    else if (ancestors.some((ancestor) => ancestor === entry.key)) parts.parents.push(entry);
    else parts.own.push(entry);
  }
  return parts;
}

/** The item as a mapping; undefined, after a report, when nothing tells what it declares. */
function mappingOf(
  kind: KindName,
  node: Node,
  parent: Declaration | undefined,
  reading: Reading,
): MapNode | undefined {
  if (node.kind === "map" && node.mocked !== true) return node;
  const spec = ALL_SPECS[kind];
  const text = readableText(node);
  const hidden = { kinds: withBelow([kind]), parent };
  // A placeholder for something that was reported already.
  if (node.mocked !== true) {
    reading.diagnostics.add(
      "FP104",
      node.span,
      spec.single === true
        ? `"${spec.nested}" takes a mapping, not ${node.kind === "sequence" ? "a list" : "a single value"}`
        : `Each ${spec.label} is a mapping`,
      node.kind === "scalar" && spec.single !== true
        ? `Write ${spec.identityField}: in front of it`
        : undefined,
    );
  }
  if (text === undefined || spec.single === true) {
    reading.undeclared.push(hidden);
    return undefined;
  }
  // The name alone, without its key.
  const name = { key: spec.identityField, keySpan: node.span, value: readable(text, node.span) };
  return { kind: "map", span: node.span, entries: [name], incomplete: true };
}

function readItem(
  kind: KindName,
  written: Node,
  parent: Declaration | undefined,
  outer: Policy,
  reading: Reading,
  list: object,
): void {
  const spec = ALL_SPECS[kind];
  const { diagnostics } = reading;
  const mapping = mappingOf(kind, written, parent, reading);
  if (mapping === undefined) return;
  const node = withMeantKeys(mapping, keysOf(kind, parent), article(spec.label), diagnostics);
  const parts = partsOf(kind, node);
  const policy = parts.policy.length === 0
    ? inherited(outer)
    : readItemPolicy({ ...node, entries: parts.policy }, kind, outer, diagnostics);
  const absent = policy.ensure === "absent";
  if (absent) {
    refuseContent(spec.label, [...parts.shorthand, ...parts.children.map(([, entry]) => entry)], diagnostics);
  }
  const { fields, own } = readFields(kind, { ...node, entries: parts.own }, absent, parent, diagnostics);
  for (const { key, value } of parts.own) {
    if (holdsItems(value) && !knownKeys(spec.schema, []).includes(key)) diagnostics.markIncomplete();
  }
  const link = parent === undefined
    ? readParent(kind, node, parts.parents, diagnostics)
    : nestedParent(parent, parts.parents, diagnostics);
  if (fields === undefined) return void reading.undeclared.push({ kinds: withBelow([kind]), parent });
  const mended = own.entries === parts.own ? node : {
    ...node,
    entries: [...own.entries, ...node.entries.filter((entry) => !parts.own.includes(entry))],
  };
  if (!absent) checkItem(kind, fields, mended, policy, diagnostics);
  const identity = spec.single === true ? undefined : child(mended, spec.identityField);
  const wrongName = identity?.kind !== "scalar" || !identity.mocked || !diagnostics.hasErrorIn(identity.span)
    ? undefined
    : identity.readable === true
    ? "refused"
    : "unknown";
  const declaration: Declaration = {
    kind,
    fields,
    name: spec.identity(fields),
    node: mended,
    span: identity?.span ?? mended.span,
    parent: link,
    policy,
    list,
    position: reading.entities.length,
    ...(wrongName === undefined ? {} : { wrongName }),
  };
  reading.entities.push(declaration);
  if (absent) return;
  for (const [childKinds, entry] of parts.children) readList(childKinds, entry, declaration, policy, reading);
  readShorthand(declaration, parent, parts.shorthand, reading);
}

/** The fields of an item, and its own entries with placeholders for what is wrong, which is reported. */
function readFields(
  kind: KindName,
  node: MapNode,
  absent: boolean,
  parent: Declaration | undefined,
  diagnostics: Diagnostics,
): { readonly fields: Declaration["fields"] | undefined; readonly own: MapNode } {
  const spec = ALL_SPECS[kind];
  const schemaKeys = knownKeys(spec.schema, []);
  const known = keysOf(kind, parent).filter((key) => !schemaKeys.includes(key));
  let isWhole = true;
  const { fields, node: own } = readMended(spec.schema, node, (found, at) => {
    isWhole = false;
    const asked = absent ? withoutMissing(kind, found, at) : found;
    const issues = checkIdentity(kind, at, asked, diagnostics);
    if (issues.length === 0) return;
    reportIssues(issues, { node: at, label: spec.label, known, schema: spec.schema }, diagnostics);
  });
  if (!absent && fields !== undefined) warnOfLeaves(spec.schema, own, spec.label, diagnostics);
  return { fields: absent && !isWhole ? namesOf(kind, own.entries) : fields, own };
}

/** Checks that need the whole item. */
function checkItem(
  kind: KindName,
  fields: Declaration["fields"],
  node: MapNode,
  policy: Policy,
  diagnostics: Diagnostics,
): void {
  const spec = ALL_SPECS[kind];
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
    if (at.mocked === true) return;
    if (code === "FP103" && at.kind === "map" && at.incomplete === true) return;
    diagnostics.add(code, at.span, message, hint);
  };
  // It may be the change of a live one; creating it is refused when it turns out to be missing.
  const isChange = policy.onExists === "update" && spec.lacks?.(fields) !== undefined;
  if (!isChange) {
    spec.check?.(fields, report, (path) => {
      const at = nodeAt(node, path);
      return at.kind === "scalar" && at.secret;
    }, (path) => isMocked(node, path));
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

/** Entities of other kinds that are written from the item's side. */
function readShorthand(
  declaration: Declaration,
  parent: Declaration | undefined,
  entries: readonly MapEntry[],
  reading: Reading,
): void {
  const { shorthand } = ALL_SPECS[declaration.kind];
  if (shorthand === undefined) return;
  const belongsTo = shorthand.below === "item"
    ? declaration
    : shorthand.below === "parent"
    ? parent
    : undefined;
  const names = pathOf(declaration);
  for (const entry of entries) {
    for (const { kind, node, list } of shorthand.items(entry, names, reading.diagnostics)) {
      // What it belongs to was reported where that is declared.
      const isOpen = shorthand.below === "named" && names.length < ancestorsOf(declaration.kind).length &&
        isBelowUnknown(declaration);
      const item: Node = isOpen && node.kind === "map" ? { ...node, incomplete: true } : node;
      readItem(kind as KindName, item, belongsTo, declaration.policy, reading, list);
    }
  }
}

function isBelowUnknown({ parent }: Declaration): boolean {
  return parent?.kind === "unknown" || (parent?.kind === "nested" && isBelowUnknown(parent.entity));
}

/** A declaration and what it belongs to, by name, nearest first. */
function pathOf(declaration: Declaration): readonly ParentName[] {
  const { kind, name, span, wrongName, parent } = declaration;
  const own: ParentName = { kind, name, span, ...(wrongName === undefined ? {} : { mocked: true }) };
  if (parent === undefined || parent.kind === "unknown") return [own];
  return [own, ...(parent.kind === "nested" ? pathOf(parent.entity) : parent.names)];
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
  const unknown: ParentLink = { kind: "unknown" };
  const names: ParentName[] = [];
  for (const ancestor of ancestorsOf(kind)) {
    const entry = entries.find((e) => e.key === ancestor);
    if (entry === undefined) {
      // Reported as an unknown key already.
      if (node.entries.some(({ key }) => nearest(key, [ancestor]).length > 0)) return unknown;
      const { parent: above, commonNames } = ALL_SPECS[spec.parent];
      if (ancestor === spec.parent || (ancestor === above && commonNames === true)) {
        if (node.incomplete === true) return unknown;
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
        return unknown;
      }
      continue;
    }
    const name = readLeaf(referenceName, entry, diagnostics);
    if (name === undefined) return unknown;
    names.push({ kind: ancestor, name, span: entry.value.span });
  }
  return { kind: "named", names };
}

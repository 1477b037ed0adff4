/** Which fields of the format findings are about, told by the places in the files that they name. */
import { itemPolicySchema, policySchema } from "../../src/declarations/policy.ts";
import { kindOf } from "../../src/declarations/shared_lists.ts";
import { structures } from "../../src/kinds/fields.ts";
import {
  ALL_SPECS,
  ancestorsOf,
  childKindsOf,
  KIND_NAMES,
  type KindName,
  shorthandKeysOf,
} from "../../src/kinds/specs.ts";
import { child, type Node } from "../../src/source/node.ts";
import type { SourceDocument } from "../../src/source/node.ts";
import { placeOf } from "../../src/diagnostics/source_file.ts";

/** Keys of every item, whose fields are called `*`. */
const POLICIES = [policySchema, itemPolicySchema].flatMap((schema) => {
  const structure = structures.get(schema);
  return structure?.kind === "mapping" ? Object.keys(structure.fields) : [];
});

/** The fields that begin at each place: `file:line:column` → `KIND.PATH`. */
export type Places = Map<string, Set<string>>;

function note(places: Places, span: Node["span"], field: string): void {
  const at = placeOf(span);
  places.set(at, (places.get(at) ?? new Set()).add(field));
}

/** Notes a value and everything below it; `free` says that keys are names that somebody chose. */
function noteValue(places: Places, node: Node, field: string, free = false): void {
  note(places, node.span, field);
  if (node.kind === "sequence") { for (const item of node.items) noteValue(places, item, `${field}[]`); }
  if (node.kind !== "map") return;
  for (const { key, keySpan, value } of node.entries) {
    const below = `${field}.${free ? "NAME" : key}`;
    note(places, keySpan, below);
    noteValue(places, value, below);
  }
}

function noteItem(places: Places, node: Node, kind: KindName): void {
  if (node.kind !== "map") return note(places, node.span, `${kind}.ITEM`);
  note(places, node.span, `${kind}.ITEM`);
  const children = Map.groupBy(childKindsOf(kind), (c) => ALL_SPECS[c].nested ?? "");
  for (const { key, keySpan, value } of node.entries) {
    const nested = children.get(key);
    const field = `${POLICIES.includes(key) ? "*" : kind}.${key}`;
    note(places, keySpan, field);
    if (nested !== undefined) noteList(places, value, nested, kind);
    else if (shorthandKeysOf(kind).includes(key)) noteStates(places, value, key);
    else noteValue(places, value, field, kind === "identity" && key === "traits");
  }
}

function noteList(places: Places, node: Node, kinds: readonly KindName[], parent?: KindName): void {
  const [kind = "user"] = kinds;
  note(places, node.span, `${kind}.LIST`);
  if (node.kind === "sequence") {
    for (const item of node.items) noteItem(places, item, kindOf(kinds, item, parent));
  } else if (node.kind === "map" && ALL_SPECS[kind].single === true) noteItem(places, node, kind);
}

const OVERRIDES = { segment_overrides: "segment_override", identity_overrides: "identity_override" } as const;

/** States beside a flag, by name of the environment, or in the list of an environment. */
function noteStates(places: Places, node: Node, key: string): void {
  if (key === "feature_states") return noteList(places, node, ["feature_state"]);
  const bodies = node.kind === "map"
    ? node.entries.map((e) => ({ span: e.keySpan, body: e.value }))
    : node.kind === "sequence"
    ? node.items.map((body) => ({ span: child(body, "name")?.span ?? body.span, body }))
    : [];
  for (const { span, body } of bodies) {
    for (const kind of ["feature_state", "segment_override", "identity_override"]) {
      note(places, span, `${kind}.environment`);
    }
    if (body.kind !== "map") continue;
    for (const { key: own, value } of body.entries) {
      const kind = own in OVERRIDES ? OVERRIDES[own as keyof typeof OVERRIDES] : undefined;
      if (kind === undefined) noteValue(places, value, `feature_state.${own}`);
      else noteList(places, value, [kind]);
    }
  }
}

/** The places of all fields of documents. */
export function placesOf(documents: readonly SourceDocument[]): Places {
  const places: Places = new Map();
  const lists = Map.groupBy(KIND_NAMES, (kind) => ALL_SPECS[kind].list ?? "");
  for (const { root } of documents) {
    note(places, root.span, "document.ITEM");
    if (root.kind !== "map") continue;
    for (const { key, keySpan, value } of root.entries) {
      const kinds = key === "" ? undefined : lists.get(key);
      note(places, keySpan, `document.${key}`);
      if (kinds === undefined) noteValue(places, value, `document.${key}`, key === "outputs");
      else noteList(places, value, kinds);
    }
  }
  return places;
}

const FINDING = /^(.+:\d+:\d+): error: (.*) \[(FP\d+)\]$/gm;

/** `KIND.PATH CODE` of each finding in a report. A key that is missing, or unknown, is named by the message. */
export function findingFields(report: string, places: Places): readonly string[] {
  return [...report.matchAll(FINDING)].flatMap(([, place = "", message = "", code = ""]) =>
    [...places.get(place) ?? []].flatMap((field) => {
      const [, key = ""] = /^"([^"]+)"/.exec(message) ?? [];
      if (code === "FP102") return [`${field.replace(/[^.]+$/, "UNKNOWN")} ${code}`];
      if (code === "FP103") return [`${field.replace(/\.ITEM$/, "")}.${key} ${code}`];
      if (code === "FP206" && field.endsWith(".ITEM")) {
        return ancestorsOf(field.slice(0, -".ITEM".length) as KindName).map((a) =>
          `${field.slice(0, -".ITEM".length)}.${a} ${code}`
        );
      }
      return [`${field} ${code}`];
    })
  );
}

/**
 * The `rows` list: rows of tables that the tool has no kinds for (`docs/format.md#rows-of-other-tables`), as Enterprise
 * images have them.
 */
import { decodePart } from "../kinds/address.ts";
import { reportNoKey, reportUnknownKey } from "../source/unknown_key.ts";
import { lostIn } from "../flagsmith/lost_in_type.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf, type Span } from "../diagnostics/source_file.ts";
import { choice, line, list, mapping, name, optional } from "../kinds/fields.ts";
import { type Policy } from "../kinds/kind.ts";
import { isReferable, KIND_NAMES, type KindName } from "../kinds/specs.ts";
import { LOOKS_SECRET } from "../kinds/secrets.ts";
import {
  child,
  looksLikeKey,
  type MapEntry,
  type MapNode,
  type Node,
  type ScalarNode,
  secretTexts,
} from "../source/node.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { reportIssues } from "./issues.ts";
import { isMocked, readMended, withMeantKeys } from "./mend.ts";
import { readPolicy } from "./policy.ts";

/** What a column is to hold. */
export type RawValue =
  | { readonly kind: "text"; readonly text: string | null }
  | { readonly kind: "json"; readonly json: unknown }
  /** The primary key of an entity. */
  | { readonly kind: "reference"; readonly of: KindName; readonly path: readonly string[] };

/** One column of a row. */
export interface RawCell {
  readonly column: string;
  /** Where the column is named. */
  readonly keySpan: Span;
  /** Where its value is. */
  readonly span: Span;
  readonly value: RawValue;
  /** Never shown and never logged. */
  readonly secret: boolean;
}

/** One item of `rows`. */
export interface RawRow {
  readonly table: string;
  /** What identifies the row. */
  readonly key: readonly RawCell[];
  readonly set: readonly RawCell[];
  readonly policy: Policy;
  readonly span: Span;
  /** True when a part of it is wrong, which was reported; what it refers to is looked at all the same. */
  readonly flawed?: true;
}

/** Keys of an item beside its policy; `key` and `set` take the columns of the table. */
export const rawRowSchema = mapping({
  table: name(63, "Name of a table that has no kind of its own here"),
  secret: optional(
    list(line({ identity: true, doc: "Columns whose values are never shown and never logged" })),
  ),
  ensure: optional(choice(["present", "absent"], "absent: remove the row; needs --allow-delete")),
});

const KEYS = ["table", "key", "set", "secret", "ensure", "on_exists", "on_missing"];
const POLICY = ["on_exists", "on_missing"];

/** Reads the list. */
export function readRawRows(entry: MapEntry, defaults: Policy, diagnostics: Diagnostics): readonly RawRow[] {
  const { value } = entry;
  if (value.kind === "scalar" && value.value === null) return [];
  if (value.kind !== "sequence") {
    diagnostics.add("FP104", value.span, '"rows" takes a list', "Begin each item with - table:");
    return [];
  }
  const rows = value.items.flatMap((item) => readRow(item, defaults, diagnostics) ?? []);
  const seen = new Map<string, RawRow>();
  for (const row of rows) {
    if (row.flawed === true) continue;
    const key = JSON.stringify([row.table, row.key.map(({ column, value }) => [column, value]).sort()]);
    const first = seen.get(key);
    if (first !== undefined) {
      diagnostics.add(
        "FP201",
        row.span,
        `This row of ${row.table} is declared twice`,
        `The first declaration is at ${placeOf(first.span)}`,
      );
    }
    seen.set(key, row);
  }
  return rows;
}

function readRow(written: Node, defaults: Policy, diagnostics: Diagnostics): RawRow | undefined {
  if (written.kind !== "map") {
    if (written.mocked !== true) {
      diagnostics.add("FP104", written.span, "Each row is a mapping", "It has table:, key: and set:");
    }
    return undefined;
  }
  const item = withMeantKeys(written, KEYS, "a row", diagnostics);
  const part = (keys: readonly string[]): MapNode => ({
    ...item,
    entries: item.entries.filter((e) => keys.includes(e.key)),
  });
  const known = item.entries.filter((e) => !KEYS.includes(e.key));
  for (const entry of known) reportUnknownKey(entry, "a row", () => didYouMean(entry.key, KEYS), diagnostics);
  const own = part(["table", "secret", "ensure"]);
  const { fields, node: mended } = readMended(rawRowSchema, own, (issues, node) => {
    reportIssues(issues, { node, label: "row", known: KEYS, schema: rawRowSchema }, diagnostics);
  });
  const policies = part(POLICY);
  const policy = policies.entries.length === 0 ? defaults : readPolicy(policies, defaults, diagnostics);
  const secrets = new Set(fields?.secret ?? []);
  const readKey = readCells(item, "key", new Set(), diagnostics);
  const readSet = readCells(item, "set", secrets, diagnostics);
  if (fields === undefined) return undefined;
  const [key, set] = [readKey ?? [], readSet ?? []];
  const ensure = fields.ensure ?? "present";
  for (const cell of key) {
    if (!cell.secret && !secrets.has(cell.column)) continue;
    diagnostics.add(
      "FP117",
      cell.span,
      `"${cell.column}" identifies the row and is shown in output, log and errors, so it cannot be a secret`,
    );
  }
  for (const cell of set) {
    if (!key.some((k) => k.column === cell.column)) continue;
    diagnostics.add(
      "FP116",
      cell.keySpan,
      `"${cell.column}" is in both "key" and "set"`,
      "Leave it in key only",
    );
  }
  const unset = readSet === undefined
    ? []
    : [...secrets].filter((column) => !set.some((cell) => cell.column === column));
  for (const column of unset) {
    diagnostics.add(
      "FP116",
      child(item, "secret")?.span ?? item.span,
      `"secret" names ${looksLikeKey(column) ? `"${column}"` : "something"}, which "set" does not set`,
      didYouMean(column, set.map((cell) => cell.column)),
    );
  }
  return {
    table: fields.table,
    key,
    set,
    policy: { ...policy, ensure },
    span: child(item, "table")?.span ?? item.span,
    ...(readKey === undefined || isMocked(mended, ["table"]) ? { flawed: true } : {}),
  };
}

function readCells(
  item: MapNode,
  name: "key" | "set",
  secrets: ReadonlySet<string>,
  diagnostics: Diagnostics,
): readonly RawCell[] | undefined {
  const node = child(item, name);
  if (node?.mocked === true) return undefined;
  if (node === undefined) {
    if (name === "set") return [];
    if (item.incomplete === true) return undefined;
    diagnostics.add(
      "FP103",
      item.span,
      '"key" is required',
      "Name the columns that identify the row: key: {name: …}",
    );
    return undefined;
  }
  if (node.kind === "map" && node.incomplete === true && node.entries.length === 0) return undefined;
  if (node.kind !== "map" || (name === "key" && node.entries.length === 0)) {
    diagnostics.add("FP104", node.span, `"${name}" takes a mapping of columns to values`);
    return undefined;
  }
  return node.entries.flatMap((entry) => {
    const { key: column, keySpan, value } = entry;
    if (entry.bare === true) {
      reportNoKey(entry, `"${name}"`, diagnostics);
      return [];
    }
    const read = readValue(value, diagnostics);
    // A row that was read is an object, as the driver makes it, and has no such column.
    if (column === "__proto__") {
      diagnostics.add("FP017", keySpan, 'Column "__proto__" cannot be used');
      return [];
    }
    const secret = secrets.has(column) ||
      (value.kind === "scalar" ? value.secret : secretTexts(value).size > 0) ||
      (name === "set" && looksSecret(column, value));
    return read === undefined ? [] : [{ column, keySpan, span: value.span, value: read, secret }];
  });
}

/** A column whose name is that of a secret holds one, unless the value could be none. */
function looksSecret(column: string, node: Node): boolean {
  if (!LOOKS_SECRET.test(column)) return false;
  return node.kind !== "scalar" ||
    (node.reference !== true && node.value !== null && typeof node.value !== "boolean");
}

function readValue(node: Node, diagnostics: Diagnostics): RawValue | undefined {
  if (node.kind !== "scalar") return { kind: "json", json: jsonOf(node, diagnostics) };
  if (node.reference === true) return readReference(node, diagnostics);
  if (node.value === null) return { kind: "text", text: null };
  return { kind: "text", text: typeof node.value === "boolean" ? String(node.value) : node.text };
}

function jsonOf(node: Node, diagnostics: Diagnostics): unknown {
  switch (node.kind) {
    case "scalar":
      if (isCut(node)) {
        diagnostics.add(
          "FP107",
          node.span,
          "A number in a document keeps about 15 digits",
          "Put it in quotes to store it as text",
        );
      }
      return typeof node.value === "bigint" ? Number(node.value) : node.value;
    case "sequence":
      return node.items.map((item) => jsonOf(item, diagnostics));
    case "map":
      for (const entry of node.entries) {
        if (entry.bare === true) reportNoKey(entry, "A value of a row", diagnostics);
      }
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOf(value, diagnostics)]));
  }
}

/** True for a number of which JSON's would keep less. */
function isCut({ value, text }: ScalarNode): boolean {
  if (typeof value !== "number" && typeof value !== "bigint") return false;
  // A number in another notation is as long as its digits in this one.
  const digits = /^[-+\d.eE]+$/.test(text) ? text : String(value);
  return !Number.isFinite(Number(value)) || lostIn(digits, "double precision") !== undefined;
}

/** `kind:Name`, or the address of the log, `kind:Organisation/Project/Name`. */
function readReference(node: ScalarNode, diagnostics: Diagnostics): RawValue | undefined {
  if (node.mocked) return undefined;
  if (node.secret) {
    diagnostics.add(
      "FP117",
      node.span,
      "What !ref names is shown in output, log and errors, so it cannot be a secret",
    );
    return undefined;
  }
  const [, kind = "", path = ""] = /^([a-z_]+):(.+)$/s.exec(node.text) ?? [];
  const of = KIND_NAMES.find((known) => known === kind);
  if (of === undefined || !isReferable(of)) {
    diagnostics.add(
      "FP134",
      node.span,
      `"!ref ${node.text}" names no entity`,
      didYouMean(kind, KIND_NAMES) ?? "It is written !ref kind:Name, as in !ref organisation:Acme",
    );
    return undefined;
  }
  return { kind: "reference", of, path: path.split("/").map(decodePart) };
}

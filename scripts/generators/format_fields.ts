/** The chapter of kinds in `docs/format.md`, from the schemas: fields, types, meanings and examples. */
import type * as z from "zod";
import { rawRowSchema } from "../../src/declarations/raw_rows.ts";
import { itemPolicySchema, policySchema } from "../../src/declarations/policy.ts";
import { type FieldDoc, fieldDocs, LARGEST_VALUE, structures } from "../../src/kinds/fields.ts";
import { findKeys } from "../../src/kinds/secrets.ts";
import {
  ALL_SPECS,
  ancestorsOf,
  childKindsOf,
  KIND_NAMES,
  type KindName,
  shorthandKeysOf,
} from "../../src/kinds/specs.ts";
import { type Files, replaceRegions } from "./generator.ts";

const PAGE = "docs/format.md";

/** `docs/format.md` with the generated regions `kinds` and `policies` made anew; the rest stays as it is. */
export async function formatFields(root: string): Promise<Files> {
  const page = await Deno.readTextFile(root + PAGE);
  return {
    [PAGE]: replaceRegions(page, {
      kinds: kindsText(),
      policies: policiesText(),
      "raw-rows": table(rawRowFields()),
    }),
  };
}

/** A field of a kind, as the table shows it. */
export interface FieldRow {
  /** Path from the item: `settings.force_2fa`, `rules[].type`. */
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  readonly doc: string;
}

/** The fields of a schema, depth first. A schema without documentation (a place holder) has no row. */
export function fieldRows(schema: z.ZodType, path = "", required = true): readonly FieldRow[] {
  const leaf = fieldDocs.get(schema);
  if (leaf !== undefined) return [{ path, required, type: typeOf(leaf), doc: docOf(leaf) }];
  const structure = structures.get(schema);
  switch (structure?.kind) {
    case "optional":
      return fieldRows(structure.inner, path, false);
    case "list":
      return listRows(structure.item, path, required);
    case "record":
      return fieldRows(structure.value, `${path}.NAME`, false);
    case "mapping": {
      const own: FieldRow[] = path === "" || path.endsWith("[]")
        ? []
        : [{ path, required, type: "mapping", doc: "" }];
      const below = Object.entries(structure.fields).map(([key, field]) =>
        fieldRows(field, path === "" ? key : `${path}.${key}`)
      );
      return [...own, ...below.flat()];
    }
    case undefined:
      return [];
  }
}

function listRows(item: z.ZodType, path: string, required: boolean): readonly FieldRow[] {
  const leaf = fieldDocs.get(item);
  if (leaf !== undefined) {
    return [{ path, required, type: `list of ${typeOf(leaf)}`, doc: docOf(leaf) }];
  }
  const below = fieldRows(item, `${path}[]`);
  return below.length === 0 ? [] : [{ path, required, type: "list", doc: "" }, ...below];
}

/** The largest bound that says nothing but "what the database stores". */
const UNBOUNDED = 2 ** 31 - 1;

/** More words than these are in the last column, or the table would be as wide as they are. */
const FEW_WORDS = 5;

function wordsOf({ json }: FieldDoc): readonly unknown[] {
  const words = json?.["enum"];
  return Array.isArray(words) ? words : [];
}

function typeOf(field: FieldDoc): string {
  const { type, json } = field;
  const number = (key: string): number | undefined => {
    const value = json?.[key];
    return typeof value === "number" ? value : undefined;
  };
  const [longest, min, max] = [number("maxLength"), number("minimum"), number("maximum")];
  if (wordsOf(field).length > FEW_WORDS) return "one of the words";
  // The longest values depend on the settings of the instance, and the live columns tell.
  if (type === "text" && longest !== undefined && longest < LARGEST_VALUE) {
    return `text (${longest.toLocaleString("en-US")})`;
  }
  if (min === undefined || max === undefined) return type;
  // Nobody wants to read the ends of the columns.
  if (max >= UNBOUNDED && min <= -UNBOUNDED) return type;
  return max >= UNBOUNDED ? `${type} from ${min}` : `${type} ${min} to ${max}`;
}

function docOf(field: FieldDoc): string {
  const words = wordsOf(field);
  const listed = words.length > FEW_WORDS ? [words.map((word) => `\`${word}\``).join(", ")] : [];
  return [...(field.doc === undefined ? [] : [field.doc]), ...listed].join(": ");
}

/** Kinds that share a list of the format are one section. */
function sections(): ReadonlyMap<string, readonly KindName[]> {
  return Map.groupBy(KIND_NAMES, (kind) => ALL_SPECS[kind].list ?? ALL_SPECS[kind].nested ?? kind);
}

function kindsText(): string {
  return [...sections()].map(([list, kinds]) => sectionText(list, kinds)).join("\n");
}

function sectionText(list: string, kinds: readonly KindName[]): string {
  const specs = kinds.map((kind) => ALL_SPECS[kind]);
  const docs = specs.length === 1
    ? specs.map((spec) => spec.doc).join("")
    : specs.map((spec) => `- ${spec.doc}`).join("\n");
  const rows = mergeRows(kinds.map((kind) => [...ownRows(kind), ...childRows(kind)]));
  const secrets = [...new Set(findKeys(specs.map((spec) => spec.schema)).secret)].map((key) => `\`${key}\``);
  return [
    `### \`${list}\``,
    docs,
    placeText(kinds),
    `<!-- fields:${list} -->`,
    table(rows),
    ...(secrets.length === 0 ? [] : [`Secret: ${secrets.join(", ")}.`]),
    "```yaml",
    exampleText(list, kinds),
    "```",
    "",
  ].join("\n\n").replaceAll("```yaml\n\n", "```yaml\n").replaceAll("\n\n```\n", "\n```\n");
}

/** Where an item may stand and what identifies it. */
function placeText(kinds: readonly KindName[]): string {
  const [first = "user"] = kinds;
  const spec = ALL_SPECS[first];
  const parents = [...new Set(kinds.map((kind) => ALL_SPECS[kind].parent).filter((p) => p !== undefined))];
  const nested = spec.nested === undefined || parents.length === 0
    ? undefined
    : `as \`${spec.nested}\` of ${parents.map((p) => `its ${ALL_SPECS[p].label}`).join(", ")}`;
  const top = spec.list === undefined ? undefined : `in the top-level list \`${spec.list}\``;
  const place = [top, nested].filter((part) => part !== undefined).join(", or ");
  const key = spec.single === true
    ? `There is one for each ${parents.join(", ")}.`
    : `Identified by ${identityFields(kinds)}${
      parents.length === 0 ? "" : ` and its ${parents.join(", ").replace(/, ([^,]*)$/, " or $1")}`
    }.`;
  return `Stands ${place}. ${key}`;
}

/** `environment`, `segment`: what tells the items of one parent apart. */
function identityFields(kinds: readonly KindName[]): string {
  const [first = "user"] = kinds;
  const names = [...new Set(kinds.map((kind) => `\`${ALL_SPECS[kind].identityField}\``))].join(" or ");
  return ALL_SPECS[first].parts === undefined ? names : `\`environment\`, ${names}`;
}

/** The fields that say where an item belongs, then its own. */
function ownRows(kind: KindName): readonly FieldRow[] {
  const spec = ALL_SPECS[kind];
  const above = ancestorsOf(kind);
  const references = spec.list === undefined ? [] : above.map((ancestor): FieldRow => {
    const { label } = ALL_SPECS[ancestor];
    // An environment is always named together with its project.
    const always = ancestor === "project" && spec.parent === "environment";
    return {
      path: ancestor,
      required: ancestor === spec.parent || always,
      type: "name",
      doc: ancestor === spec.parent
        ? `The ${label} it belongs to; not when it is nested there`
        : `The ${label} of that ${nearestBelow(ancestor, kind)}${
          always ? "" : ", where names alone are ambiguous"
        }`,
    };
  });
  const own = fieldRows(spec.schema);
  const [identity, ...rest] = own;
  return identity === undefined ? references : [identity, ...references, ...rest];
}

/** The kind between an entity and one of its ancestors that belongs to the ancestor itself. */
function nearestBelow(ancestor: KindName, kind: KindName): string {
  const below = ancestorsOf(kind).find((other) => ALL_SPECS[other].parent === ancestor);
  return ALL_SPECS[below ?? kind].label;
}

function childRows(kind: KindName): readonly FieldRow[] {
  const lists = Map.groupBy(childKindsOf(kind), (child) => ALL_SPECS[child].nested ?? "");
  const children = [...lists].map(([key, [child = kind]]) => ({
    path: key,
    required: false,
    type: ALL_SPECS[child].single === true ? "mapping" : "list",
    doc: `See [${ALL_SPECS[child].list ?? key}](#${ALL_SPECS[child].list ?? key})`,
  }));
  const states = shorthandKeysOf(kind).map((key) => ({
    path: key,
    required: false,
    type: key === "environments" ? "mapping or list" : "list",
    doc: kind === "member"
      ? "Keys of permissions in the organisation, as in [`permissions`](#permissions)"
      : "See [Flags in environments](#flags-in-environments)",
  }));
  return [...children, ...states];
}

/** Fields of several kinds in one table: required only where all of them require it. */
function mergeRows(tables: readonly (readonly FieldRow[])[]): readonly FieldRow[] {
  const byPath = Map.groupBy(tables.flat(), (row) => row.path);
  return [...byPath].flatMap(([, [row, ...others]]) =>
    row === undefined ? [] : [{
      ...row,
      required: others.length + 1 === tables.length && [row, ...others].every((r) => r.required),
    }]
  );
}

function table(rows: readonly FieldRow[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const lines = rows.map(({ path, required, type, doc }) =>
    `| ${required ? `**\`${path}\`**` : `\`${path}\``} | ${cell(type)} | ${cell(doc)} |`
  );
  return ["| field | takes | meaning |", "| --- | --- | --- |", ...lines].join("\n");
}

/** The examples as a piece of a document, in the form in which a test applies them. */
export function exampleText(list: string, kinds: readonly KindName[]): string {
  const [first = "user"] = kinds;
  const items = kinds.map((kind) => {
    const lines = ALL_SPECS[kind].example.trimEnd().split("\n");
    return ALL_SPECS[kind].single === true
      ? lines.map((line) => `  ${line}`).join("\n")
      : lines.map((line, at) => `${at === 0 ? "  - " : "    "}${line}`).join("\n");
  });
  const text = `${list}:\n${items.join("\n")}`;
  const { list: top, parent } = ALL_SPECS[first];
  if (top !== undefined || parent === undefined) return text;
  const above = ALL_SPECS[parent];
  return `${above.list}:\n  - ${above.identityField}: Example of ${list}\n${
    text.split("\n").map((line) => `    ${line}`).join("\n")
  }`;
}

/** The examples of all kinds, by list; together they are one valid document. */
export function allExamples(): readonly string[] {
  return [...sections()].map(([list, kinds]) => exampleText(list, kinds));
}

/** The fields of an item of `rows`; `key` and `set` take what columns the table has. */
function rawRowFields(): readonly FieldRow[] {
  const columns = (path: string, required: boolean, doc: string): FieldRow => ({
    path,
    required,
    type: "mapping",
    doc,
  });
  const [name, ...others] = fieldRows(rawRowSchema);
  return [
    ...(name === undefined ? [] : [name]),
    columns("key", true, "Columns that tell the row, and their values"),
    columns("set", false, "Other columns, and what they are to hold"),
    ...others,
  ];
}

function policiesText(): string {
  return table([...fieldRows(policySchema), ...fieldRows(itemPolicySchema)]);
}

/** Independent mistakes of many classes, planted into the text of a valid set at places of its own. */
import type * as z from "zod";
import { nearest } from "../../../src/diagnostics/suggest.ts";
import { positionAt, sourceFile, type Span } from "../../../src/diagnostics/source_file.ts";
import type { Declaration } from "../../../src/declarations/declaration.ts";
import { knownKeys } from "../../../src/declarations/issues.ts";
import { mayMean } from "../../../src/declarations/mask.ts";
import { nodeAt } from "../../../src/declarations/places.ts";
import { POLICY_KEYS } from "../../../src/declarations/policy.ts";
import {
  ALL_SPECS,
  ancestorsOf,
  childKindsOf,
  namingFields,
  shorthandKeysOf,
} from "../../../src/kinds/specs.ts";
import { child, type MapEntry, type ScalarNode } from "../../../src/source/node.ts";
import { fieldDocs, structures } from "../../../src/kinds/fields.ts";
import type { Draw } from "./draw.ts";

/** A text in place of another, and what must be said of it. */
interface Mistake {
  readonly class: string;
  readonly span: Span;
  readonly text: string;
  readonly code: string;
  /** Where it is reported, when not where the text stands. */
  readonly at?: Span;
  /** How far into the text that is put there. */
  readonly into?: number;
  /** Stretches that no other mistake may touch. */
  readonly alone: readonly Span[];
}

/** A text with mistakes, and the beginnings of the lines that report them: `line:column CODE`. */
export interface Planted {
  readonly text: string;
  readonly expected: readonly string[];
  readonly classes: readonly string[];
}

/** Plants up to `count` mistakes, each of another class than the one before where there are such. */
export function plantMistakes(
  text: string,
  entities: readonly Declaration[],
  count: number,
  draw: Draw,
): Planted {
  // Where nobody can tell the name of an entity, a reference to something unknown may be to that one.
  const left = draw.pick(["unknown reference", "list for a name"]);
  const found = entities.flatMap((entity, at) => mistakesOf(entity, at)).filter((mistake) =>
    mistake.class !== left
  );
  const classes = Map.groupBy(draw.shuffled(found), (mistake) => mistake.class);
  const chosen: Mistake[] = [];
  const taken: Span[] = [];
  for (let round = 0; round < 3; round++) {
    for (const list of draw.shuffled([...classes.values()])) {
      if (chosen.length === count) break;
      const next = list.find((mistake) =>
        !mistake.alone.some((span) => taken.some((other) => overlap(span, other)))
      );
      if (next === undefined) continue;
      chosen.push(next);
      taken.push(...next.alone);
    }
  }
  const edits = chosen.toSorted((a, b) => a.span.start - b.span.start);
  let result = "";
  let at = 0;
  for (const { span, text: put } of edits) {
    result += text.slice(at, span.start) + put;
    at = span.end;
  }
  result += text.slice(at);
  const file = sourceFile("<stdin>", result);
  const moved = (offset: number): number =>
    edits.filter(({ span }) => span.start < offset).reduce(
      (sum, { span, text: put }) => sum + put.length - (span.end - span.start),
      offset,
    );
  const expected = chosen.map(({ span, at, into = 0, code }) => {
    const { line, column } = positionAt(file, moved((at ?? span).start) + into);
    return `${line}:${column} ${code}`;
  });
  return { text: result, expected: expected.toSorted(), classes: chosen.map((mistake) => mistake.class) };
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The entries that stand in the item, without those that another form of writing puts there. */
function writtenEntries({ node }: Declaration): readonly MapEntry[] {
  return node.entries.filter(({ key, keySpan, value }) =>
    keySpan !== value.span && keySpan.start >= node.span.start && keySpan.end <= node.span.end &&
    keySpan.file.text.slice(keySpan.start, keySpan.end).replace(/["']/g, "") === key
  );
}

/** What the tables of the format call the type of a field. */
function typeOf(schema: z.ZodType, key: string): string | undefined {
  const structure = structures.get(schema);
  if (structure?.kind === "optional") return typeOf(structure.inner, key);
  if (structure?.kind !== "mapping") return fieldDocs.get(schema)?.type;
  const field = structure.fields[key];
  return field === undefined ? undefined : typeOf(field, key);
}

/** Every mistake that could be made in an entity. */
function mistakesOf(entity: Declaration, position: number): readonly Mistake[] {
  const { kind, node, fields } = entity;
  const spec = ALL_SPECS[kind];
  const own = knownKeys(spec.schema, []);
  const known = [
    ...own,
    ...POLICY_KEYS,
    ...shorthandKeysOf(kind),
    ...childKindsOf(kind).map((k) => ALL_SPECS[k].nested ?? ""),
    ...ancestorsOf(kind),
  ];
  const naming = namingFields(kind);
  const entries = writtenEntries(entity);
  const found: Mistake[] = [];
  const whole = (entry: MapEntry): Span => ({
    ...entry.keySpan,
    end: Math.max(entry.keySpan.end, entry.value.span.end),
  });
  for (const entry of entries) {
    const { key, keySpan, value } = entry;
    const wrong = `${key.slice(0, -1)}q${key.slice(-1)}`;
    const near = nearest(wrong, known, 2, 1);
    if (
      key.length > 4 && near.length === 1 && near[0] === key && mayMean(wrong, key) &&
      (own.includes(key) || childKindsOf(kind).some((k) => ALL_SPECS[k].nested === key))
    ) {
      found.push({ class: "misspelt key", span: keySpan, text: wrong, code: "FP102", alone: [keySpan] });
    }
    if (!own.includes(key) || value.kind !== "scalar" || naming.includes(key)) continue;
    const alone = [whole(entry)];
    if (typeOf(spec.schema, key) === "boolean") {
      found.push({ class: "text for a boolean", span: value.span, text: '"yes"', code: "FP104", alone });
    }
    found.push({ class: "list for a value", span: value.span, text: "[x, y]", code: "FP104", alone });
    if (key === "expires_at") {
      found.push({ class: "bad date", span: value.span, text: '"2026-02-31"', code: "FP111", alone });
    }
  }
  const identity = entries.find(({ key }) => key === spec.identityField);
  if (identity !== undefined && spec.namedBy === undefined && identity.value.kind === "scalar") {
    found.push(...nameMistakes(entity, identity, identity.value));
  }
  const references = spec.references?.(fields) ?? [];
  for (const [at, { path, implied, mention, kind: of }] of references.entries()) {
    const value = nodeAt(node, path);
    const isWritten = value.kind === "scalar" &&
      entries.some((entry) =>
        entry.value === value || (entry.value !== node && nodeAt(entry.value, path.slice(1)) === value)
      );
    if (implied !== undefined || mention === true || !isWritten) continue;
    const name = of === "user" ? `"nobody${position}_${at}@nowhere.example"` : `"nowhere ${position} ${at}"`;
    found.push({
      class: "unknown reference",
      span: value.span,
      text: name,
      code: "FP251",
      alone: [value.span],
    });
  }
  const regex = nodeAt(node, ["settings", "feature_name_regex"]);
  if (kind === "project" && regex.kind === "scalar") {
    const span = regex.span;
    found.push({ class: "bad regex", span, text: '"(a"', code: "FP111", alone: [span] });
  }
  for (const key of ["multivariate_options", "multivariate"]) {
    const list = child(node, key);
    if (list?.kind !== "sequence" || list.items.length < 2) continue;
    const [first, ...others] = list.items.map((item) => child(item, "percentage_allocation"));
    if (first?.kind !== "scalar") continue;
    const shares = others.map((share) => share?.kind === "scalar" ? Number(share.value) : 100);
    if (!shares.some((share) => share > 0)) continue;
    found.push(
      {
        class: "too many percent",
        span: first.span,
        text: "100",
        code: "FP112",
        at: list.span,
        alone: [list.span],
      },
      { class: "share above 100", span: first.span, text: "101", code: "FP107", alone: [first.span] },
    );
  }
  return found;
}

/** Mistakes in the own name of an entity: references to it stay as they are, and are not called unknown. */
function nameMistakes(
  { kind }: Declaration,
  entry: MapEntry,
  value: ScalarNode,
): readonly Mistake[] {
  const alone = [{ ...entry.keySpan, end: Math.max(entry.keySpan.end, entry.value.span.end) }];
  // White space at the ends of an identifier is kept, with a warning.
  const code = kind === "identity" ? undefined : "FP111";
  const { file } = value.span;
  const end = { file, start: file.text.length, end: file.text.length };
  const again = `---\nversion: "1.0"\n${ALL_SPECS[kind].list}: [{${entry.key}: `;
  const source = file.text.slice(value.span.start, value.span.end);
  const isOneLine = source.startsWith('"') && !source.includes("\n");
  const [at, once] = [value.span, { ...end, end: end.end + 1 }];
  return [
    ...(ALL_SPECS[kind].parent !== undefined || !isOneLine ? [] : [{
      class: "declared twice",
      span: end,
      text: `${again}${source}}]\n`,
      into: again.length,
      code: "FP201",
      alone: [at, once],
    }]),
    { class: "list for a name", span: value.span, text: "[x]", code: "FP104", alone },
    ...(code === undefined || value.text.length > 90 ? [] : [
      {
        class: "name with a blank",
        span: value.span,
        text: JSON.stringify(`${value.text} `).replaceAll("${", () => "$${"),
        code,
        alone,
      },
    ]),
  ];
}

/** What differs between two values, in words for a terminal: by place where a value is large, by element where it is a list. */
import type { Content } from "../kinds/kind.ts";
import { escapeControls } from "./display.ts";

/** How a report words what is on one side and on the other. */
export interface DifferenceWords {
  /** A value that is another one on the other side; a side without it is undefined. */
  readonly other: (from: string | undefined, to: string | undefined) => string;
  /** Elements of a list that only one side has. */
  readonly only: (from: readonly string[], to: readonly string[]) => string;
}

/** Longest value that a line shows, in characters. */
const LONGEST = 120;
/** Most lines of one field. */
const MOST = 20;
/** Characters that long texts show of what they have in common before the first difference. */
const CONTEXT = 20;

/** Lines that begin with the field's name, or with a place in it: `rules[0].conditions[1].value`. */
export function differenceLines(
  field: string,
  from: Content,
  to: Content,
  words: DifferenceWords,
): readonly string[] {
  const lines = [...differences(field, from, to, words)];
  return lines.length <= MOST ? lines : [
    ...lines.slice(0, MOST),
    `${field}: ${lines.length - MOST} more differences`,
  ];
}

/** A value on a line: JSON, shortened when it is long. */
export function valueText(value: unknown): string {
  return shortened([...escapeControls(JSON.stringify(value))], 0);
}

function* differences(
  place: string,
  from: Content | undefined,
  to: Content | undefined,
  words: DifferenceWords,
): Generator<string> {
  if (isList(from) && isList(to) && [...from, ...to].every(isScalar)) {
    const [before, after] = [new Set<Content>(from), new Set<Content>(to)];
    const gone = from.filter((value) => !after.has(value));
    const added = to.filter((value) => !before.has(value));
    if (gone.length + added.length > 0) {
      yield `${place}: ${words.only(gone.map(valueText), added.map(valueText))}`;
      return;
    }
  } else if (isMapping(from) && isMapping(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      yield* inside(
        `${place}.${/^[\w-]+$/.test(key) ? key : valueText(key)}`,
        ownValue(from, key),
        ownValue(to, key),
        words,
      );
    }
    return;
  } else if (isList(from) && isList(to) && isLong([from, to])) {
    for (const at of Array(Math.max(from.length, to.length)).keys()) {
      yield* inside(`${place}[${at}]`, from[at], to[at], words);
    }
    return;
  }
  const [before, after] = texts(from, to);
  yield `${place}: ${words.other(before, after)}`;
}

/** What a mapping itself has: keys are anybody's, and "constructor" is one. */
function ownValue(mapping: { readonly [key: string]: Content }, key: string): Content | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

function* inside(
  place: string,
  from: Content | undefined,
  to: Content | undefined,
  words: DifferenceWords,
): Generator<string> {
  if (JSON.stringify(from) !== JSON.stringify(to)) yield* differences(place, from, to, words);
}

/** Both values on a line; long ones that begin alike are shown from where they differ. */
function texts(
  from: Content | undefined,
  to: Content | undefined,
): readonly [string | undefined, string | undefined] {
  if (from === undefined || to === undefined) {
    return [from === undefined ? undefined : valueText(from), to === undefined ? undefined : valueText(to)];
  }
  const both = [from, to].map((value) => [...escapeControls(JSON.stringify(value))]);
  const [before = [], after = []] = both;
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  const start = same < LONGEST - CONTEXT ? 0 : same - CONTEXT;
  return [shortened(before, start), shortened(after, start)];
}

function shortened(characters: readonly string[], start: number): string {
  const end = start + LONGEST;
  return `${start === 0 ? "" : "…"}${characters.slice(start, end).join("")}${
    characters.length <= end ? "" : "…"
  }`;
}

function isLong(value: Content): boolean {
  return JSON.stringify(value).length > LONGEST;
}

function isList(value: Content | undefined): value is readonly Content[] {
  return Array.isArray(value);
}

function isScalar(value: Content): boolean {
  return typeof value !== "object" || value === null;
}

function isMapping(value: Content | undefined): value is { readonly [key: string]: Content } {
  return typeof value === "object" && value !== null && !isList(value);
}

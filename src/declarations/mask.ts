/** Which stretches of a file no snippet may show, known from the keys alone, so that a mistyped or misplaced key still hides its value. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/suggest.ts";
import { formatKeys, listsWithSecrets } from "../kinds/secrets.ts";
import { ALL_SPECS, KIND_NAMES } from "../kinds/specs.ts";
import type { Node, ScalarNode } from "../source/node.ts";
import { POLICY_KEYS } from "./policy.ts";

/** What else looks like the name of a secret, mistyped or of a field that the format does not have. */
const SECRET_WORDS = /pass|pwd|secret|token|credential|private|hash|\bkey$|_key$/i;

/** The list whose items name their secret columns, and the keys of an item that are public. */
const ROWS = "rows";
const PUBLIC_OF_ROWS = ["key", "secret"];

/** Masks every value below a key that is, or looks like, the name of a secret field; `below` is the key above the node. */
export function maskSecretValues(node: Node, diagnostics: Diagnostics, below?: string): void {
  switch (node.kind) {
    case "scalar":
      if (node.secret || isMisplaced(node, below)) diagnostics.mask(node.span);
      return;
    case "sequence":
      for (const item of node.items) maskSecretValues(item, diagnostics, below);
      return;
    case "map": {
      const secret = isNear(ROWS, below) || node.entries.some(({ key }) => key === "table")
        ? node.entries.find(({ key }) => isNear("secret", key))
        : undefined;
      const inItem = hasSecretItems(below);
      for (const entry of node.entries) {
        if (isSecretKey(entry.key, below) || (inItem && !isPublicKey(entry.key))) {
          diagnostics.mask(entry.value.span);
        }
        // A mistyped name of a secret column hides its value, too: where one is secret, no value of the row is shown.
        if (secret !== undefined && !SHOWN_OF_ROWS.includes(entry.key) && entry !== secret) {
          diagnostics.mask(entry.value.span);
        }
        if (secret !== undefined && entry.key === "key") {
          maskSecretColumns(entry.value, secret.value, diagnostics);
        }
        maskSecretValues(entry.value, diagnostics, entry.key);
      }
    }
  }
}

/** True for a value in place of an item that has secrets, and for one that begins like such an entry: `password:secret`. */
function isMisplaced(node: ScalarNode, below: string | undefined): boolean {
  if (node.value === null || node.reference === true) return false;
  const [, key] = /^([\w-]+) ?[:=]/.exec(node.text) ?? [];
  if (key !== undefined && isSecretKey(key, below)) return true;
  if (below === ROWS) return !/^[a-z_]+$/.test(node.text);
  return hasSecretItems(below) && !formatKeys().public.has(below ?? "") &&
    !/^[^\s:=]+@[^\s:=]+$/.test(node.text);
}

/** True for the name of a list whose items have secret fields, mistyped or not. */
function hasSecretItems(key: string | undefined): boolean {
  return key !== undefined && secretItems(key);
}

const secretItems = remembered((key) => [...listsWithSecrets()].some((list) => isNear(list, key)));

/** True for a key of some kind that is not secret, and for one that looks like it. */
const isPublicKey = remembered((key) => {
  const nested = KIND_NAMES.flatMap((kind) => ALL_SPECS[kind].nested ?? []);
  const known = [...formatKeys().public, ...POLICY_KEYS, ...KIND_NAMES, ...nested];
  return known.includes(key) || nearest(key, known).length > 0;
});

/** Asks once for each key; there are as many keys as fields, and as many entries as a file is long. */
function remembered(ask: (key: string) => boolean): (key: string) => boolean {
  const answers = new Map<string, boolean>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(key);
    // A file may hold as many keys as it likes.
    if (answers.size < 10_000) answers.set(key, answer);
    return answer;
  };
}

/** True for the word itself and for what a typing mistake makes of it. */
function isNear(word: string, key: string | undefined): boolean {
  return key !== undefined && (key === word || nearest(key, [word]).length > 0);
}

/** The values of `key` whose columns `secret` names; all of them when what it names cannot be told. */
function maskSecretColumns(key: Node, secret: Node, diagnostics: Diagnostics): void {
  const columns = secret.kind === "sequence"
    ? secret.items.map((item) => item.kind === "scalar" ? item.text : undefined)
    : [undefined];
  if (key.kind !== "map" || columns.includes(undefined)) return diagnostics.mask(key.span);
  for (const { key: column, value } of key.entries) {
    if (columns.includes(column)) diagnostics.mask(value.span);
  }
}

/** What of such an item holds no value of a column; anything else may be a mistyped `set`. */
const SHOWN_OF_ROWS = [
  "table",
  "key",
  "secret",
  "on_exists",
  "on_missing",
  "ensure",
  "only_if_none",
  "renamed_from",
];

function isSecretKey(key: string, below: string | undefined): boolean {
  if (below === ROWS && PUBLIC_OF_ROWS.includes(key)) return false;
  const keys = formatKeys();
  if (keys.publicBelow.get(below ?? "")?.has(key) === true) return false;
  if (keys.secret.has(key)) return true;
  return !keys.public.has(key) && (SECRET_WORDS.test(key) || nearest(key, [...keys.secret]).length > 0);
}

/** False where a misspelt key looks like the name of a secret and the one that is near is none: its value is shown in messages. */
export function mayMean(written: string, key: string): boolean {
  return !isSecretKey(written, undefined) || formatKeys().secret.has(key);
}

/** The outputs file in its three forms, and reading back what a former run left in it. Pure. */
import { safeJson, safeYaml } from "../diagnostics/shield.ts";
import { ALL_KINDS, ALL_SPECS, KIND_NAMES, type KindName } from "../kinds/specs.ts";

/** Kinds whose keys are handed out: first what can be read back, then what is known once. */
const KINDS_WITH_KEYS = KIND_NAMES.filter((kind) => ALL_KINDS[kind].handsOut !== undefined)
  .toSorted((a, b) => Number(ALL_KINDS[a].handsOut === "once") - Number(ALL_KINDS[b].handsOut === "once"));

/** What is handed out: the key of a kind, a password or a link. */
export type OutputKind = KindName | "password" | "reset_link";

/** How a sort of value is called: as a key of the JSON file, in comments, and at the beginning of a variable that is made. */
interface OutputWords {
  readonly json: string;
  readonly label: string;
  readonly prefix: string;
}

/** The sorts of values, in the order of the file; of a kind, `environments`, `environment`, `FLAGSMITH_ENVIRONMENT_KEY`. */
const SORTS: ReadonlyMap<OutputKind, OutputWords> = new Map<OutputKind, OutputWords>([
  ...KINDS_WITH_KEYS.map((kind) => {
    const { list, label } = ALL_SPECS[kind];
    const prefix = `FLAGSMITH_${kind.toUpperCase().replace(/_KEY$/, "")}_KEY`;
    return [kind, { json: list ?? kind, label, prefix }] as const;
  }),
  ["password", { json: "passwords", label: "password of", prefix: "FLAGSMITH_PASSWORD" }],
  ["reset_link", { json: "reset_links", label: "password-reset link of", prefix: "FLAGSMITH_RESET_LINK" }],
]);

function wordsOf(kind: OutputKind): OutputWords {
  const words = SORTS.get(kind);
  if (words === undefined) throw new TypeError(`Cannot hand out a ${kind}: it has no key`);
  return words;
}

/** Where a value is in the file. */
export interface OutputPlace {
  readonly kind: OutputKind;
  /** `Project/Environment`, `Project/Environment/Key`, `Organisation/Key`, address of the user. */
  readonly name: string;
  /** What `output` says; a variable is made of the name otherwise. */
  readonly chosen?: string | undefined;
}

/** A key, password or link. */
export interface OutputValue extends OutputPlace {
  readonly value: string;
}

/** What a run hands out. */
export interface Outputs {
  readonly values: readonly OutputValue[];
  /** What the files say under `outputs`, by variable. */
  readonly constants: ReadonlyMap<string, string>;
}

/** The variable of a value: the chosen one, else one of capitals, digits and `_`. */
export function variableOf({ kind, name, chosen }: OutputPlace): string {
  const words = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return chosen ?? `${wordsOf(kind).prefix}_${words}`;
}

/** `environment Web App/Development`: as comments name it. */
export function describeOutput({ kind, name }: OutputPlace): string {
  return `${wordsOf(kind).label} ${name}`;
}

function inOrder(values: readonly OutputValue[]): readonly OutputValue[] {
  return [...SORTS.keys()].flatMap((kind) => values.filter((v) => v.kind === kind));
}

/** JSON: a mapping for each kind, and `variables` with everything that has a chosen name. */
export function jsonText({ values, constants }: Outputs): string {
  const of = (kind: OutputKind) =>
    Object.fromEntries(values.filter((v) => v.kind === kind).map((v) => [v.name, v.value]));
  const chosen = inOrder(values).flatMap((v) => v.chosen === undefined ? [] : [[v.chosen, v.value] as const]);
  const content = {
    ...Object.fromEntries([...SORTS.keys()].map((kind) => [wordsOf(kind).json, of(kind)])),
    variables: Object.fromEntries([...chosen, ...constants]),
  };
  return `${safeJson(content, 2)}\n`;
}

/** What would end a comment for one reader or another, or move its text. */
const UNPRINTED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A name as it is in a comment. */
export function commentName(name: string): string {
  return name.replace(UNPRINTED, " ");
}

/** Lines of a file: the comment, if any, and the assignment. */
function lines({ values, constants }: Outputs): readonly (readonly [string | undefined, string, string])[] {
  return [
    ...inOrder(values).map((v) =>
      [describeOutput({ ...v, name: commentName(v.name) }), variableOf(v), v.value] as const
    ),
    ...[...constants].map(([name, value]) => [undefined, name, value] as const),
  ];
}

/** Texts that mean the same with and without quotes, to a shell and to programs that take lines as they are. */
const PLAIN = /^[\w./:@%+=,-]*$/;

/** `NAME=value` lines, each with what it is as a comment above it; quoted for a shell only where that is needed. */
export function envLines(outputs: Outputs): string {
  return lines(outputs).map(([comment, name, value]) => {
    const text = PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
    return `${comment === undefined ? "" : `# ${comment}\n`}${name}=${text}\n`;
  }).join("");
}

/** A Kubernetes Secret manifest. */
export function kubernetesSecret(outputs: Outputs): string {
  const data = lines(outputs).map(([comment, name, value]) =>
    `${comment === undefined ? "" : `  # ${comment}\n`}  ${name}: ${safeYaml(JSON.stringify(value))}\n`
  ).join("");
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: flagsmith-provision\ntype: Opaque\nstringData:\n${
    data === "" ? "  {}\n" : data
  }`;
}

/** Form of the file. */
export type OutputsFormat = "json" | "env" | "k8s-secret";

/** The whole text of the file. */
export function outputsText(outputs: Outputs, format: OutputsFormat): string {
  return format === "json"
    ? jsonText(outputs)
    : format === "env"
    ? envLines(outputs)
    : kubernetesSecret(outputs);
}

/** What a former run left, by name. */
export type FormerOutputs = ReadonlyMap<OutputKind, ReadonlyMap<string, string>>;

/**
 * Reads what a former run left, in whichever form it wrote it. Undefined when the text is no whole outputs file: it is cut
 * off, or somebody else's. `constants` are the names that the files give under `outputs`, which have no comment of their own.
 */
export function readOutputs(text: string, constants: ReadonlySet<string>): FormerOutputs | undefined {
  const pairs = text.trim() === "" ? [] : fromJson(text) ?? fromSecret(text) ?? fromEnv(text, constants);
  if (pairs === undefined) return undefined;
  return new Map([...SORTS.keys()].map((wanted) => [
    wanted,
    new Map(pairs.flatMap(([kind, name, value]) => kind === wanted ? [[name, value] as const] : [])),
  ]));
}

type Former = readonly (readonly [OutputKind, string, string])[];

/** Every key must be one of ours, and every value a mapping of texts. */
function fromJson(text: string): Former | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return undefined;
  const found: (readonly [OutputKind, string, string])[] = [];
  for (const [key, values] of Object.entries(content)) {
    const kind = [...SORTS.keys()].find((k) => wordsOf(k).json === key);
    if (kind === undefined && key !== "variables") return undefined;
    if (typeof values !== "object" || values === null || Array.isArray(values)) return undefined;
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== "string") return undefined;
      if (kind !== undefined) found.push([kind, name, value]);
    }
  }
  return found;
}

const SECRET_HEAD =
  /^apiVersion: v1\nkind: Secret\nmetadata:\n {2}name: flagsmith-provision\ntype: Opaque\nstringData:\n/;

function fromSecret(text: string): Former | undefined {
  const head = SECRET_HEAD.exec(text)?.[0];
  if (head === undefined) return undefined;
  const rest = text.slice(head.length);
  return rest === "  {}\n" ? [] : fromLines(rest, (line) => {
    const [, name, json] = /^ {2}(\w+): ("[^\n]*")$/.exec(line) ?? [];
    try {
      const value: unknown = JSON.parse(
        (json ?? "").replace(/\\U([0-9a-f]{8})/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16))),
      );
      return name !== undefined && typeof value === "string" ? [name, value] : undefined;
    } catch {
      return undefined;
    }
  })?.found;
}

/** Lines without a single comment of ours are somebody else's, unless the files still give them. */
function fromEnv(text: string, constants: ReadonlySet<string>): Former | undefined {
  const lines = fromLines(text, (line) => {
    const [, name, value] = /^(\w+)=([^\n]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    if (PLAIN.test(value)) return [name, value];
    return /^'(?:[^']|'\\'')*'$/.test(value)
      ? [name, value.slice(1, -1).replaceAll(`'\\''`, "'")]
      : undefined;
  });
  if (lines === undefined) return undefined;
  const { found, others } = lines;
  return found.length > 0 || others.every((name) => constants.has(name)) ? found : undefined;
}

/** Assignments, each below its comment; undefined when a line is neither, or the last one has no end. */
function fromLines(
  text: string,
  assignment: (line: string) => readonly [string, string] | undefined,
): { readonly found: Former; readonly others: readonly string[] } | undefined {
  if (!text.endsWith("\n")) return undefined;
  const found: (readonly [OutputKind, string, string])[] = [];
  const others: string[] = [];
  let comment: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const said = /^\s*# ([^\n]*)$/.exec(line)?.[1];
    if (said !== undefined) {
      if (comment !== undefined) return undefined;
      comment = said;
      continue;
    }
    const pair = assignment(line);
    if (pair === undefined) return undefined;
    const [name, value] = pair;
    const kind = [...SORTS.keys()].find((k) => comment?.startsWith(`${wordsOf(k).label} `));
    if (comment === undefined) others.push(name);
    else if (kind === undefined) return undefined;
    else found.push([kind, comment.slice(wordsOf(kind).label.length + 1), value]);
    comment = undefined;
  }
  return comment === undefined ? { found, others } : undefined;
}

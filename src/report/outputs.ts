/** The outputs file in its three forms, and reading back what a former run left in it. Pure. */

/** What is handed out; the JSON file has a mapping for each. */
export type OutputKind =
  | "environment"
  | "server_side_environment_key"
  | "master_api_key"
  | "password"
  | "reset_link";

/** How each kind is called: as a key of the JSON file, in comments, and at the beginning of a variable that is made. */
const KINDS: Readonly<
  Record<OutputKind, { readonly json: string; readonly label: string; readonly prefix: string }>
> = {
  environment: { json: "environments", label: "environment", prefix: "FLAGSMITH_ENVIRONMENT_KEY" },
  server_side_environment_key: {
    json: "server_side_environment_keys",
    label: "server-side environment key",
    prefix: "FLAGSMITH_SERVER_SIDE_ENVIRONMENT_KEY",
  },
  master_api_key: { json: "master_api_keys", label: "master API key", prefix: "FLAGSMITH_MASTER_API_KEY" },
  password: { json: "passwords", label: "password of", prefix: "FLAGSMITH_PASSWORD" },
  reset_link: { json: "reset_links", label: "password-reset link of", prefix: "FLAGSMITH_RESET_LINK" },
};

/** The kinds, in the order of the file. */
export const OUTPUT_KINDS: readonly OutputKind[] = [
  "environment",
  "server_side_environment_key",
  "master_api_key",
  "password",
  "reset_link",
];

/** Where a value stands in the file. */
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
  return chosen ?? `${KINDS[kind].prefix}_${words}`;
}

/** `environment Web App/Development`: as comments name it. */
export function describeOutput({ kind, name }: OutputPlace): string {
  return `${KINDS[kind].label} ${name}`;
}

function inOrder(values: readonly OutputValue[]): readonly OutputValue[] {
  return OUTPUT_KINDS.flatMap((kind) => values.filter((v) => v.kind === kind));
}

/** JSON: a mapping for each kind, and `variables` with everything that has a chosen name. */
export function jsonText({ values, constants }: Outputs): string {
  const of = (kind: OutputKind) =>
    Object.fromEntries(values.filter((v) => v.kind === kind).map((v) => [v.name, v.value]));
  const chosen = inOrder(values).flatMap((v) => v.chosen === undefined ? [] : [[v.chosen, v.value] as const]);
  const content = {
    ...Object.fromEntries(OUTPUT_KINDS.map((kind) => [KINDS[kind].json, of(kind)])),
    variables: Object.fromEntries([...chosen, ...constants]),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Lines of a file: the comment, if any, and the assignment. */
function lines({ values, constants }: Outputs): readonly (readonly [string | undefined, string, string])[] {
  return [
    ...inOrder(values).map((v) =>
      [describeOutput(v).replace(/\p{Cc}/gu, " "), variableOf(v), v.value] as const
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
    `${comment === undefined ? "" : `  # ${comment}\n`}  ${name}: ${JSON.stringify(value)}\n`
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
export type FormerOutputs = Readonly<Record<OutputKind, ReadonlyMap<string, string>>>;

/** Reads what a former run left. What cannot be understood counts as not there: the file is about to be replaced. */
export function readOutputs(text: string, format: OutputsFormat): FormerOutputs {
  const pairs = format === "json" ? fromJson(text) : fromLines(text, format);
  const of = (wanted: OutputKind) =>
    new Map(pairs.flatMap(([kind, name, value]) => kind === wanted ? [[name, value] as const] : []));
  return {
    environment: of("environment"),
    server_side_environment_key: of("server_side_environment_key"),
    master_api_key: of("master_api_key"),
    password: of("password"),
    reset_link: of("reset_link"),
  };
}

type Former = readonly (readonly [OutputKind, string, string])[];

function fromJson(text: string): Former {
  try {
    const content: Record<string, unknown> = Object(JSON.parse(text));
    return OUTPUT_KINDS.flatMap((kind) =>
      Object.entries(Object(content[KINDS[kind].json])).flatMap(([name, value]) =>
        typeof value === "string" ? [[kind, name, value] as const] : []
      )
    );
  } catch {
    return [];
  }
}

function fromLines(text: string, format: OutputsFormat): Former {
  const all = text.split("\n");
  return all.flatMap((line, at) => {
    const comment = /^\s*# (.*)$/.exec(all[at - 1] ?? "")?.[1];
    const value = format === "env" ? envValue(line) : secretValue(line);
    const kind = OUTPUT_KINDS.find((k) => comment?.startsWith(`${KINDS[k].label} `));
    if (comment === undefined || value === undefined || kind === undefined) return [];
    return [[kind, comment.slice(KINDS[kind].label.length + 1), value] as const];
  });
}

function envValue(line: string): string | undefined {
  const text = /^\w+=(.*)$/.exec(line)?.[1];
  return text?.startsWith("'") === true ? text.slice(1, -1).replaceAll(`'\\''`, "'") : text;
}

function secretValue(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(/^ {2}\w+: (.*)$/.exec(line)?.[1] ?? "");
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `${VAR}` and `${VAR:default}` in a scalar, as `docs/format.md#interpolation` describes them. */
import type { Code } from "../diagnostics/codes.ts";

/** Where values come from. */
export interface Variables {
  /** The value of a variable; undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** True when a missing variable is replaced by its own name instead of being reported. */
  readonly mockEnv: boolean;
  /** Names of the variables whose values are secret. */
  readonly secretEnv: ReadonlySet<string>;
}

/** A mistake in a scalar; offsets count from the beginning of its text, `end` exclusive. */
export interface InterpolationProblem {
  readonly code: Code;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

/** What became of a scalar. */
export interface Interpolation {
  /** The text after all replacements. */
  readonly text: string;
  /** True when at least one `${…}` was replaced. */
  readonly interpolated: boolean;
  /** True when the name of a missing variable stands for its value; without `mockEnv` there is a problem, too. */
  readonly mocked: boolean;
  /** True when a variable of `secretEnv` is named, be it inside of a default that was not needed. */
  readonly secret: boolean;
  /** Names of the variables whose values are in the text, in order. */
  readonly used: readonly string[];
  /** All mistakes; malformed references before missing variables. */
  readonly problems: readonly InterpolationProblem[];
  /** Stretches `[start, end)` of the text that hold the default of a secret variable. */
  readonly secretDefaults: readonly (readonly [number, number])[];
}

interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly fallback:
    | { readonly parts: readonly Part[]; readonly start: number; readonly end: number }
    | undefined;
}

type Part = string | Reference;

interface Scanner {
  readonly text: string;
  at: number;
  /** Set at a mistake after which the rest of the text cannot be distinguished. */
  stopped: boolean;
  readonly problems: InterpolationProblem[];
}

/** Defaults in defaults deeper than this are refused, before they could exhaust the stack. */
const MAX_NESTING = 20;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

const CLOSE_HINT = "Close it with }, or write $${ for a literal ${";

/**
 * Replaces every `${…}` of a scalar's text in one pass; values are never scanned again. `$${` gives a literal `${`. All
 * mistakes are returned together; a reference that has one leaves its variable's name, or nothing, in the text.
 */
export function interpolate(text: string, variables: Variables): Interpolation {
  if (!text.includes("${")) {
    return {
      text,
      interpolated: false,
      mocked: false,
      secret: false,
      used: [],
      problems: [],
      secretDefaults: [],
    };
  }
  const scanner: Scanner = { text, at: 0, stopped: false, problems: [] };
  const parts = scanParts(scanner, 0);
  const result = {
    text: "",
    interpolated: false,
    mocked: false,
    secret: false,
    used: [] as string[],
    problems: scanner.problems,
    secretDefaults: [] as (readonly [number, number])[],
  };
  noteSecrets(parts, variables, result);
  result.text = resolve(parts, variables, result);
  return result;
}

/** Reads up to the end of the text or, inside of a default, to the brace that closes it (which is not consumed). */
function scanParts(scanner: Scanner, nesting: number): Part[] {
  const { text } = scanner;
  const special = nesting > 0 ? /[${}]/g : /\$/g;
  const parts: Part[] = [];
  let literal = "";
  let open = 0;
  while (!scanner.stopped) {
    special.lastIndex = scanner.at;
    const at = special.exec(text)?.index ?? text.length;
    literal += text.slice(scanner.at, at);
    scanner.at = at;
    if (at === text.length) break;
    if (text.startsWith("$${", at)) {
      literal += "${";
      open++;
      scanner.at += 3;
    } else if (text.startsWith("${", at)) {
      if (literal !== "") parts.push(literal);
      literal = "";
      const reference = scanReference(scanner, nesting + 1);
      if (reference !== undefined) parts.push(reference);
    } else {
      if (text[at] === "}" && open-- === 0 && nesting > 0) break;
      if (text[at] === "{") open++;
      literal += text[at];
      scanner.at++;
    }
  }
  if (literal !== "") parts.push(literal);
  return parts;
}

/** Reads one `${…}`; undefined after a mistake, which has then been noted. */
function scanReference(scanner: Scanner, nesting: number): Reference | undefined {
  const { text } = scanner;
  const start = scanner.at;
  if (nesting > MAX_NESTING) {
    return fail(
      scanner,
      start,
      text.length,
      `Interpolation is nested deeper than ${MAX_NESTING} levels`,
      "Use fewer defaults inside of defaults",
    );
  }
  NAME.lastIndex = start + 2;
  const name = NAME.exec(text)?.[0];
  const next = start + 2 + (name?.length ?? 0);
  if (name === undefined || (text[next] !== "}" && text[next] !== ":")) return failHead(scanner, start, name);
  scanner.at = next + 1;
  if (text[next] === "}") return { name, start, end: next + 1, fallback: undefined };
  const parts = scanParts(scanner, nesting);
  if (scanner.stopped) return undefined;
  if (scanner.at === text.length) {
    return fail(scanner, start, text.length, "Interpolation is not closed", CLOSE_HINT);
  }
  const fallback = { parts, start: next + 1, end: scanner.at };
  const end = ++scanner.at;
  if (FOREIGN_PREFIXES.has(name)) {
    scanner.problems.push({
      code: "FP021",
      start,
      end,
      ...foreign(name, text.slice(next + 1, fallback.end)),
    });
  } else if (/^[-=?+](?![0-9])/.test(text.slice(next + 1, next + 3))) {
    const message = `Default of variable "${name}" begins with "${text[next + 1]}", as in a shell`;
    const hint = `The default begins right after the colon: \${${name}:default}`;
    scanner.problems.push({ code: "FP021", start, end, message, hint });
  }
  return { name, start, end, fallback };
}

/** The words for `${env:NAME}` and its like. Nothing but a name is repeated. */
function foreign(prefix: string, rest: string): { readonly message: string; readonly hint: string } {
  NAME.lastIndex = 0;
  const name = NAME.exec(rest)?.[0];
  const isName = name !== undefined && (rest.length === name.length || rest[name.length] === ":");
  const ours = prefix === "file" || prefix === "base64"
    ? "The content of a file is written !file PATH"
    : `A variable is written \${${isName ? name : "NAME"}}, one with a default \${${
      isName ? name : "NAME"
    }:default}`;
  return {
    message: `"${prefix}:" is a prefix of other tools; here the name of the variable comes first`,
    hint: ours,
  };
}

/** Notes what is wrong right after `${` and goes on after the next closing brace, if there is one. */
function failHead(scanner: Scanner, start: number, name: string | undefined): undefined {
  const { text } = scanner;
  const close = text.indexOf("}", start);
  if (close < 0) return fail(scanner, start, text.length, "Interpolation is not closed", CLOSE_HINT);
  const message = close === start + 2
    ? "Interpolation has no variable name"
    : name === undefined
    ? "Interpolation does not begin with a variable name"
    : `Variable name is followed by neither ":" nor "}"`;
  const forms = "The forms are ${NAME} and ${NAME:default}; names have letters, digits and underscores";
  scanner.problems.push({
    code: "FP021",
    start,
    end: close + 1,
    message,
    hint: `${forms}; a literal \${ is written $\${`,
  });
  scanner.at = close + 1;
  return undefined;
}

function fail(scanner: Scanner, start: number, end: number, message: string, hint: string): undefined {
  scanner.problems.push({ code: "FP021", start, end, message, hint });
  scanner.stopped = true;
  scanner.at = scanner.text.length;
  return undefined;
}

interface Outcome {
  interpolated: boolean;
  mocked: boolean;
  secret: boolean;
  readonly used: string[];
  readonly problems: InterpolationProblem[];
  readonly secretDefaults: (readonly [number, number])[];
}

/**
 * Variables that hold credentials of this program and of the API beside it. Whoever writes a file could read them otherwise,
 * as the value of a flag in an environment whose key the file chooses.
 */
const OWN_CREDENTIALS: ReadonlySet<string> = new Set([
  "DATABASE_URL",
  "DJANGO_DB_PASSWORD",
  "DJANGO_SECRET_KEY",
  "E2E_TEST_AUTH_TOKEN",
  "FLAGSMITH_PROVISION_DATABASE_URL",
  "FLAGSMITH_PROVISION_RELOAD_TOKEN",
  "PGPASSWORD",
]);

/** What other tools write before the colon, where this one has the name of a variable. */
const FOREIGN_PREFIXES: ReadonlySet<string> = new Set([
  "base64",
  "env",
  "file",
  "op",
  "param",
  "secret",
  "secrets",
  "ssm",
  "sys",
  "vault",
]);

function noteSecrets(parts: readonly Part[], variables: Variables, outcome: Outcome): void {
  for (const part of parts) {
    if (typeof part === "string") continue;
    const { fallback } = part;
    if (OWN_CREDENTIALS.has(part.name)) {
      outcome.problems.push({
        code: "FP023",
        start: part.start,
        end: part.end,
        message:
          `Variable "${part.name}" holds a credential of the program itself and is never put into a value`,
        hint: "Give the value in a variable of its own",
      });
    }
    if (variables.secretEnv.has(part.name)) {
      outcome.secret = true;
      if (fallback !== undefined && fallback.end > fallback.start) {
        outcome.secretDefaults.push([fallback.start, fallback.end]);
      }
    }
    if (fallback !== undefined) noteSecrets(fallback.parts, variables, outcome);
  }
}

function resolve(parts: readonly Part[], variables: Variables, outcome: Outcome): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    outcome.interpolated = true;
    if (OWN_CREDENTIALS.has(part.name)) {
      text += part.name;
      outcome.mocked = true;
      continue;
    }
    const value = variables.env(part.name);
    if (value !== undefined) {
      text += value;
      outcome.used.push(part.name);
    } else if (part.fallback !== undefined) {
      text += resolve(part.fallback.parts, variables, outcome);
    } else {
      text += part.name;
      outcome.mocked = true;
      if (!variables.mockEnv) outcome.problems.push(missing(part));
    }
  }
  return text;
}

function missing(reference: Reference): InterpolationProblem {
  return {
    code: "FP020",
    start: reference.start,
    end: reference.end,
    message: `Variable "${reference.name}" is not set`,
    hint: `Set it in the environment, or give a default: \${${reference.name}:default}`,
  };
}

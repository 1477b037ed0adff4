/** The arguments of `deno task real-api` and `deno task real-api:fuzz`. */

/** Which Flagsmith is meant, and where its database may be made. */
export interface Arguments {
  /** The `api` folder of a Flagsmith checkout. */
  readonly api: string;
  /** A Python in which the dependencies of that folder are installed. */
  readonly python: string;
  /** A superuser's URL of the server to make databases on; `undefined` for the one that the tests use. */
  readonly databaseUrl?: string;
  /** The `frontend` folder of the checkout, installed and bundled, when its Playwright suite is to run. */
  readonly playwright?: string;
  /** Program of a Chromium for that suite. */
  readonly browser: string;
  /** True when the databases stay after the run, for a look. */
  readonly keep: boolean;
}

/** What is drawn, besides which Flagsmith is meant. */
export interface FuzzArguments extends Omit<Arguments, "playwright" | "browser"> {
  /** Decides all draws; a new one for each run that names none. */
  readonly seed: number;
  /** How many there are. */
  readonly draws: number;
  /** The number of the first. */
  readonly first: number;
  /** URL of a database of the same server that is migrated already and otherwise empty: it is copied. */
  readonly template?: string;
  /** The only subject to draw; `undefined` for all. */
  readonly subject?: string;
}

/** How the arguments are written; shown when they are not understood. */
export const USAGE =
  "usage: deno task real-api --api DIRECTORY --python PROGRAM [--database-url URL] [--keep]\n" +
  "       [--playwright DIRECTORY [--browser PROGRAM]]";

/** The same for the fuzz. */
export const FUZZ_USAGE =
  "usage: deno task real-api:fuzz --api DIRECTORY --python PROGRAM [--database-url URL] [--keep]\n" +
  "       [--seed NUMBER] [--draws NUMBER] [--first NUMBER] [--subject NAME] [--template URL]";

interface Values {
  readonly values: ReadonlyMap<string, string>;
  readonly keep: boolean;
}

const SHARED = ["--api", "--python", "--database-url"];

/** Reads `--name VALUE` and `--name=VALUE` of the names, and `--keep`. */
function readValues(args: readonly string[], names: readonly string[]): Values {
  const values = new Map<string, string>();
  let keep = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [name = "", ...rest] = arg.split("=");
    if (arg === "--keep") {
      keep = true;
    } else if (!names.includes(name)) {
      throw new Error(`Unknown argument "${arg}"`);
    } else {
      const value = arg.includes("=") ? rest.join("=") : args[++at] ?? "";
      if (value === "") throw new Error(`"${name}" needs a value`);
      values.set(name, value);
    }
  }
  return { values, keep };
}

function shared({ values, keep }: Values): Omit<Arguments, "playwright" | "browser"> {
  const wanted = (name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`"${name}" is missing`);
    return value;
  };
  const databaseUrl = values.get("--database-url");
  return {
    api: wanted("--api"),
    python: wanted("--python"),
    keep,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  };
}

/** Reads the arguments; throws an error whose message names the first that is wrong or missing. */
export function readArguments(args: readonly string[]): Arguments {
  const read = readValues(args, [...SHARED, "--playwright", "--browser"]);
  const playwright = read.values.get("--playwright");
  return {
    ...shared(read),
    browser: read.values.get("--browser") ?? "/usr/bin/chromium",
    ...(playwright === undefined ? {} : { playwright }),
  };
}

/** The same for the fuzz. */
export function readFuzzArguments(args: readonly string[]): FuzzArguments {
  const read = readValues(args, [...SHARED, "--seed", "--draws", "--first", "--subject", "--template"]);
  const number = (name: string, otherwise: number): number => {
    const text = read.values.get(name);
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text)) throw new Error(`"${name}" takes a whole number`);
    return Number(text);
  };
  const subject = read.values.get("--subject");
  const template = read.values.get("--template");
  return {
    ...shared(read),
    seed: number("--seed", Math.floor(Math.random() * 1e9)),
    draws: number("--draws", 3000),
    first: number("--first", 0),
    ...(subject === undefined ? {} : { subject }),
    ...(template === undefined ? {} : { template }),
  };
}

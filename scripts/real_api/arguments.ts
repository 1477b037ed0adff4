/** The arguments of `deno task real-api`. */

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

/** How the arguments are written; shown when they are not understood. */
export const USAGE =
  "usage: deno task real-api --api DIRECTORY --python PROGRAM [--database-url URL] [--keep]\n" +
  "       [--playwright DIRECTORY [--browser PROGRAM]]";

const VALUES = ["--api", "--python", "--database-url", "--playwright", "--browser"];

/** Reads the arguments; throws an error whose message names the first that is wrong or missing. */
export function readArguments(args: readonly string[]): Arguments {
  const values = new Map<string, string>();
  let keep = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [name = "", ...rest] = arg.split("=");
    if (arg === "--keep") {
      keep = true;
    } else if (!VALUES.includes(name)) {
      throw new Error(`Unknown argument "${arg}"`);
    } else {
      const value = arg.includes("=") ? rest.join("=") : args[++at] ?? "";
      if (value === "") throw new Error(`"${name}" needs a value`);
      values.set(name, value);
    }
  }
  const wanted = (name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`"${name}" is missing`);
    return value;
  };
  const databaseUrl = values.get("--database-url");
  const playwright = values.get("--playwright");
  return {
    api: wanted("--api"),
    python: wanted("--python"),
    browser: values.get("--browser") ?? "/usr/bin/chromium",
    keep,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(playwright === undefined ? {} : { playwright }),
  };
}

/** The arguments of `deno task bench`. */

/** What to measure, and where. */
export interface Arguments {
  /** Names of cases; empty for all. */
  readonly cases: readonly string[];
  /** How often each thing is timed. */
  readonly runs: number;
  /** A superuser's URL of the server to make databases on; `undefined` for a durable one that is started. */
  readonly databaseUrl?: string;
}

/** How the arguments are written; shown when they are not understood. */
export const USAGE = "usage: deno task bench [--case NAME ...] [--runs NUMBER] [--database-url URL]";

/** Reads the arguments; throws an error whose message names the first that is wrong. */
export function readArguments(args: readonly string[], known: readonly string[]): Arguments {
  const cases: string[] = [];
  let runs = 5;
  let databaseUrl: string | undefined;
  for (let at = 0; at < args.length; at += 2) {
    const [name, value = ""] = [args[at] ?? "", args[at + 1]];
    if (!["--case", "--runs", "--database-url"].includes(name)) throw new Error(`Unknown argument "${name}"`);
    if (value === "") throw new Error(`"${name}" needs a value`);
    if (name === "--case") {
      if (!known.includes(value)) {
        throw new Error(`Unknown case "${value}"; the cases are ${known.join(", ")}`);
      }
      cases.push(value);
    } else if (name === "--runs") {
      runs = Number(value);
      if (!Number.isInteger(runs) || runs < 1) throw new Error('"--runs" needs a number of at least 1');
    } else {
      databaseUrl = value;
    }
  }
  return { cases, runs, ...(databaseUrl === undefined ? {} : { databaseUrl }) };
}

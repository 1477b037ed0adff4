/** The command line in the test's own process, with an environment of its own and captured output. */
import { type Io, main, processIo } from "../../mod.ts";
import type { ConnectingIo } from "../../src/cli/connect.ts";
import { openKept } from "./kept_connections.ts";

/** What a run takes from its surroundings. */
export interface CliWorld {
  /** The whole environment; nothing of the test's own leaks in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly stdin?: string;
  /** Becomes `DATABASE_URL`. */
  readonly databaseUrl?: string;
  /** What else differs from a plain run: a clock, a stream that fails. */
  readonly io?: Partial<Io>;
}

/** What a run said. */
export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line; files are the real ones, paths relative to the working directory. */
export async function runCli(args: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const env: Readonly<Record<string, string | undefined>> = {
    ...(world.databaseUrl === undefined ? {} : { DATABASE_URL: world.databaseUrl }),
    ...world.env,
  };
  let out = "";
  let err = "";
  const io: ConnectingIo = {
    ...processIo(),
    out: (text) => void (out += text),
    // Whether a run takes half a second depends on the machine; `progress_test.ts` looks at these lines.
    err: (text) => void (err += /^Working: .*…\n$/.test(text) ? "" : text),
    paint: (text) => void (err += text),
    outIsTerminal: false,
    errIsTerminal: false,
    env: (name) => env[name],
    envNames: () => Object.keys(env),
    inIsTerminal: false,
    readLine: () => Promise.resolve(undefined),
    readStdin: () => Promise.resolve(new TextEncoder().encode(world.stdin ?? "")),
    // Signals belong to the test runner.
    onSignal: () => () => {},
    // And so do errors that nobody caught.
    onUncaught: () => () => {},
    // And so do the rights of its process.
    giveUp: () => {},
    openConnection: openKept,
    ...world.io,
  };
  return { code: await main(args, io), out, err };
}

/** Applies documents, each in a run of its own, and throws with the run's words when one fails. */
export async function applyDocuments(
  documents: readonly unknown[],
  world: CliWorld,
): Promise<readonly CliResult[]> {
  const results: CliResult[] = [];
  for (const document of documents) {
    const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
    const result = await runCli(["apply", "--file", "-"], { ...world, stdin });
    if (result.code !== 0) throw new Error(`apply exits with ${result.code}\n${result.out}${result.err}`);
    results.push(result);
  }
  return results;
}

/** The same without the line that counts the rows of a removal, which differ from release to release. */
export function withoutRowCounts(result: CliResult): CliResult {
  return { ...result, out: result.out.replace(/^Rows (removed|that would go): .*\n/m, "") };
}

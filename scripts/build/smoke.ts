/** Trying a fresh binary: does it start, and do the parts arrive that load lazily? */
import type { Finished } from "./process.ts";

/** One try: arguments, the exit code that must come, and what standard output must be. */
interface Trial {
  readonly args: readonly string[];
  readonly code: number;
  readonly stdout?: RegExp;
}

/** A file that needs every part of reading: YAML, the schema, references. */
const DOCUMENT =
  "version: '1.0'\norganisations: [{name: Smoke}]\nprojects: [{name: Smoke, organisation: Smoke}]\n";

/**
 * The tries, cheapest first. `validate` loads parser and schemas; `apply` against a port where nobody listens loads the
 * driver, and exits with 69 (database unreachable), where a chunk that cannot be loaded would exit with 70.
 */
function trials(version: string, file: string): readonly Trial[] {
  const pattern = new RegExp(`^(flagsmith-provision )?${version.replaceAll(".", "\\.")}\\n$`);
  return [
    { args: ["--version"], code: 0, stdout: pattern },
    { args: ["--help"], code: 0, stdout: /flagsmith-provision/ },
    { args: ["validate", "--file", file], code: 0 },
    { args: ["apply", "--file", file, "--database-url", "postgres://smoke@127.0.0.1:1/smoke"], code: 69 },
    // Without a token it does not start; what it needs has been loaded by then.
    { args: ["serve", "--file", file], code: 64 },
  ];
}

/**
 * Tries a binary that says it is `version`; `runBinary` runs it with the given arguments. Throws, naming the first try
 * that went wrong and what it wrote.
 */
export async function smokeTest(
  version: string,
  runBinary: (args: readonly string[]) => Promise<Finished>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "flagsmith-provision-smoke-" });
  try {
    const file = `${directory}/smoke.yaml`;
    await Deno.writeTextFile(file, DOCUMENT);
    for (const trial of trials(version, file)) {
      const problem = problemOf(trial, await runBinary(trial.args));
      if (problem !== undefined) throw new Error(problem);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function problemOf(trial: Trial, done: Finished): string | undefined {
  const said = `\n${done.stdout}${done.stderr}`.trimEnd();
  const tried = `The binary does not work: "${trial.args.join(" ")}"`;
  if (done.code !== trial.code) return `${tried} exits with ${done.code} instead of ${trial.code}${said}`;
  if (trial.stdout?.test(done.stdout) === false) return `${tried} prints something unexpected${said}`;
  return undefined;
}

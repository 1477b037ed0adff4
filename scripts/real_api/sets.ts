/** The sets that are proved, and how each gets into a database: by the program as operators run it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ended, start } from "../../tests/support/program.ts";

const ROOT = new URL("../../", import.meta.url);

/** A user of a set who can log in. */
export interface Login {
  readonly email: string;
  readonly password: string;
}

/** A set, ready to be applied. */
export interface ReadySet {
  readonly name: string;
  /** Input options of one run each, in order. */
  readonly runs: readonly (readonly string[])[];
  /** The recorded users whose passwords are known. */
  readonly logins: readonly Login[];
}

/**
 * The shipped set of that name; while none is shipped, the documents that its recording was made with, written to files
 * in `directory`.
 */
export async function readySet(name: "dev" | "e2e", directory: string): Promise<ReadySet> {
  const text = await Deno.readTextFile(new URL(`tests/data/recordings/${name}.input.json`, ROOT));
  const { documents }: { readonly documents: readonly { readonly users?: readonly Partial<Login>[] }[] } =
    JSON.parse(text);
  const logins = documents.flatMap(({ users = [] }) =>
    users.flatMap(({ email, password }) =>
      email === undefined || password === undefined ? [] : [{ email, password }]
    )
  );
  if (await Deno.stat(new URL(`provisioning/${name}`, ROOT)).then(() => true, () => false)) {
    return { name, logins, runs: [["--directory", fileURLToPath(new URL(`provisioning/${name}`, ROOT))]] };
  }
  const runs: string[][] = [];
  for (const [at, document] of documents.entries()) {
    const file = join(directory, `${name}-${at + 1}.json`);
    await Deno.writeTextFile(file, JSON.stringify({ version: "1.0", ...document }));
    runs.push(["--file", file]);
  }
  return { name, logins, runs };
}

/** Runs the program against a database; gives its standard output, throws with what it said when it fails. */
export async function provision(
  args: readonly string[],
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, out, err } = await ended(start(args, { env: { ...env, DATABASE_URL: databaseUrl } }));
  if (code !== 0) throw new Error(`flagsmith-provision ${args[0]} exits with ${code}\n${out}${err}`);
  return out;
}

/** The last line of what a run said. */
export function summary(out: string): string {
  const lines = out.trimEnd().split("\n");
  return lines.find((line) => line.startsWith("Provisioning complete")) ?? lines.at(-1) ?? "";
}

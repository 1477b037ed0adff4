/**
 * `deno task release-check --api DIR`: what the migrations of a checkout of Flagsmith add to or take from the tables that
 * the program writes. Exit code 0: nothing is new; 2: something is; 1: it could not be read. Needs python3, not Django.
 */
import { fileURLToPath } from "node:url";
import { writtenColumns } from "../src/snapshot/state.ts";
import { type DeclaredSchema, newIn, referencesIn } from "./release_check/compare.ts";
import { complain, say } from "./terminal.ts";

const HERE = new URL(".", import.meta.url);

/** Reads the migrations below a directory. Throws when python3 is missing or cannot parse them. */
export async function readDeclared(directory: string): Promise<DeclaredSchema> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("python3", {
      args: [fileURLToPath(new URL("release_check/read_migrations.py", HERE)), directory],
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("python3 is needed to read migrations");
    throw error;
  }
  const decoder = new TextDecoder();
  if (!output.success) throw new Error(`Cannot read the migrations:\n${decoder.decode(output.stderr)}`);
  const declared: DeclaredSchema = JSON.parse(decoder.decode(output.stdout));
  if (Object.keys(declared.tables).length === 0) throw new Error(`No migrations below "${directory}"`);
  return declared;
}

/** The foreign keys of all tested releases. */
export async function knownReferences(): Promise<ReadonlySet<string>> {
  const schemas = new URL("../tests/data/schema/", HERE);
  const found = new Set<string>();
  for await (const { name } of Deno.readDir(schemas)) {
    if (!name.endsWith(".sql")) continue;
    for (const reference of referencesIn(await Deno.readTextFile(new URL(name, schemas)))) {
      found.add(reference);
    }
  }
  return found;
}

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf("--api");
  const directory = args[at + 1];
  if (at < 0 || directory === undefined) {
    complain("Usage: deno task release-check --api DIR (the directory `api` of a checkout of Flagsmith)");
    return 64;
  }
  const lines = newIn(await readDeclared(directory), {
    written: writtenColumns(),
    references: await knownReferences(),
  });
  for (const line of lines) say(line);
  if (lines.length === 0) say("Nothing new in the tables that flagsmith-provision writes.");
  return lines.length === 0 ? 0 : 2;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

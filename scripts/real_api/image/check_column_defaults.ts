/** What the models fill in: printed as recorded, and passed to the program for a column that it does not know. */
import { join } from "node:path";
import postgres from "postgres";
import type { Json } from "../../../tests/support/dump.ts";
import { RELEASE } from "../application.ts";
import { unless } from "../outcome.ts";
import type { World } from "../world.ts";
import { DOCUMENT, writeDirectory } from "./check_provision.ts";
import type { Image } from "./layout.ts";

/** How the recording describes a column. */
interface Recorded {
  readonly default?: Json;
  readonly default_call?: string;
  readonly auto?: "insert" | "update";
}

const RECORDED = new URL("../../../tests/data/field_defaults.json", import.meta.url);

/** Both parts. */
export async function checkColumnDefaults(world: World, image: Image): Promise<void> {
  await checkPrinted(world, image);
  await checkUnknownColumn(world, image);
}

async function checkPrinted(world: World, image: Image): Promise<void> {
  const { code, out, err } = await image.manage(["print_column_defaults"], image.env(world.migrated));
  const printed: { readonly release: Json; readonly columns: Readonly<Record<string, Json>> } = code === 0
    ? JSON.parse(out)
    : { release: err, columns: {} };
  const recorded: Readonly<Record<string, Readonly<Record<string, Recorded>>>> = JSON.parse(
    await Deno.readTextFile(RECORDED),
  );
  const required = await requiredColumns(world.migrated);
  const problems: string[] = [];
  let compared = 0;
  for (const [table, columns] of Object.entries(recorded)) {
    for (const [column, facts] of Object.entries(columns)) {
      const name = `${table}.${column}`;
      const wanted = wantedDefault(facts, required.has(name));
      const got = printed.columns[name];
      compared++;
      problems.push(
        ...unless(
          JSON.stringify(got) === JSON.stringify(wanted),
          `${name}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`,
        ),
      );
    }
  }
  world.outcome.check(`manage.py print_column_defaults prints the ${compared} recorded columns`, [
    ...unless(printed.release === RELEASE, `its release is ${printed.release}`),
    ...unless(compared > 0, "there are none"),
    ...problems,
  ]);
}

/** What is in the printed document; `undefined` for a column without an answer. */
function wantedDefault(
  { auto, default_call: call, default: value }: Recorded,
  required: boolean,
): Json | undefined {
  if (auto !== undefined) return { call: "now" };
  if (call !== undefined) return { call };
  return value === null && required ? undefined : value;
}

async function requiredColumns(url: string): Promise<ReadonlySet<string>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const rows = await sql<{ name: string }[]>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and is_nullable = 'NO'`.finally(() => sql.end());
  return new Set(rows.map(({ name }) => name));
}

/** A later release: columns that this program has never seen, required, with a default in the model only. */
async function checkUnknownColumn(world: World, image: Image): Promise<void> {
  const url = await world.databases.create("unknown_column", world.migrated);
  const app = join(image.directory, "proof_columns");
  await Deno.mkdir(app);
  await Deno.writeTextFile(join(app, "__init__.py"), "");
  await Deno.writeTextFile(
    join(app, "apps.py"),
    `from django.apps import AppConfig

class ProofColumns(AppConfig):
    name = "proof_columns"

    def ready(self):
        from django.db import models
        from projects.models import Project
        Project.add_to_class("proof_switch", models.BooleanField(default=True))
        Project.add_to_class("proof_limit", models.IntegerField(default=42))
        Project.add_to_class("proof_list", models.JSONField(default=list))
`,
  );
  await Deno.writeTextFile(
    join(image.directory, "app/settings/later.py"),
    `from app.settings.provisioned import *
INSTALLED_APPS = [*INSTALLED_APPS, "proof_columns.apps.ProofColumns"]
`,
  );
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`alter table projects_project add proof_switch boolean not null, add proof_limit integer not null,
      add proof_list jsonb not null`;
    const directory = await writeDirectory(world, "unknown_column", JSON.stringify(DOCUMENT));
    const args = ["provision", "--directory", directory];
    const alone = await image.manage(args, image.env(url));
    world.outcome.check("required columns that neither program nor models know are refused", [
      ...unless(
        alone.code === 78 && alone.err.includes("projects_project.proof_"),
        `exit code ${alone.code}\n${alone.out}${alone.err}`,
      ),
    ]);
    const done = await image.manage(args, image.env(url, { DJANGO_SETTINGS_MODULE: "app.settings.later" }));
    const rows = await sql`select proof_switch, proof_limit, proof_list from projects_project`;
    world.outcome.check("required columns that the models know get the models' defaults", [
      ...unless(done.code === 0, `exit code ${done.code}\n${done.out}${done.err}`),
      ...unless(
        JSON.stringify(rows) === JSON.stringify([{ proof_switch: true, proof_limit: 42, proof_list: [] }]),
        JSON.stringify(rows),
      ),
    ]);
  } finally {
    await sql.end();
  }
}

/**
 * What a kind costs: `tests/support/toy` is the folder of one that no other file knows, `tests/support/kinds_with_toy.ts`
 * has its line. Everything that the program does with kinds, it does with this one.
 */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import type { CliResult } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";
import { withToyProgram } from "../support/toy_program.ts";

const RECIPE = "tin and springs";

/** What the variables hold, those of an export included. */
const SECRETS = { RECIPE, WEB_DOLL_RECIPE: RECIPE, WEB_ROBOT_RECIPE: RECIPE, WEB_BALL_RECIPE: RECIPE };

const HEAD = `version: '1.0'
organisations: [{ name: Acme }]
projects: [{ name: Web, organisation: Acme }]
`;
const TOYS = `${HEAD}toys:
  - { name: Robot, project: Web, code: R-1, recipe: "\${RECIPE}", box_key: robots-key }
  - { name: Doll, project: Web, recipe: "\${RECIPE}", in_stock: false }
`;

/** Runs the program on a text; without one, on none. */
type RunText = (text: string, ...args: readonly string[]) => Promise<CliResult>;

/** The program with the toy, without a database unless `databaseUrl` is given; it is told the recipe. */
async function withRuns(
  databaseUrl: string | undefined,
  test: (run: RunText, directory: string) => Promise<void>,
): Promise<void> {
  await withToyProgram(async (run, directory) => {
    const file = `${directory}/toys.yaml`;
    await test(async (text, ...args) => {
      if (text !== "") await Deno.writeTextFile(file, text);
      const env = { ...SECRETS, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) };
      const result = await run([...args, ...(text === "" ? [] : ["--file", file])], env);
      assert.ok(!`${result.out}${result.err}`.includes(RECIPE), "a run shows the secret");
      return { ...result, err: result.err.replaceAll(file, "toys.yaml") };
    }, directory);
  });
}

const TABLE = new URL("../support/toy/table.sql", import.meta.url);

Deno.test("a new kind is validated, with its secret masked, and is in the JSON Schema", async () => {
  await withRuns(undefined, async (run) => {
    const mistaken = `toys: [{ name: Robot, project: Web, recipe: ${RECIPE}, colour: red }]\n`;
    assert.deepEqual(await run(HEAD + mistaken, "validate"), {
      code: 1,
      out: "",
      err: `toys.yaml:4:62: error: "colour" is not a key of a toy [FP102]
  |
4 | toys: [{ name: Robot, project: Web, recipe: ••••, colour: red }]
  |                                                   ^~~~~~
  = hint: Its keys are name, code, recipe, box_key, in_stock
1 error; nothing was changed.
`,
    });
    const { out } = await run("", "schema");
    const schema = JSON.parse(out);
    assert.deepEqual(Object.keys(schema.$defs.toy.properties).slice(0, 5), [
      "name",
      "code",
      "recipe",
      "box_key",
      "in_stock",
    ]);
    assert.deepEqual(schema.properties.toys, {
      type: ["array", "null"],
      items: { anyOf: [{ $ref: "#/$defs/toy" }] },
    });
  });
});

Deno.test("a new kind is applied, logged without its secret, compared, updated and torn down", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await sql.unsafe(await Deno.readTextFile(TABLE));
    const before = await dumpTables(sql);
    const recipes = async () =>
      (await sql`select name, code, recipe from toys_toy order by name`).map((r) => ({ ...r }));
    await withRuns(url, async (run, directory) => {
      const twice = TOYS.replace("name: Doll,", "name: Doll, code: R-1,");
      assert.deepEqual(await run(twice, "apply"), {
        code: 1,
        out: "",
        err: `toys.yaml:5:13: error: The code of toy "Robot" is chosen for toy "Doll" too [FP303]
  |
5 |   - { name: Robot, project: Web, code: R-1, recipe: ••••, box_key: robots-key }
  |             ^~~~~
  = hint: Choose another one for one of them
1 error; nothing was changed.
`,
      });

      assert.deepEqual(await run(TOYS, "apply", "--outputs", `${directory}/outputs.json`), {
        code: 0,
        out: `Created organisation "Acme".
Created project "Web".
Created toy "Doll" in project "Web".
Created toy "Robot" in project "Web".
Provisioning complete: 4 created, 0 skipped.
`,
        err: "",
      });
      const { toys } = JSON.parse(await Deno.readTextFile(`${directory}/outputs.json`));
      const [doll] = await sql`select box_key from toys_toy where name = 'Doll'`;
      assert.deepEqual(toys, { "Web/Doll": doll?.["box_key"], "Web/Robot": "robots-key" });
      assert.deepEqual(await run(TOYS, "plan", "--on-exists", "update"), {
        code: 0,
        out: "Nothing to do.\n",
        err: "",
      });

      await sql`update toys_toy set code = 'R-2', recipe = 'clay' where name = 'Robot'`;
      assert.deepEqual(await run(TOYS, "status"), {
        code: 0,
        out: `Toy "Robot" in project "Web": drifted.
    code: "R-2" (file: "R-1")
    recipe: (secret)
Status: 3 in sync, 1 drifted.
`,
        err: "",
      });
      assert.deepEqual(await run(TOYS, "plan", "--on-exists", "update"), {
        code: 0,
        out: `Would update toy "Robot" in project "Web": code, recipe.
    code: "R-2" → "R-1"
    recipe: (secret)
Plan: 0 to create, 1 to update, 3 to skip.
`,
        err: "",
      });
      assert.match((await run(TOYS.replace("R-1", "R-3"), "apply", "--on-exists", "fail")).err, /\[FP302\]/);
      assert.equal((await run(TOYS, "apply", "--quiet")).code, 0);
      assert.deepEqual((await recipes())[1], { name: "Robot", code: "R-2", recipe: "clay" });
      assert.equal((await run(TOYS, "apply", "--on-exists", "update")).code, 0);
      assert.deepEqual((await recipes())[1], { name: "Robot", code: "R-1", recipe: RECIPE });

      const otherKey = TOYS.replace("robots-key", "another-key");
      const kept = await run(otherKey, "apply", "--on-exists", "update");
      assert.match(kept.err, /Toy "Robot" exists with another key and keeps it \[FP350\]/);
      const rotated = otherKey.replace("another-key", "another-key, rotate: once");
      assert.match(
        (await run(rotated, "apply")).out,
        /^Updated toy "Robot" in project "Web": key rotated\.$/m,
      );
      assert.deepEqual(
        [...await sql`select box_key from toys_toy where name = 'Robot'`].map((row) => row["box_key"]),
        ["another-key"],
      );

      const log =
        await sql`select event, address, l::text as whole from provisioning_log l where kind = 'toy' order by seq`;
      assert.deepEqual(log.map(({ event, address }) => `${event} ${address}`), [
        "created toy:Acme/Web/Doll",
        "created toy:Acme/Web/Robot",
        "updated toy:Acme/Web/Robot",
        // The log learns what the file says of the key, which the row does not have yet.
        "updated toy:Acme/Web/Robot",
        "rotated toy:Acme/Web/Robot",
      ]);
      for (const { whole } of log) assert.doesNotMatch(whole, /tin and springs|clay/);
      assert.equal((await run("", "log", "--kind", "toy", "--verbose")).code, 0);

      assert.match((await run(rotated, "reset", "--yes")).out, /^Created toy "Robot" in project "Web"\.$/m);
      assert.match(
        (await run("", "teardown", "--all", "--yes")).out,
        /^Deleted toy "Robot" in project "Web"\.\nDeleted toy "Doll" in project "Web"\.$/m,
      );
      assertTornDown(before, await dumpTables(sql));
    });
  });
});

Deno.test("a new kind is exported by its record: the secret as a variable, the readable key as it is, defaults left out", async () => {
  const table = await Deno.readTextFile(TABLE);
  const content = `projects:
  - name: Web
    organisation: Acme
    toys:
      - name: Doll
        recipe: "\${WEB_DOLL_RECIPE}"
        box_key: dolls-key
        in_stock: false
      - name: Robot
        code: R-1
        recipe: "\${WEB_ROBOT_RECIPE}"
        box_key: robots-key
`;
  const exported = `version: "1.0"\n\norganisations:\n  - { name: Acme }\n\n${content}`;
  const note = "note: Secrets are not exported. Before applying set WEB_DOLL_RECIPE, WEB_ROBOT_RECIPE\n";
  const toys = (sql: TestDatabase["sql"]) =>
    sql`select name, code, recipe, box_key, is_available from toys_toy order by name`.then((
      rows,
    ) => [...rows]);
  await withDatabase({}, async ({ url, sql }) => {
    await sql.unsafe(table);
    await withRuns(url, async (run) => {
      const made = TOYS.replace("in_stock: false", "in_stock: false, box_key: dolls-key");
      assert.equal((await run(made, "apply")).code, 0);
      const all = await run("", "export", "--organisation", "Acme");
      assert.deepEqual(all, { code: 0, out: exported, err: note });
      assert.deepEqual(await run("", "export", "--organisation", "Acme", "--project", "Web"), all);
      await withDatabase({}, async (empty) => {
        await empty.sql.unsafe(table);
        await withRuns(empty.url, async (runThere) => {
          assert.equal((await runThere(all.out, "apply")).code, 0);
          assert.deepEqual(await toys(empty.sql), await toys(sql));
          assert.equal((await runThere("", "export", "--organisation", "Acme")).out, exported);
        });
      });
    });
  });
});

Deno.test("a new kind is merged into files, adopted, renamed and removed as the others are", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await sql.unsafe(await Deno.readTextFile(TABLE));
    await withRuns(url, async (run, directory) => {
      assert.equal((await run(TOYS, "apply")).code, 0);
      await sql`update toys_toy set code = 'R-2', recipe = 'clay' where name = 'Robot'`;
      await sql`insert into toys_toy (uuid, name, project_id, recipe, box_key, is_available)
        select gen_random_uuid(), 'Ball', project_id, ${RECIPE}, 'balls-key', true from toys_toy where name = 'Doll'`;
      assert.equal((await run("", "export", "--organisation", "Acme", "--merge-into", directory)).code, 0);
      const merged = await Deno.readTextFile(`${directory}/toys.yaml`);
      // The key that was made up for the doll is not put into its file.
      const added = [
        "- name: Ball",
        "  project: Web",
        '  recipe: "${WEB_BALL_RECIPE}"',
        "  box_key: balls-key",
      ];
      assert.equal(merged, `${TOYS.replace("R-1", "R-2")}${added.map((line) => `  ${line}\n`).join("")}`);

      assert.match((await run(merged, "adopt")).out, /^Adopted toy "Ball" in project "Web"\.$/m);
      const renamed = merged.replace("name: Ball", "name: Globe\n    renamed_from: Ball");
      assert.match(
        (await run(renamed, "apply")).out,
        /^Updated toy "Globe" in project "Web": renamed from "Ball"\.$/m,
      );
      const absent = `${HEAD}toys: [{ name: Globe, project: Web, ensure: absent }]\n`;
      assert.match(
        (await run(absent, "apply", "--allow-delete")).out,
        /^Deleted toy "Globe" in project "Web"\.$/m,
      );
      assert.deepEqual((await sql`select name from toys_toy order by name`).map((row) => row["name"]), [
        "Doll",
        "Robot",
      ]);
    });
  });
});

/** Files of the program and of what makes, checks and documents it. */
async function* filesBelow(directory: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, directory));
    else yield new URL(name, directory);
  }
}

Deno.test("no file of the program knows the name of the new kind", async () => {
  const naming: string[] = [];
  for (const folder of ["src/", "lint/", "scripts/"]) {
    for await (const file of filesBelow(new URL(`../../${folder}`, import.meta.url))) {
      if (/(?:\b|_)toys?(?:\b|_)/i.test(await Deno.readTextFile(file))) naming.push(file.pathname);
    }
  }
  assert.deepEqual(naming, []);
});

/** Names that every JavaScript object has already are names like others, wherever the application takes any text. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { exportOf, secretsOf } from "../support/export.ts";
import { merge, withFiles } from "../support/export_merge.ts";
import { runCli } from "../support/run_cli.ts";

const NAMES = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"];

const each = (indent: string, item: (name: string) => string): string =>
  NAMES.map((name) => `${indent}${item(name)}\n`).join("");

/** Every place where somebody chooses a name, as a key where the format has one. */
const FILE = (value: string): string =>
  `version: "1.0"
defaults: { on_exists: update }
organisations:
${each("  ", (name) => `- name: ${name}`)}projects:
  - name: __proto__
    organisation: __proto__
    tags:
${each("      ", (name) => `- label: ${name}`)}    environments:
      - name: constructor
        api_key: constructor
      - name: __proto__
        api_key: toString
        identities:
          - identifier: __proto__
            traits:
${each("              ", (name) => `${name}: ${value}`)}    segments:
${
    each(
      "      ",
      (name) =>
        `- { name: ${name}, rules: [{ type: ALL, conditions: [{ property: ${name}, operator: EQUAL, value: ${name} }] }] }`,
    )
  }    features:
      - name: __proto__
        tags: [${NAMES.join(", ")}]
        multivariate_options:
${
    each("          ", (name) => `- { key: ${name}, value: ${value}, percentage_allocation: 10 }`)
  }        environments:
          __proto__:
            enabled: true
            multivariate:
${
    each("              ", (name) =>
      `- { option: ${name}, percentage_allocation: 20 }`)
  }            segment_overrides:
${
    each("              ", (name) =>
      `- { segment: ${name}, enabled: true }`)
  }          constructor: { enabled: true }
${
    each("      ", (name) =>
      name === "__proto__" ? "" : `- { name: ${name}, environments: { __proto__: { enabled: true } } }`)
  }`;

Deno.test("names that every object has are written, compared, exported and undone like others", async () => {
  await withDatabase({}, async (database) => {
    const { url, sql } = database;
    const run = async (args: readonly string[], stdin?: string): Promise<string> => {
      const { code, out, err } = await runCli(args, {
        databaseUrl: url,
        ...(stdin === undefined ? {} : { stdin }),
      });
      assert.equal(code, 0, out + err);
      return out;
    };
    const empty = await dumpTables(sql);
    assert.match(await run(["apply", "-f", "-"], FILE("one")), /^Provisioning complete: \d+ created/m);
    const traits =
      await sql`select trait_key, string_value from environments_trait order by trait_key collate "C"`;
    assert.deepEqual(
      traits.map((row) => `${row["trait_key"]}=${row["string_value"]}`),
      NAMES.map((n) => `${n}=one`),
    );
    assert.match(await run(["status", "-f", "-"], FILE("one")), /^Status: \d+ in sync\.$/m);
    assert.match(await run(["apply", "-f", "-"], FILE("two")), /2 updated/);
    assert.match(await run(["apply", "-f", "-"], FILE("two")), / 0 created, 18 skipped/);
    const exported = await exportOf(url, "__proto__");
    assert.match(await run(["apply", "-f", "-"], exported), / 0 created/);
    await withFiles([], async (directory) => {
      await Deno.writeTextFile(`${directory}/all.yaml`, FILE("three"));
      const { code, err } = await merge(database, directory, "__proto__");
      assert.equal(code, 0, err);
      assert.equal(await Deno.readTextFile(`${directory}/all.yaml`), FILE("two"));
    });
    await withDatabase({}, async (other) => {
      const { code, err } = await runCli(["apply", "-f", "-"], {
        databaseUrl: other.url,
        stdin: exported,
        env: secretsOf(exported),
      });
      assert.equal(code, 0, err);
      assert.equal(await exportOf(other.url, "__proto__"), exported);
    });
    await run(["teardown", "--all", "--yes"]);
    assert.deepEqual((await dumpTables(sql)).get("environments_trait"), empty.get("environments_trait"));
  });
});

Deno.test("a mapping of known keys takes none that every object has, and rows no such column", async () => {
  const refused = async (text: string): Promise<string> => {
    const { err } = await runCli(["validate", "-f", "-"], { stdin: text });
    return err.split("\n").filter((line) => /error: /.test(line)).join("\n");
  };
  const found: string[] = [];
  for (const name of ["constructor", "__proto__"]) {
    for (
      const text of [
        `${name}: []`,
        `organisations: [{ name: O, ${name}: 1, settings: { ${name}: 1 } }]`,
        `defaults: { ${name}: 1 }`,
        `rows: [{ table: t, key: { ${name}: 1 } }]`,
      ]
    ) found.push(await refused(`version: "1.0"\n${text}\n`));
  }
  assert.deepEqual(found, [
    '<stdin>:2:1: error: "constructor" is not a key of a provisioning document [FP102]',
    '<stdin>:2:28: error: "constructor" is not a key of an organisation [FP102]\n' +
    '<stdin>:2:56: error: "constructor" is not a key of "settings" [FP102]',
    '<stdin>:2:13: error: "constructor" is not a key of "defaults" [FP102]',
    "",
    '<stdin>:2:1: error: "__proto__" is not a key of a provisioning document [FP102]',
    '<stdin>:2:28: error: "__proto__" is not a key of an organisation [FP102]\n' +
    '<stdin>:2:54: error: "__proto__" is not a key of "settings" [FP102]',
    '<stdin>:2:13: error: "__proto__" is not a key of "defaults" [FP102]',
    '<stdin>:2:27: error: Column "__proto__" cannot be used [FP017]',
  ]);
});

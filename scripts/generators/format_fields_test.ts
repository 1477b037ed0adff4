import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bool, freeText as text, integer, list, mapping, optional, record } from "../../src/kinds/fields.ts";
import { ALL_SPECS, KIND_NAMES } from "../../src/kinds/specs.ts";
import { withDatabase } from "../../tests/support/database.ts";
import { runCli } from "../../tests/support/run_cli.ts";
import { allExamples, fieldRows, formatFields } from "./format_fields.ts";
import { replaceRegions } from "./generator.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("fieldRows() walks mappings, lists, records and optionals depth first", () => {
  const schema = mapping({
    name: text({ max: 2000, doc: "Its name" }),
    settings: optional(mapping({ hidden: optional(bool()), limit: integer({ min: 0, max: 9 }) })),
    tags: optional(list(text())),
    rules: list(mapping({ count: integer({ min: 1, max: 2 ** 31 - 1 }) })),
    traits: optional(record(text())),
  });
  assert.deepEqual(
    fieldRows(schema).map((row) => [row.path, row.required, row.type, row.doc].join(" | ")),
    [
      "name | true | text (2,000) | Its name",
      "settings | false | mapping | ",
      "settings.hidden | false | boolean | ",
      "settings.limit | true | integer 0 to 9 | ",
      "tags | false | list of text | ",
      "rules | true | list | ",
      "rules[].count | true | integer from 1 | ",
      "traits.NAME | false | text | ",
    ],
  );
});

Deno.test("formatFields() shows every field of every kind", async () => {
  const page = (await formatFields(ROOT))["docs/format.md"] ?? "";
  for (const kind of KIND_NAMES) {
    const { list: top, nested, schema } = ALL_SPECS[kind];
    const [, section = ""] = page.split(`<!-- fields:${top ?? nested} -->`);
    const [table = ""] = section.split("```yaml");
    const missing = fieldRows(schema).filter(({ path }) => !table.includes(`\`${path}\``));
    assert.deepEqual(missing.map(({ path }) => `${kind} ${path}`), []);
  }
});

Deno.test("replaceRegions() replaces what stands between the marks and refuses a page without them", () => {
  const page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n";
  assert.equal(replaceRegions(page, { x: "new" }), "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n");
  assert.throws(() => replaceRegions(page, { y: "new" }), { message: 'The page has no region "y"' });
});

Deno.test("apply writes the examples of all kinds in one go, and nothing the second time", async () => {
  await withDatabase({}, async ({ url }) => {
    const stdin = `version: '1.0'\n${allExamples().join("\n---\nversion: '1.0'\n")}\n`;
    const apply = () => runCli(["--file", "-", "--strict"], { databaseUrl: url, stdin });
    const first = await apply();
    assert.equal(first.code, 0, first.err);
    const entities = first.out.match(/^Created /gm)?.length;
    assert.equal(first.out.split("\n").at(-2), `Provisioning complete: ${entities} created, 0 skipped.`);
    const second = await apply();
    assert.equal(second.out.split("\n").at(-2), `Provisioning complete: 0 created, ${entities} skipped.`);
  });
});

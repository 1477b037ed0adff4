import assert from "node:assert/strict";
import { ProvisionError } from "../../diagnostics/error.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { readDocuments } from "../../declarations/read.ts";
import { load } from "../../source/test_support.ts";
import { checkReadable, placeKey } from "./checks.ts";

const TEXT = `version: '1.0'
organisations: [{ name: O }]
projects: [{ name: P, organisation: O, features: [{ name: f, initial_value: &v 1 }, { name: g, initial_value: *v }] }]
`;

/** What is said against a new text when only the features in `meant` are to change; undefined when nothing is. */
async function refusal(text: string, meant: readonly string[]): Promise<string | undefined> {
  const { documents } = await load(TEXT);
  const { entities } = readDocuments(documents, { onExists: "skip" }, new Diagnostics());
  const keys = entities.filter(({ name }) => meant.includes(name)).map(placeKey);
  try {
    checkReadable(documents, new Map([["<stdin>", text]]), undefined, new Set(keys));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProvisionError);
    return `${error.code} ${error.message}`;
  }
}

// No command is known that meets it: what aliases and merge keys share is left alone before (FP445). It is what stays if they were not.
Deno.test("checkReadable() refuses a text that says something else of what was not meant to change", async () => {
  const changed = TEXT.replace("&v 1", "&v 2");
  assert.equal(
    await refusal(changed, ["f"]),
    'FP448 The files cannot be merged: feature "g" at <stdin>:3:93 would change with something else',
  );
  assert.equal(await refusal(changed, ["f", "g"]), undefined);
  assert.equal(await refusal(TEXT, []), undefined);
});

Deno.test("checkReadable() takes what is added, and refuses what apply refuses", async () => {
  assert.equal(await refusal(TEXT.replace("}, {", "}, { name: h }, {"), []), undefined);
  assert.equal(
    await refusal(TEXT.replace("name: g", "name: f"), []),
    'FP448 The files cannot be merged: they would say what apply refuses (FP201: Feature "f" is declared twice in project "P")',
  );
});

/** The JSON Schema of the format against documents that the program itself takes or refuses. */
import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { documentSchema } from "../../src/declarations/json_schema.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const isValid = new Ajv2020({
  strict: false,
  allowUnionTypes: true,
  formats: { email: true, "date-time": true },
})
  .compile(documentSchema());

async function yamlBelow(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) { for (const below of await yamlBelow(path)) found.push(below); }
    else if (/\.ya?ml$/.test(name)) found.push(path);
  }
  return found.sort();
}

/** What the schema objects to in a text of one or more documents. */
function objections(text: string): readonly string[] {
  return parseAllDocuments(text, { merge: true, logLevel: "silent" }).flatMap((document) => {
    const value: unknown = document.toJS();
    if (value === null || isValid(value)) return [];
    return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  });
}

Deno.test("the JSON Schema takes every shipped set and every example", async () => {
  for (const directory of ["provisioning", "examples"]) {
    for (const path of await yamlBelow(join(ROOT, directory))) {
      assert.deepEqual(objections(await Deno.readTextFile(path)), [], path);
    }
  }
});

Deno.test("the JSON Schema refuses mistyped keys, words and types, as validate does", () => {
  const document = (text: string): string => `version: '1.0'\n${text}\n`;
  for (
    const text of [
      "organisations: [{nme: Acme}]",
      "organisation: [{name: Acme}]",
      "features: [{name: x, project: P, default_enabled: maybe}]",
      "segments: [{name: s, project: P, rules: [{type: SOME}]}]",
      "organisations: [{name: Acme, on_exists: sometimes}]",
      "environments: {name: Dev}",
    ]
  ) {
    assert.notDeepEqual(objections(document(text)), [], text);
  }
  assert.deepEqual(objections(document("features: [{name: x, project: P, default_enabled: '${ON}'}]")), []);
  assert.notDeepEqual(objections("organisations: []"), []);
});

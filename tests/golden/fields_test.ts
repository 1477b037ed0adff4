/** Each way in which a field refuses a value has a case of wrong input; the fields are those of the schemas. */
import assert from "node:assert/strict";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { loadSources } from "../../src/source/sources.ts";
import { processIo } from "../../mod.ts";
import { environmentOf } from "../support/cases.ts";
import { findingFields, placesOf } from "../support/finding_fields.ts";
import { allRefusals } from "../support/refusals.ts";

const FOLDERS = ["tests/golden/errors", "tests/golden/fields"];

async function covered(path: string): Promise<readonly string[]> {
  const env = environmentOf(await Deno.readTextFile(path));
  const documents = await loadSources(
    { directories: [], files: [path], embedded: [], allowEmpty: false },
    { ...processIo(), env: (variable) => env[variable] },
    { mockEnv: false, secretEnv: [] },
    new Diagnostics(),
  );
  return findingFields(await Deno.readTextFile(path.replace(/\.yaml$/, ".out")), placesOf(documents));
}

Deno.test("every field has a case of each way in which it refuses a value", async () => {
  const paths = FOLDERS.flatMap((folder) =>
    [...Deno.readDirSync(folder)].filter((e) => e.name.endsWith(".yaml")).map((e) => `${folder}/${e.name}`)
  );
  const found = new Set((await Promise.all(paths.map(covered))).flat());
  assert.deepEqual(allRefusals().filter((refusal) => !found.has(refusal)), []);
});

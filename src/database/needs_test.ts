import assert from "node:assert/strict";
import { Needs } from "./needs.ts";

Deno.test("statements ask for the rights that their verbs and locks need", () => {
  const needs = new Needs();
  needs.add(`SELECT t.id FROM "public"."tags_tag" t WHERE t.label = 'x';
INSERT INTO "public"."users_ffadminuser" (id) SELECT nextval('public.users_ffadminuser_id_seq');
UPDATE "public"."projects_project" AS t SET name = 'n';
DELETE FROM "public"."environment-documents" WHERE true;
SELECT count(*) FROM (SELECT t.id FROM "public"."segments_segment" t WHERE t.id = 1 FOR UPDATE) locked;
LOCK TABLE "public"."features_feature" IN SHARE ROW EXCLUSIVE MODE`);
  needs.add('UPDATE "users_ffadminuser" SET is_active = true');
  assert.deepEqual(needs.writes(), [
    ["users_ffadminuser", "INSERT"],
    ["users_ffadminuser", "UPDATE"],
    ["projects_project", "UPDATE"],
    ["environment-documents", "DELETE"],
    ["features_feature", "UPDATE"],
    ["segments_segment", "UPDATE"],
  ]);
  for (const name of ["tags_tag", "users_ffadminuser_id_seq", "environment-documents", "segments_segment"]) {
    assert.ok(needs.names().includes(name), name);
  }
});

/** `export --merge-into` and anchors: what other places use by an alias does not change for one of them. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyFiles, filesOf, merge, mergedText, withFiles } from "../support/export_merge.ts";

const PLACE =
  "differs from the database and is left as it is: it is shared by an alias and its anchor, so it cannot be changed alone [FP445]";

/** The first line of each finding. */
function findings(err: string): readonly string[] {
  return err.split("\n").filter((line) => line.startsWith("DIR/"));
}

Deno.test("export --merge-into leaves values at anchors that aliases name", async () => {
  const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    tags: [{ label: t1 }, { label: t2 }]
    environments:
      - name: Dev
        settings: &s { banner_text: Careful }
      - name: Prod
        settings: *s
      - name: Lab
        settings: { <<: *s, banner_text: Mind }
    features:
      - name: f1
        initial_value: &v hello
        description: &unused alone
        tags: &t [t1]
        environments:
          Dev: { value: &dv x }
          Prod: { value: *dv }
      - name: f2
        initial_value: *v
        tags: *t
      - &base
        name: f3
        description: shared
        environments: &e
          Dev: { value: y }
      - <<: *base
        name: f4
`;
  const change = `
      update environments_environment set hide_disabled_flags = true where name = 'Dev';
      update features_feature set initial_value = 'changed', description = 'other' where name = 'f1';
      update features_feature set description = 'other', is_archived = true where name = 'f3';
      update features_featurestatevalue v set string_value = 'z'
        from features_featurestate s join features_feature f on f.id = s.feature_id, environments_environment e
        where v.feature_state_id = s.id and e.id = s.environment_id and e.name = 'Dev' and f.name in ('f1', 'f3');
      insert into features_feature_tags (feature_id, tag_id)
        select f.id, t.id from features_feature f, tags_tag t where t.label = 't2' and f.name = 'f1'`;
  const { code, out, err, text: merged } = await mergedText(text, change);
  assert.deepEqual(findings(err), [
    `DIR/a.yaml:8:15: warning: "hide_disabled_flags" of environment "Dev" of project "P" ${PLACE}`,
    `DIR/a.yaml:16:27: warning: "initial_value" of feature "f1" of project "P" ${PLACE}`,
    `DIR/a.yaml:18:18: warning: "tags" of feature "f1" of project "P" ${PLACE}`,
    `DIR/a.yaml:20:29: warning: "value" of feature state "Dev" of feature "f1" ${PLACE}`,
    `DIR/a.yaml:26:15: warning: "is_archived" of feature "f3" of project "P" ${PLACE}`,
    `DIR/a.yaml:27:22: warning: "description" of feature "f3" of project "P" ${PLACE}`,
    `DIR/a.yaml:29:25: warning: "value" of feature state "Dev" of feature "f3" ${PLACE}`,
  ]);
  assert.deepEqual([code, out], [
    0,
    "Updated DIR/a.yaml.\nMerge complete: 1 changed, 1 added.\n",
  ]);
  // What had been the initial value of f1 is still its value where nobody changed it.
  assert.equal(
    merged,
    text
      .replace("&unused alone", "&unused other")
      .replace("value: *dv }\n", "value: *dv }\n          Lab: { value: hello }\n"),
  );
});

Deno.test("export --merge-into puts what is new below an anchor that an alias names into a file of its own", async () => {
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    tags: &tags
      - { label: t }
  - name: Q
    organisation: O
    tags: *tags
`;
      await Deno.writeTextFile(`${directory}/a.yaml`, text);
      await applyFiles(database, directory);
      await database.sql.unsafe(`
        insert into tags_tag select (json_populate_record(t, '{"id": 9, "label": "new", "uuid": "00000000-0000-4000-8000-000000000000"}')).* from tags_tag t, projects_project p where p.id = t.project_id and p.name = 'Q'`);
      assert.deepEqual(await merge(database, directory, "O"), {
        code: 0,
        out: "Updated DIR/exported.yaml.\nMerge complete: 0 changed, 1 added.\n",
        err: "",
      });
      assert.deepEqual(await filesOf(directory), {
        "a.yaml": text,
        "exported.yaml": 'version: "1.0"\n\ntags:\n  - { label: new, project: Q, organisation: O }\n',
      });
    }));
});

Deno.test("export --merge-into changes all traits of an identity, or none where one is at an anchor", async () => {
  const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    environments:
      - name: Dev
        identities:
          - { identifier: a, traits: { plan: &plan free, age: 1 } }
          - { identifier: b, traits: { plan: *plan, age: 1 } }
          - { identifier: c, traits: { plan: free, age: 1 } }
`;
  const change = `
      update environments_trait t set integer_value = 2 from environments_identity i
        where trait_key = 'age' and i.id = t.identity_id and i.identifier in ('a', 'c');
      update environments_trait t set string_value = 'pro' from environments_identity i
        where trait_key = 'plan' and i.id = t.identity_id and i.identifier in ('a', 'c')`;
  const { code, out, err, text: merged } = await mergedText(text, change);
  assert.deepEqual(findings(err), [
    `DIR/a.yaml:9:38: warning: "traits" of identity "a" of environment "Dev" ${PLACE}`,
  ]);
  assert.deepEqual([code, out], [
    0,
    "Updated DIR/a.yaml.\nMerge complete: 1 changed, 0 added.\n",
  ]);
  assert.equal(merged, text.replace("plan: free, age: 1", "plan: pro, age: 2"));
});

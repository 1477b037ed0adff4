/** `!exact`: texts whose form or length their field refuses, as the database holds them. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportOf } from "../support/export.ts";
import { assertInSync } from "../support/export_in_sync.ts";
import { mergedText } from "../support/export_merge.ts";
import { runCli } from "../support/run_cli.ts";

const FILE = `version: '1.0'
organisations:
  - name: O # the one
    subscription: { plan: free }
projects:
  - name: P # its project
    organisation: O # again
    tags: [{ label: a }]
    environments:
      - name: Dev # the first
    segments:
      - { name: s, rules: [{ type: ALL, conditions: [{ property: p, operator: EQUAL, value: v }] }] }
    features:
      - name: f
        tags: [a]
        environments:
          Dev: { enabled: true, segment_overrides: [{ segment: s, enabled: true }] }
`;

const CHANGE = `update projects_project set name = E'P\\n';
  update tags_tag set label = ' a', color = '';
  update environments_environment set name = E'De\\nv';
  update segments_segment set name = 's ';
  update organisations_subscription set plan = E'free\\n', notes = ' n '`;

Deno.test("export writes texts that their field refuses with !exact, and apply takes them", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const applied = await runCli(["apply", "-f", "-"], { databaseUrl: url, stdin: FILE });
    assert.equal(applied.code, 0, applied.err);
    await sql.unsafe(`${CHANGE}; update environments_environment set api_key = 'dev'`);
    const text = await exportOf(url, "O");
    assert.equal(
      text,
      `version: "1.0"

organisations:
  - name: O
    subscription:
      plan: !exact "free\\n"
      notes: " n "

projects:
  - name: !exact "P\\n"
    organisation: O
    tags:
      - { label: !exact " a", color: !exact "" }
    environments:
      - name: !exact "De\\nv"
        api_key: dev
    segments:
      - name: !exact "s "
        rules:
          - type: ALL
            conditions:
              - { property: p, operator: EQUAL, value: v }
    features:
      - name: f
        tags:
          - !exact " a"
        environments:
          - name: !exact "De\\nv"
            enabled: true
            segment_overrides:
              - { segment: !exact "s ", enabled: true }
`,
    );
    await assertInSync(url, "O", text);
  });
});

Deno.test("export --merge-into takes names over that only !exact can say, wherever they stand", async () => {
  const { code, out, err, text } = await mergedText(FILE, CHANGE);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, "Updated DIR/a.yaml.\nMerge complete: 7 changed, 0 added.\n");
  assert.equal(
    text,
    `version: '1.0'
organisations:
  - name: O # the one
    subscription: { plan: !exact "free\\n", notes: " n " }
projects:
  - name: !exact "P\\n" # its project
    organisation: O # again
    tags: [{ label: !exact " a", color: !exact "" }]
    environments:
      - name: !exact "De\\nv" # the first
    segments:
      - { name: !exact "s ", rules: [{ type: ALL, conditions: [{ property: p, operator: EQUAL, value: v }] }] }
    features:
      - name: f
        tags: [!exact " a"]
        environments:
          !exact "De\\nv": { enabled: true, segment_overrides: [{ segment: !exact "s ", enabled: true }] }
`,
  );
  const back = await mergedText(
    text,
    `update projects_project set name = 'P'; update tags_tag set label = 'a', color = '#fff';
     update environments_environment set name = ' v'; update segments_segment set name = 's';
     update organisations_subscription set plan = 'free', notes = 'm'`,
  );
  assert.deepEqual([back.code, back.err], [0, ""]);
  assert.equal(
    back.text,
    `version: '1.0'
organisations:
  - name: O # the one
    subscription: { plan: free, notes: m }
projects:
  - name: P # its project
    organisation: O # again
    tags: [{ label: a, color: "#fff" }]
    environments:
      - name: !exact " v" # the first
    segments:
      - { name: s, rules: [{ type: ALL, conditions: [{ property: p, operator: EQUAL, value: v }] }] }
    features:
      - name: f
        tags: [a]
        environments:
          !exact " v": { enabled: true, segment_overrides: [{ segment: s, enabled: true }] }
`,
  );
});

Deno.test("export --merge-into refuses to give a name of a JSON file what only a tag can say", async () => {
  const { code, err } = await mergedText(
    '{"version": "1.0", "organisations": [{"name": "O"}], "projects": [{"name": "P", "organisation": "O"}]}',
    "update projects_project set name = 'P '",
    "a.json",
  );
  assert.deepEqual([code, err], [
    1,
    `error: The files cannot be merged: project "P" at DIR/a.json:1:76 is "P " in the database, and its name at DIR/a.json:1:76 is in a file of JSON, which has no tag for it [FP448]
   = hint: Nothing was written; give it one name in both, then export again
`,
  ]);
});

Deno.test("names longer than the program knows their column are exported, and refused where they do not fit", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const applied = await runCli(["apply", "-f", "-"], { databaseUrl: url, stdin: FILE });
    assert.equal(applied.code, 0, applied.err);
    await sql.unsafe(`alter table segments_segment alter column name type text;
      update segments_segment set name = repeat('s', 2001);
      alter table tags_tag alter column label type varchar(200); update tags_tag set label = repeat('a', 101)`);
    const text = await exportOf(url, "O");
    assert.match(text, /- label: !exact "a{101}"$/m);
    assert.match(text, /- name: !exact "s{2001}"$/m);
    await assertInSync(url, "O", text);
    await withDatabase({}, async (other) => {
      const refused = await runCli(["apply", "-f", "-"], { databaseUrl: other.url, stdin: text });
      assert.deepEqual([refused.code, refused.err], [
        1,
        "error: Cannot write the rows: a value is too long [FP412]\n   = hint: Nothing was changed\n",
      ]);
      assert.equal((await other.sql`select from organisations_organisation`).length, 0);
    });
  });
});

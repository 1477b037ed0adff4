/** `export --merge-into` in files that are written in every way that YAML allows. */
import assert from "node:assert/strict";
import { mergedText } from "../support/export_merge.ts";

/** What a merge into one file says when it changed something. */
function updated(changed: number, added: number, text: string): object {
  const out = `Updated DIR/a.yaml.\nMerge complete: ${changed} changed, ${added} added.\n`;
  return { code: 0, out, err: "", text };
}

Deno.test("export --merge-into adds behind the last item in brackets, not into the comment after it", async () => {
  const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    settings: {
      stale_flags_limit_days: 10 # "short", on purpose
    }
    tags: [{ label: t1 }, { label: t2 }, { label: t3 }]
    features:
      - name: f
        tags: [
          t1, # first
          t2 # it's the last, for now
        ]
      - name: g
        tags: [
          t1,
          t2, # last
        ]
`;
  const change = `
      update projects_project set hide_disabled_flags = true;
      insert into features_feature_tags (feature_id, tag_id)
        select f.id, t.id from features_feature f, tags_tag t where t.label = 't3'`;
  assert.deepEqual(
    await mergedText(text, change),
    updated(
      3,
      0,
      text
        .replace("days: 10 #", "days: 10, hide_disabled_flags: true #")
        .replace("t2 # it's", "t2, t3 # it's")
        .replace("t2, # last", "t2, t3, # last"),
    ),
  );
});

Deno.test("export --merge-into puts several entries into empty brackets", async () => {
  const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    settings: {}
`;
  const change =
    "update projects_project set hide_disabled_flags = true, only_allow_lower_case_feature_names = false";
  assert.deepEqual(
    await mergedText(text, change),
    updated(
      2,
      0,
      text.replace("{}", "{ hide_disabled_flags: true, only_allow_lower_case_feature_names: false }"),
    ),
  );
});

Deno.test("export --merge-into changes the last entry of a mapping and adds one behind it", async () => {
  const text = `version: '1.0'
users:
  - email: a@example.com
    first_name: >-
      Ann

  - email: b@example.com
    first_name: |-
      Ann
  # the last one
  - email: c@example.com
    first_name:
organisations: [{ name: O, members: [{ email: a@example.com }, { email: b@example.com }, { email: c@example.com }] }]
`;
  const change = "update users_ffadminuser set first_name = 'Bea', last_name = 'Lee'";
  assert.deepEqual(
    await mergedText(text, change),
    updated(
      6,
      0,
      text
        .replace(/first_name: >-\n.*\n/, "first_name: >-\n      Bea\n    last_name: Lee\n")
        .replace(/first_name: \|-\n.*\n/, "first_name: |-\n      Bea\n    last_name: Lee\n")
        .replace("first_name:\n", "first_name: Bea\n    last_name: Lee\n"),
    ),
  );
});

Deno.test("export --merge-into adds to lists whose dashes stand below the keys around them", async () => {
  const text = `version: '1.0'
organisations:
- name: O
projects:
- name: P
  organisation: O
  environments:
  - {name: Dev, api_key: dev}
  tags:
  - label: t
`;
  const change = `
      update projects_project set hide_disabled_flags = true;
      update tags_tag set description = 'T', label = 't';
      insert into tags_tag select (json_populate_record(t, '{"id": 9, "label": "u", "uuid": "00000000-0000-4000-8000-000000000000"}')).* from tags_tag t`;
  assert.deepEqual(
    await mergedText(text, change),
    updated(
      2,
      1,
      `${text}    description: T
  - { label: u, description: T }
  settings: { hide_disabled_flags: true }
`,
    ),
  );
});

Deno.test("export --merge-into notes the variables of the secrets that it adds", async () => {
  const text = `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    environments:
      - { name: Dev, api_key: dev, server_side_environment_keys: [{ name: old, key: ser.old }] }
`;
  const change = `
      insert into environments_environmentapikey select (json_populate_record(k, '{"id": 9, "name": "new", "key": "ser.new"}')).* from environments_environmentapikey k`;
  assert.deepEqual(await mergedText(text, change), {
    code: 0,
    out: "Updated DIR/a.yaml.\nMerge complete: 0 changed, 1 added.\n",
    err: "note: Secrets are not exported. Before applying set P_DEV_NEW_KEY\n",
    text: text.replace("ser.old }]", 'ser.old }, { name: new, key: "${P_DEV_NEW_KEY}" }]'),
  });
});

/** `export --merge-into` adds, changes and takes out single items of lists; all other lines stay, with their comments. */
import assert from "node:assert/strict";
import { mergedText } from "../support/export_merge.ts";

const FILE = `version: '1.0'
users: # people
  - email: a@example.com # first
  - email: b@example.com # second
organisations:
  - name: O
    members: [{ email: a@example.com }, { email: b@example.com }]
    groups:
      - name: G # a group
        members: # who is in it
          - email: a@example.com # stays
          - email: b@example.com # goes
            group_admin: true # with this
projects:
  - name: P
    organisation: O
    tags: [{ label: x }, { label: y }, { label: z }]
    environments: [{ name: Dev }]
    segments:
      - name: s
        rules: # tree
          # the long form
          - type: ALL # outer
            rules:
              - type: ANY # inner
                conditions:
                  - property: plan # who pays
                    operator: EQUAL
                    value: pro # much
                  # between
                  - { property: age, operator: GREATER_THAN, value: '18' } # adults
                  - property: country # where
                    operator: IN # one of them
                    value: [de, at] # all there are
          - type: NONE # nobody of these
            conditions:
              - { property: banned, operator: IS_SET } # out
    features:
      - name: f
        tags: # labels
          - x # ex
          - y # why
        multivariate_options: # variants
          # the first
          - key: a # alpha
            value: A # big
            percentage_allocation: 10 # ten
          - { key: b, value: B, percentage_allocation: 50 } # half
          - key: c # gamma
            value: C
            percentage_allocation: 0 # none
        environments:
          Dev: # here
            multivariate: # shares
              - { option: a, percentage_allocation: 20 } # more
              - option: 2 # b
                percentage_allocation: 30 # of it
`;

const CHANGE = `
  delete from users_userpermissiongroup_users where ffadminuser_id = (select id from users_ffadminuser where email = 'b@example.com');
  insert into features_feature_tags (feature_id, tag_id) select f.id, t.id from features_feature f, tags_tag t where t.label = 'z';
  delete from features_feature_tags where tag_id = (select id from tags_tag where label = 'x');
  delete from multivariate_multivariatefeaturestatevalue where multivariate_feature_option_id = (select id from multivariate_multivariatefeatureoption where key = 'c');
  delete from multivariate_multivariatefeatureoption where key = 'c';
  insert into multivariate_multivariatefeatureoption (type, string_value, default_percentage_allocation, feature_id, uuid, key)
    select 'unicode', 'D', 5, id, gen_random_uuid(), 'd' from features_feature;
  insert into multivariate_multivariatefeaturestatevalue (feature_state_id, multivariate_feature_option_id, percentage_allocation, uuid)
    select s.id, o.id, 7, gen_random_uuid() from features_featurestate s, multivariate_multivariatefeatureoption o where o.key = 'd';
  update multivariate_multivariatefeatureoption set default_percentage_allocation = 11 where key = 'a';
  update multivariate_multivariatefeaturestatevalue set percentage_allocation = 33 where percentage_allocation = 30;
  update segments_condition set value = 'max' where property = 'plan';
  update segments_condition set value = '["de","at","ch"]' where property = 'country';
  delete from segments_condition where property = 'age';
  insert into segments_condition (operator, property, value, rule_id, created_with_segment, uuid)
    select 'EQUAL', 'beta', 'true', rule_id, true, gen_random_uuid() from segments_condition where property = 'banned'`;

Deno.test("export --merge-into touches the lines of items that differ, and keeps all others with their comments", async () => {
  const { code, out, err, text } = await mergedText(FILE, CHANGE);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, "Updated DIR/a.yaml.\nMerge complete: 5 changed, 0 added.\n");
  assert.equal(
    text,
    `version: '1.0'
users: # people
  - email: a@example.com # first
  - email: b@example.com # second
organisations:
  - name: O
    members: [{ email: a@example.com }, { email: b@example.com }]
    groups:
      - name: G # a group
        members: # who is in it
          - email: a@example.com # stays
projects:
  - name: P
    organisation: O
    tags: [{ label: x }, { label: y }, { label: z }]
    environments: [{ name: Dev }]
    segments:
      - name: s
        rules: # tree
          # the long form
          - type: ALL # outer
            rules:
              - type: ANY # inner
                conditions:
                  - property: plan # who pays
                    operator: EQUAL
                    value: max # much
                  # between
                  - property: country # where
                    operator: IN # one of them
                    value: [de, at, ch] # all there are
          - type: NONE # nobody of these
            conditions:
              - { property: banned, operator: IS_SET } # out
              - { property: beta, operator: EQUAL, value: "true" }
    features:
      - name: f
        tags: # labels
          - y # why
          - z
        multivariate_options: # variants
          # the first
          - key: a # alpha
            value: A # big
            percentage_allocation: 11 # ten
          - { key: b, value: B, percentage_allocation: 50 } # half
          - { value: D, key: d, percentage_allocation: 5 }
        environments:
          Dev: # here
            multivariate: # shares
              - { option: a, percentage_allocation: 20 } # more
              - option: 2 # b
                percentage_allocation: 33 # of it
              - { option: d, percentage_allocation: 7 }
`,
  );
});

const JSON_FILE = `{
  "version": "1.0",
  "organisations": [{ "name": "O" }],
  "projects": [{
    "name": "P",
    "organisation": "O",
    "tags": [{ "label": "x" }, { "label": "y" }],
    "features": [{
      "name": "f",
      "tags": [
        "x"
      ],
      "multivariate_options": [
        { "key": "a", "value": "A", "percentage_allocation": 10 },
        { "key": "b", "value": "B", "percentage_allocation": 20 }
      ]
    }]
  }]
}
`;

Deno.test("export --merge-into changes single items of a JSON file", async () => {
  const { code, err, text } = await mergedText(
    JSON_FILE,
    `insert into features_feature_tags (feature_id, tag_id) select f.id, t.id from features_feature f, tags_tag t where t.label = 'y';
     delete from multivariate_multivariatefeatureoption where key = 'b'`,
    "a.json",
  );
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    text,
    JSON_FILE.replace('"x"\n', '"x", "y"\n').replace(/,\n.*"key": "b".*/, ""),
  );
});

const ABSENT = `version: '1.0'
users: [{ email: a@example.com }, { email: b@example.com }]
organisations:
  - name: O
    members: [{ email: a@example.com }, { email: b@example.com }]
    groups:
      - name: G
        members:
          - email: a@example.com
            group_admin: false # no
          - { email: B@example.com, ensure: absent } # never
projects:
  - name: P
    organisation: O
    environments: [{ name: Dev }]
    features:
      - name: f
        multivariate_options:
          - key: a
            value: A
            percentage_allocation: 100 # all
          - { key: b, value: B, percentage_allocation: 0 }
`;

Deno.test("export --merge-into leaves what a file says without need, and items that it declares as absent", async () => {
  const { code, err, text } = await mergedText(
    ABSENT,
    `insert into users_userpermissiongroup_users (userpermissiongroup_id, ffadminuser_id, group_admin)
       select g.id, u.id, true from users_userpermissiongroup g, users_ffadminuser u where u.email = 'b@example.com';
     update multivariate_multivariatefeatureoption set string_value = 'C' where key = 'b'`,
  );
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    text,
    ABSENT.replace("B@example.com, ensure: absent", "B@example.com, group_admin: true").replace(
      "value: B",
      "value: C",
    ),
  );
});

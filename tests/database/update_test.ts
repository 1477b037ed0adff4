/** `on_exists: update`, field by field: exactly the declared column changes, and the second run changes nothing. */
import assert from "node:assert/strict";
import { fieldRows } from "../../scripts/generators/format_fields.ts";
import { ALL_SPECS, KIND_NAMES, type KindName } from "../../src/kinds/specs.ts";
import { withDatabase } from "../support/database.ts";
import { diffDumps, type Dump, dumpTables } from "../support/dump.ts";
import { applied } from "../support/given.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";

const RULE = (value: string) => ({
  type: "ALL",
  conditions: [],
  rules: [{ type: "ANY", conditions: [{ property: "plan", operator: "EQUAL", value }], rules: [] }],
});

/** One of everything; what the cases change. */
const BASE = {
  users: [{ email: "a@example.com" }, { email: "b@example.com" }, { email: "c@example.com" }],
  organisations: [{
    name: "O",
    members: ["a", "b", "c"].map((name) => ({ email: `${name}@example.com` })),
    subscription: { plan: "free" },
    groups: [
      { name: "G", members: [{ email: "a@example.com" }, { email: "b@example.com" }] },
      { name: "H" },
    ],
    master_api_keys: [{ name: "K" }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "t" }, { label: "u" }],
    environments: [
      {
        name: "E",
        server_side_environment_keys: [{ name: "S" }],
        identities: [{ identifier: "i", traits: { plan: "pro", age: 1, score: 1.5, beta: true } }],
      },
      { name: "V", settings: { use_v2_feature_versioning: true } },
    ],
    segments: [{ name: "s", rules: [RULE("x")] }, { name: "r", rules: [RULE("x")] }],
    features: [
      { name: "f", initial_value: "1" },
      { name: "g" },
      { name: "h" },
      {
        name: "m",
        multivariate_options: [
          { value: "one", key: "one", percentage_allocation: 10 },
          { value: "two", percentage_allocation: 20 },
        ],
      },
    ],
  }],
  segment_overrides: ["E", "V"].flatMap((environment) =>
    ["s", "r"].map((segment) => ({ feature: "f", project: "P", environment, segment, enabled: false }))
  ),
  identity_overrides: [{ feature: "f", project: "P", environment: "E", identifier: "i", enabled: false }],
  permissions: [
    { user: "b@example.com", organisation: "O", permissions: ["CREATE_PROJECT"] },
    { group: "G", organisation: "O", permissions: ["CREATE_PROJECT"] },
    { user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] },
    { group: "G", project: "P", permissions: ["VIEW_PROJECT"] },
    { user: "b@example.com", project: "P", environment: "E", permissions: ["VIEW_ENVIRONMENT"] },
    { group: "G", project: "P", environment: "E", permissions: ["VIEW_ENVIRONMENT"] },
  ],
};

const GIVEN = applied([BASE]);

/** What a case changes: `table` → changed columns, and counts of rows that come (`+`) and go (`-`). */
type Changes = Readonly<Record<string, string | number>>;

interface Case {
  readonly field: string;
  readonly document: unknown;
  readonly changes: Changes;
}

function list(name: string, item: Readonly<Record<string, unknown>>): (fields: object) => unknown {
  return (fields) => ({ [name]: [{ ...item, on_exists: "update", ...fields }] });
}

/** Cases of plain columns: a field, its new value, the changed columns, and rows that are added besides. */
function plain(
  kind: KindName,
  wrap: (fields: object) => unknown,
  table: string,
  values: Readonly<Record<string, unknown>>,
  also: Changes = {},
  columns: Readonly<Record<string, string>> = {},
): readonly Case[] {
  return Object.entries(values).map(([path, value]) => {
    const [first = "", second] = path.split(".");
    return {
      field: `${kind}.${path}`,
      document: wrap({ [first]: second === undefined ? value : { [second]: value } }),
      changes: { [table]: columns[path] ?? second ?? first, ...also },
    };
  });
}

const ENVIRONMENT = { environments_historicalenvironment: 1, "updated_at of environments": 1 };
const FEATURE = { features_historicalfeature: 1, "updated_at of environments": 2 };
const STATE = { features_historicalfeaturestate: 1, "updated_at of environments": 1 };
const at = (environment: string) => ({ feature: "f", project: "P", environment });
const environmentItem = list("environments", { name: "E", project: "P" });
const featureItem = (name: string) => list("features", { name, project: "P" });
const segmentItem = list("segments", { name: "s", project: "P" });
const permissionItem = (holder: object, object: object) => list("permissions", { ...holder, ...object });

const HOLDERS = { user: { user: "b@example.com" }, group: { group: "G" } };
const OBJECTS = {
  organisation: { where: { organisation: "O" }, keys: ["MANAGE_USER_GROUPS"] },
  project: { where: { project: "P" }, keys: ["CREATE_ENVIRONMENT", "DELETE_FEATURE"] },
  environment: { where: { project: "P", environment: "E" }, keys: ["MANAGE_IDENTITIES", "VIEW_IDENTITIES"] },
};
const PERMISSION_TABLES: Readonly<Record<string, readonly [string, string]>> = {
  user_organisation: [
    "organisation_permissions_userorganisationpermission",
    "organisation_permissions_userorganisationpermission_permissions",
  ],
  group_organisation: [
    "organisation_permissions_userpermissiongrouporganisationperbee4",
    "organisation_permissions_userpermissiongrouporganisationper792d",
  ],
  user_project: ["projects_userprojectpermission", "projects_userprojectpermission_permissions"],
  group_project: [
    "projects_userpermissiongroupprojectpermission",
    "projects_userpermissiongroupprojectpermission_permissions",
  ],
  user_environment: [
    "environments_userenvironmentpermission",
    "environments_userenvironmentpermission_permissions",
  ],
  group_environment: [
    "environments_userpermissiongroupenvironmentpermission",
    "environments_userpermissiongroupenvironmentpermission_permia538",
  ],
};

/** A new version of `f` in the versioned environment: the version, and copies of its three states. */
const VERSION = {
  "feature_versioning_environmentfeatureversion +": 1,
  "feature_versioning_historicalenvironmentfeatureversion +": 2,
  "features_featuresegment +": 2,
  "features_featurestate +": 3,
  "features_featurestatevalue +": 3,
  "updated_at of environments": 1,
};
const versioned = (histories: readonly [segments: number, states: number, values: number]): Changes => ({
  ...VERSION,
  "features_historicalfeaturesegment +": histories[0],
  "features_historicalfeaturestate +": histories[1],
  "features_historicalfeaturestatevalue +": histories[2],
});

const CASES: readonly Case[] = [
  ...plain(
    "user",
    list("users", { email: "a@example.com" }),
    "users_ffadminuser",
    {
      first_name: "Ada",
      last_name: "Lovelace",
      username: "ada",
      is_superuser: true,
      is_active: false,
      sign_up_type: "INVITE_LINK",
    },
    {},
    { is_superuser: "is_staff, is_superuser" },
  ),
  ...plain("organisation", list("organisations", { name: "O" }), "organisations_organisation", {
    "settings.force_2fa": true,
    "settings.persist_trait_data": false,
    "settings.restrict_project_create_to_admin": true,
    "settings.stop_serving_flags": true,
    "settings.block_access_to_admin": true,
    "settings.feature_analytics": true,
    "settings.webhook_notification_email": "hook@example.com",
  }),
  {
    field: "organisation.settings.persist_trait_data back",
    document: list("organisations", { name: "O" })({ settings: { persist_trait_data: true } }),
    changes: { organisations_organisation: "persist_trait_data" },
  },
  ...plain(
    "subscription",
    (fields) => ({
      organisations: [{ name: "O", on_exists: "update", subscription: { on_exists: "update", ...fields } }],
    }),
    "organisations_subscription",
    {
      plan: "enterprise",
      seats: 20,
      api_calls: 1000,
      subscription_id: "sub",
      customer_id: "cus",
      billing_status: "ACTIVE",
      payment_method: "CHARGEBEE",
      notes: "paid",
    },
    { "organisations_historicalsubscription +": 1 },
    { seats: "max_seats", api_calls: "max_api_calls" },
  ),
  {
    field: "member.role",
    document: {
      organisations: [{
        name: "O",
        on_exists: "update",
        members: [{ email: "b@example.com", role: "ADMIN", on_exists: "update" }],
      }],
    },
    changes: { organisations_userorganisation: "role" },
  },
  ...plain("group", list("groups", { name: "G", organisation: "O" }), "users_userpermissiongroup", {
    is_default: true,
    external_id: "ext",
    ldap_dn: "cn=group,dc=example",
  }),
  {
    field: "group.members[].email",
    document: list("groups", { name: "G", organisation: "O" })({ members: [{ email: "c@example.com" }] }),
    changes: { "users_userpermissiongroup_users +": 1 },
  },
  {
    field: "group.members[].group_admin",
    document: list("groups", { name: "G", organisation: "O" })({
      members: [{ email: "a@example.com", group_admin: true }],
    }),
    changes: { users_userpermissiongroup_users: "group_admin" },
  },
  {
    field: "group.members[].ensure",
    document: list("groups", { name: "G", organisation: "O" })({
      members: [{ email: "b@example.com", ensure: "absent" }],
    }),
    changes: { "users_userpermissiongroup_users -": 1 },
  },
  ...plain(
    "master_api_key",
    list("master_api_keys", { name: "K", organisation: "O" }),
    "api_keys_masterapikey",
    {
      is_admin: false,
      expires_at: "2030-01-01T00:00:00Z",
    },
    {},
    { expires_at: "expiry_date" },
  ),
  ...plain(
    "project",
    list("projects", { name: "P", organisation: "O" }),
    "projects_project",
    { "settings.hide_disabled_flags": true, "settings.enable_realtime_updates": true },
    { "updated_at of environments": 2 },
  ),
  ...plain("project", list("projects", { name: "P", organisation: "O" }), "projects_project", {
    "settings.prevent_flag_defaults": true,
    "settings.only_allow_lower_case_feature_names": false,
    "settings.feature_name_regex": "[a-z]+",
    "settings.stale_flags_limit_days": 5,
    "settings.enforce_feature_owners": true,
    "settings.max_features_allowed": 7,
    "settings.max_segments_allowed": 8,
    "settings.max_segment_overrides_allowed": 9,
    "settings.minimum_change_request_approvals": 2,
  }),
  ...plain("tag", list("tags", { label: "t", project: "P" }), "tags_tag", {
    color: "#000000",
    description: "text",
    is_permanent: true,
  }),
  ...plain(
    "environment",
    environmentItem,
    "environments_environment",
    {
      description: "text",
      "settings.allow_client_traits": false,
      "settings.hide_disabled_flags": true,
      "settings.hide_sensitive_data": true,
      "settings.use_identity_composite_key_for_hashing": false,
      "settings.use_identity_overrides_in_local_eval": false,
      "settings.minimum_change_request_approvals": 3,
      "settings.banner_text": "Careful",
      "settings.banner_colour": "#ff0000",
      "settings.description": "other text",
    },
    ENVIRONMENT,
    {
      "settings.use_identity_composite_key_for_hashing": "use_mv_v2_evaluation",
    },
  ),
  ...plain(
    "server_side_environment_key",
    list("server_side_environment_keys", { name: "S", project: "P", environment: "E" }),
    "environments_environmentapikey",
    { active: false, expires_at: "2030-01-01T00:00:00Z" },
  ),
  {
    field: "segment.description",
    document: segmentItem({ description: "text" }),
    changes: {
      segments_segment: "description, updated_at",
      "segments_historicalsegment +": 1,
      "updated_at of environments": 2,
    },
  },
  {
    field: "segment.feature",
    document: segmentItem({ rules: [RULE("x")], feature: "g" }),
    changes: {
      segments_segment: "feature_id, updated_at",
      "segments_historicalsegment +": 1,
      "updated_at of environments": 2,
    },
  },
  ...([
    ["rules[].rules[].conditions[].value", [RULE("y")], {
      segments_condition: "updated_at, value",
      "segments_historicalcondition +": 1,
    }],
    [
      "rules[].rules[].conditions[].operator",
      [{
        ...RULE("y"),
        rules: [{
          type: "ANY",
          rules: [],
          conditions: [{ property: "plan", operator: "CONTAINS", value: "y" }],
        }],
      }],
      { segments_condition: "operator, updated_at", "segments_historicalcondition +": 1 },
    ],
    [
      "rules[].rules[].type",
      [{
        ...RULE("y"),
        rules: [{
          type: "NONE",
          rules: [],
          conditions: [{ property: "plan", operator: "CONTAINS", value: "y" }],
        }],
      }],
      { segments_segmentrule: "type, updated_at", "segments_historicalsegmentrule +": 1 },
    ],
    [
      "rules[].rules[].conditions[].property",
      [{
        ...RULE("y"),
        rules: [{
          type: "NONE",
          rules: [],
          conditions: [
            { property: "age", operator: "CONTAINS", value: "y", description: "why" },
            { property: "beta", operator: "IS_SET" },
          ],
        }],
      }],
      {
        segments_condition: "description, property, updated_at",
        "segments_condition +": 1,
        "segments_historicalcondition +": 2,
      },
    ],
    [
      "rules",
      [
        {
          ...RULE("y"),
          rules: [{ type: "NONE", rules: [], conditions: [{ property: "age", operator: "IS_SET" }] }],
        },
        RULE("z"),
      ],
      {
        segments_condition: "deleted_at, updated_at; description, operator, updated_at, value",
        "segments_condition +": 1,
        "segments_segmentrule +": 2,
        "segments_historicalcondition +": 3,
        "segments_historicalsegmentrule +": 2,
        "softdelete_changeset +": 1,
        "softdelete_softdeleterecord +": 1,
      },
    ],
    [
      "rules[].type",
      [{ ...RULE("y"), type: "ANY", rules: [] }],
      {
        segments_condition: "deleted_at, updated_at; deleted_at, updated_at",
        segments_segmentrule:
          "deleted_at, updated_at; deleted_at, updated_at; deleted_at, updated_at; type, updated_at",
        "segments_historicalcondition +": 2,
        "segments_historicalsegmentrule +": 4,
        "softdelete_changeset +": 2,
        "softdelete_softdeleterecord +": 5,
      },
    ],
    [
      "rules[].conditions",
      [{ type: "ANY", rules: [], conditions: [{ property: "plan", operator: "EQUAL", value: "x" }] }],
      { "segments_condition +": 1, "segments_historicalcondition +": 1 },
    ],
  ] as const).map(([field, rules, changes]) => ({
    field: `segment.${field}`,
    document: segmentItem({ rules }),
    changes: {
      segments_segment: "rules_data, updated_at",
      "segments_historicalsegment +": 1,
      "updated_at of environments": 2,
      ...changes,
    },
  })),
  ...plain("feature", featureItem("f"), "features_feature", {
    description: "text",
    default_enabled: true,
    initial_value: "2",
    is_archived: true,
    is_server_key_only: true,
    type: "MULTIVARIATE",
  }, FEATURE),
  ...([
    ["tags", ["t"], { "features_feature_tags +": 1 }],
    ["tags", ["u"], { "features_feature_tags +": 1, "features_feature_tags -": 1 }],
    ["tags", [], { "features_feature_tags -": 1 }],
    ["owners", ["a@example.com", "b@example.com"], { "features_feature_owners +": 2 }],
    ["owners", ["b@example.com"], { "features_feature_owners -": 1 }],
    ["group_owners", ["G", "H"], { "features_feature_group_owners +": 2 }],
    ["group_owners", ["H"], { "features_feature_group_owners -": 1 }],
  ] as const).map(([name, items, changes]) => ({
    field: `feature.${name}`,
    document: featureItem("g")({ [name]: items }),
    changes,
  })),
  ...([
    [
      "multivariate_options[].value",
      [{ key: "one", value: 1 }],
      { multivariate_multivariatefeatureoption: "integer_value, string_value, type" },
    ],
    [
      "multivariate_options[].percentage_allocation",
      [{ key: "one", value: 1, percentage_allocation: 15 }],
      { multivariate_multivariatefeatureoption: "default_percentage_allocation" },
    ],
    [
      "multivariate_options[].key",
      [
        { key: "one", value: 1, percentage_allocation: 15 },
        { key: "two", value: "two", percentage_allocation: 20 },
      ],
      { multivariate_multivariatefeatureoption: "key" },
    ],
  ] as const).map(([field, options, changes]) => ({
    field: `feature.${field}`,
    document: featureItem("m")({ multivariate_options: options }),
    changes: {
      ...changes,
      "multivariate_historicalmultivariatefeatureoption +": 1,
      "updated_at of environments": 2,
    },
  })),
  {
    field: "feature.multivariate_options",
    document: featureItem("h")({ multivariate_options: [{ value: true, percentage_allocation: 30 }] }),
    changes: {
      features_feature: "type",
      "features_historicalfeature +": 1,
      "multivariate_multivariatefeatureoption +": 1,
      "multivariate_historicalmultivariatefeatureoption +": 1,
      "multivariate_multivariatefeaturestatevalue +": 2,
      "multivariate_historicalmultivariatefeaturestatevalue +": 2,
      "updated_at of environments": 2,
    },
  },
  {
    field: "feature.multivariate_options[].ensure",
    document: featureItem("h")({ multivariate_options: [{ value: true, ensure: "absent" }] }),
    changes: {
      features_feature: "type",
      "features_historicalfeature +": 1,
      "multivariate_multivariatefeatureoption -": 1,
      "multivariate_historicalmultivariatefeatureoption +": 1,
      "multivariate_multivariatefeaturestatevalue -": 2,
      "multivariate_historicalmultivariatefeaturestatevalue +": 2,
      "updated_at of environments": 2,
    },
  },
  {
    field: "feature_state.enabled",
    document: list("feature_states", at("E"))({ enabled: true }),
    changes: { features_featurestate: "enabled, updated_at", ...plus(STATE) },
  },
  {
    field: "feature_state.value",
    document: list("feature_states", at("E"))({ value: "text" }),
    changes: {
      features_featurestatevalue: "integer_value, string_value, type",
      "features_historicalfeaturestatevalue +": 1,
      "updated_at of environments": 1,
    },
  },
  ...["multivariate", "multivariate[].option", "multivariate[].percentage_allocation"].map((field, n) => ({
    field: `feature_state.${field}`,
    document: list("feature_states", { ...at("E"), feature: "m" })({
      multivariate: [{ option: n < 2 ? "one" : 2, percentage_allocation: 1 + n }],
    }),
    changes: {
      multivariate_multivariatefeaturestatevalue: "percentage_allocation",
      "multivariate_historicalmultivariatefeaturestatevalue +": 1,
      "updated_at of environments": 1,
    },
  })),
  {
    field: "feature_state.enabled of a version",
    document: list("feature_states", at("V"))({ enabled: true }),
    changes: versioned([2, 4, 4]),
  },
  {
    field: "segment_override.enabled",
    document: list("segment_overrides", { ...at("E"), segment: "s" })({ enabled: true }),
    changes: { features_featurestate: "enabled, updated_at", ...plus(STATE) },
  },
  {
    field: "segment_override.value",
    document: list("segment_overrides", { ...at("E"), segment: "s" })({ value: 5 }),
    changes: {
      features_featurestatevalue: "integer_value",
      "features_historicalfeaturestatevalue +": 1,
      "updated_at of environments": 1,
    },
  },
  {
    field: "segment_override.priority",
    document: list("segment_overrides", { ...at("E"), segment: "s" })({ priority: 4 }),
    changes: {
      features_featuresegment: "priority",
      "features_historicalfeaturesegment +": 1,
      "updated_at of environments": 1,
    },
  },
  {
    field: "segment_override.value of a version",
    document: list("segment_overrides", { ...at("V"), segment: "s" })({ value: 5 }),
    changes: versioned([3, 4, 4]),
  },
  {
    field: "segment_override.priority of a version",
    document: list("segment_overrides", { ...at("V"), segment: "s" })({ priority: 4 }),
    changes: versioned([3, 3, 3]),
  },
  ...["segment_override", "identity_override"].flatMap((kind) =>
    ["multivariate", "multivariate[].option", "multivariate[].percentage_allocation"].map((field, n) => ({
      field: `${kind}.${field}`,
      document: list(`${kind}s`, {
        ...at("E"),
        feature: "m",
        ...(kind === "segment_override" ? { segment: "s" } : { identifier: "i" }),
      })({ multivariate: [{ option: "one", percentage_allocation: 5 + n }] }),
      changes: n === 0 ? { created: 1 } : {
        multivariate_multivariatefeaturestatevalue: "percentage_allocation",
        "multivariate_historicalmultivariatefeaturestatevalue +": 1,
        "updated_at of environments": 1,
      },
    }))
  ),
  {
    field: "identity_override.enabled",
    document: list("identity_overrides", { ...at("E"), identifier: "i" })({ enabled: true }),
    changes: { features_featurestate: "enabled, updated_at", ...plus(STATE) },
  },
  {
    field: "identity_override.value",
    document: list("identity_overrides", { ...at("E"), identifier: "i" })({ value: false }),
    changes: {
      features_featurestatevalue: "boolean_value, integer_value, type",
      "features_historicalfeaturestatevalue +": 1,
      "updated_at of environments": 1,
    },
  },
  {
    field: "identity.traits.NAME",
    document: list("identities", { identifier: "i", project: "P", environment: "E" })({
      traits: { plan: "team", age: 2, score: 1.5, beta: "yes", fresh: false },
    }),
    changes: {
      environments_trait: "boolean_value, string_value, value_type; integer_value; string_value",
      "environments_trait +": 1,
    },
  },
  ...Object.entries(HOLDERS).flatMap(([holder, who]) =>
    Object.entries(OBJECTS).flatMap(([object, { where, keys }]): readonly Case[] => {
      const [table = "", link = ""] = PERMISSION_TABLES[`${holder}_${object}`] ?? [];
      const kind = `${holder}_${object}_permission`;
      const item = permissionItem(who, where);
      return [
        ...(object === "organisation"
          ? []
          : [{ field: `${kind}.admin`, document: item({ admin: true }), changes: { [table]: "admin" } }]),
        {
          field: `${kind}.permissions`,
          document: item({ permissions: keys }),
          changes: { [`${link} +`]: keys.length, [`${link} -`]: 1 },
        },
      ];
    })
  ),
];

function plus(changes: Changes): Changes {
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [name.includes(" ") ? name : `${name} +`, value]),
  );
}

/** Differences in the form of a case's `changes`. */
function changesOf(before: Dump, after: Dump): Changes {
  const { inserted, deleted, updated } = diffDumps(before, after);
  const found: Record<string, string | number> = {};
  for (const [table, rows] of inserted) if (table !== "provisioning_log") found[`${table} +`] = rows.length;
  for (const [table, rows] of deleted) found[`${table} -`] = rows.length;
  for (const [table, rows] of updated) {
    const columns = rows.map((row) =>
      row.columns.filter((c) => table !== "environments_environment" || c !== "updated_at")
    );
    const touched = rows.filter((row) =>
      table === "environments_environment" && row.columns.includes("updated_at")
    );
    if (touched.length > 0) found["updated_at of environments"] = touched.length;
    const words = columns.filter((c) => c.length > 0).map((c) => [...c].sort().join(", ")).sort().join("; ");
    if (words !== "") found[table] = words;
  }
  return found;
}

async function run(url: string, document: unknown): Promise<CliResult> {
  const result = await runCli(["-f", "-"], {
    databaseUrl: url,
    stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
  });
  assert.equal(result.code, 0, result.err);
  return result;
}

Deno.test("update makes each declared field so, and nothing else, and the second run writes nothing", async (t) => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    let last: Dump | undefined;
    for (const { field, document, changes } of CASES) {
      await t.step(field, async () => {
        // The second run of the case before has changed nothing.
        const before = last ?? await dumpTables(sql);
        last = undefined;
        await run(url, document);
        const after = await dumpTables(sql);
        if (!("created" in changes)) {
          const wanted = Object.entries(changes).map(([name, value]) =>
            name.includes(" ") || typeof value === "string" ? [name, value] : [`${name} +`, value]
          );
          assert.deepEqual(changesOf(before, after), Object.fromEntries(wanted));
        }
        const { out, err } = await run(url, document);
        assert.match(out, /Provisioning complete: 0 created, \d+ skipped\.\n$/);
        assert.equal(err, "");
        assert.deepEqual(await dumpTables(sql), after);
        last = after;
      });
    }
  });
});

/** Fields that an update does not change, and why. */
const NOT_UPDATED: Readonly<Record<string, string>> = {
  description: "kept in the log only",
  password: "replaced by rotate",
  password_hash: "replaced by rotate",
  key: "replaced by rotate",
  api_key: "replaced by rotate",
  output: "names an output",
  generate_password: "replaced by rotate",
  create_user: "counts for creating the user only",
  is_active: "of a member: newest_release_test.ts, since older releases cannot hold it",
};

Deno.test("update has a case for every field of every kind", () => {
  const covered = new Set(CASES.map(({ field }) => field));
  const left = KIND_NAMES.flatMap((kind) => {
    const { schema, identityField, parts } = ALL_SPECS[kind];
    const names = [identityField, ...(parts === undefined ? [] : ["environment", "segment", "identifier"])];
    return fieldRows(schema).filter(({ path, type }) => {
      const [first = ""] = path.split(/[.[]/);
      if (names.includes(path) || (kind.endsWith("_permission") && ["user", "group"].includes(path))) {
        return false;
      }
      const bare = ["user", "organisation", "project", "master_api_key"].includes(kind);
      if (path in NOT_UPDATED && (path !== "description" || bare)) return false;
      if (kind.endsWith("_organisation_permission") && path === "admin") return false;
      if (path === "settings" || path === "settings.use_v2_feature_versioning") return false;
      if (covered.has(`${kind}.${path}`)) return false;
      // Parts of a tree are looked at where they are in full, a list where its items are.
      if (kind === "segment" && first === "rules") return false;
      return !(type === "list" && [...covered].some((c) => c.startsWith(`${kind}.${path}[`)));
    }).map(({ path }) => `${kind}.${path}`);
  });
  assert.deepEqual(left, []);
});

Deno.test("update leaves undeclared fields and manual edits alone", async () => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    await sql`update features_feature set description = 'by hand', is_archived = true where name = 'f'`;
    await sql`update environments_environment set banner_text = 'by hand' where name = 'E'`;
    const before = await dumpTables(sql);
    await run(url, featureItem("f")({ initial_value: "9" }));
    assert.deepEqual(changesOf(before, await dumpTables(sql)), {
      features_feature: "initial_value",
      "features_historicalfeature +": 1,
      "updated_at of environments": 2,
    });
    const [row] = await sql`select description, is_archived from features_feature where name = 'f'`;
    assert.deepEqual({ ...row }, { description: "by hand", is_archived: true });
  });
});

Deno.test("update refuses to switch the versioning of a live environment", async () => {
  await withDatabase({ given: GIVEN }, async ({ sql, url }) => {
    const before = await dumpTables(sql);
    const document = environmentItem({ settings: { use_v2_feature_versioning: true } });
    const { code, err } = await runCli(["-f", "-"], {
      databaseUrl: url,
      stdin: JSON.stringify({ version: "1.0", ...Object(document) }),
    });
    assert.equal(code, 1);
    assert.match(err, /Environment "E" exists without feature versioning[\s\S]*\[FP304\]/);
    assert.deepEqual(await dumpTables(sql), before);
  });
});

Deno.test("on_exists: update adds an option and gives states a share of it in the same run", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const both = ["E", "V"];
    const document = (options: readonly object[], shares: readonly object[]) => ({
      defaults: { on_exists: "update" },
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments: [{ name: "E" }, { name: "V", settings: { use_v2_feature_versioning: true } }],
        segments: [{ name: "s", rules: [RULE("x")] }, { name: "r", rules: [RULE("x")] }],
        features: [{
          name: "f",
          multivariate_options: options,
          environments: Object.fromEntries(both.map((name) => [name, {
            multivariate: shares,
            segment_overrides: [{ segment: "s", multivariate: shares }],
          }])),
        }],
      }],
    });
    const a = { key: "a", value: "a", percentage_allocation: 10 };
    const b = { key: "b", value: "b", percentage_allocation: 20 };
    await applyDocuments([document([a], [{ option: "a", percentage_allocation: 30 }])], { databaseUrl: url });
    const wish = document([a, b], [{ option: "a", percentage_allocation: 30 }, {
      option: "b",
      percentage_allocation: 40,
    }]);
    await applyDocuments([wish], { databaseUrl: url });
    const rows = await sql`
      select e.name as environment, s.feature_segment_id is not null as override,
        array_agg(o.key || ' ' || m.percentage_allocation order by o.key) as shares
      from features_featurestate s join environments_environment e on e.id = s.environment_id
        join multivariate_multivariatefeaturestatevalue m on m.feature_state_id = s.id
        join multivariate_multivariatefeatureoption o on o.id = m.multivariate_feature_option_id
        left join feature_versioning_environmentfeatureversion v on v.uuid = s.environment_feature_version_id
      where v.uuid is null or v.live_from = (select max(live_from) from feature_versioning_environmentfeatureversion)
      group by 1, 2, s.id order by 1, 2`;
    const shares = ["a 30", "b 40"];
    assert.deepEqual(
      [...rows],
      both.flatMap((environment) => [false, true].map((override) => ({ environment, override, shares }))),
    );
    const [again] = await applyDocuments([wish], { databaseUrl: url });
    assert.match(again?.out ?? "", /^Provisioning complete: 0 created, \d+ skipped\.$/m);
  });
});

Deno.test("on_exists: update keeps the share of a new option when other parts of the flag change in the same run", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const document = (options: readonly object[], enabled: boolean) => ({
      defaults: { on_exists: "update" },
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments: [{ name: "V", settings: { use_v2_feature_versioning: true } }],
        features: [{ name: "f", multivariate_options: options, environments: { V: { enabled } } }],
      }],
    });
    const a = { key: "a", value: "a", percentage_allocation: 10 };
    await applyDocuments([document([], false), document([a], true)], { databaseUrl: url });
    const rows = await sql`select s.enabled, m.percentage_allocation as share
      from features_featurestate s left join multivariate_multivariatefeaturestatevalue m on m.feature_state_id = s.id order by s.id`;
    assert.deepEqual([...rows], [{ enabled: false, share: 10 }, { enabled: true, share: 10 }]);
  });
});

Deno.test("on_exists: update gives overrides the declared priorities in one run, whatever stands there", async () => {
  for (const versioned of [false, true]) {
    await withDatabase({}, async ({ sql, url }) => {
      const document = (overrides: readonly object[]) => ({
        defaults: { on_exists: "update" },
        organisations: [{ name: "O" }],
        projects: [{
          name: "P",
          organisation: "O",
          environments: [{ name: "E", settings: { use_v2_feature_versioning: versioned } }],
          segments: ["a", "b", "c"].map((name) => ({ name, rules: [RULE("x")] })),
          features: [{ name: "f", environments: { E: { segment_overrides: overrides } } }],
        }],
      });
      const wish = document([{ segment: "c", priority: 0 }, { segment: "b", priority: 1 }]);
      await applyDocuments([document([{ segment: "b", priority: 1 }, { segment: "a", priority: 0 }]), wish], {
        databaseUrl: url,
      });
      const rows = await sql`select g.name, s.priority from features_featuresegment s
        join segments_segment g on g.id = s.segment_id
        where s.environment_feature_version_id is not distinct from (select uuid
          from feature_versioning_environmentfeatureversion order by live_from desc limit 1) order by 2`;
      assert.deepEqual([...rows], [{ name: "c", priority: 0 }, { name: "b", priority: 1 }, {
        name: "a",
        priority: 2,
      }]);
      const [again] = await applyDocuments([wish], { databaseUrl: url });
      assert.match(again?.out ?? "", /^Provisioning complete: 0 created, \d+ skipped\.$/m);
    });
  }
});

/** A small data set that touches all kinds, a change of it, and the secrets in it that nobody may ever see. */

/** Ready-made, since hashing is slow on purpose. */
const HASH = "pbkdf2_sha256$1000000$CanarySaltOfTheHash22x$CanaryOfThePasswordHashThatNobodyMaySeeAbc0=";
const SERVER_KEY = "ser.CanaryOfTheServerKey01";
const ROW_SECRET = "CanaryOfTheRow";

/** A table that no kind describes, for `rows`. */
export const FAULT_TABLE =
  "create table saml_fault (id serial primary key, name text unique, label text, token text, project_id int references projects_project (id) deferrable initially deferred)";
const row = (name: string, label: string) => ({
  table: "saml_fault",
  key: { name },
  set: { label, token: ROW_SECRET },
  secret: ["token"],
});

/** Texts that no output, message or log may hold. */
export const CANARIES: readonly string[] = [
  HASH,
  "CanaryOfThePasswordHash",
  "CanaryOfTheServerKey",
  ROW_SECRET,
];

const RULE = (value: string) => ({
  type: "ALL",
  rules: [{ type: "ANY", conditions: [{ property: "plan", operator: "EQUAL", value }] }],
});
const AT = { project: "P", environment: "E" };

/** Hashing it takes a third of a second, so it is there in full runs only; it is chosen, or each run would say another. */
const KEY = { name: "K", key: "faultkey.0123456789abcdef0123456789abcdef" };

/** One of everything. */
export const DATA = {
  app_domain: "flags.example.com",
  users: [{ email: "a@example.com", password_hash: HASH }, { email: "b@example.com" }, {
    email: "c@example.com",
  }],
  organisations: [{
    name: "O",
    members: [{ email: "a@example.com", role: "ADMIN" }, { email: "b@example.com" }],
    subscription: { plan: "free", seats: 3 },
    ...(Deno.env.get("FULL_TESTS") === "1" ? { master_api_keys: [KEY] } : {}),
    groups: [{ name: "G", members: [{ email: "b@example.com" }] }],
  }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "t" }, { label: "u" }],
    environments: [
      {
        name: "E",
        api_key: "chosen-client-key-of-e",
        server_side_environment_keys: [{ name: "S", key: SERVER_KEY }],
        identities: [{ identifier: "i", traits: { plan: "pro", age: 1 } }],
      },
      { name: "V", settings: { use_v2_feature_versioning: true } },
    ],
    segments: [{ name: "s", rules: [RULE("x")] }, { name: "r", rules: [RULE("x")] }],
    features: [
      { name: "f", initial_value: "1", tags: ["t"], owners: ["a@example.com"] },
      {
        name: "m",
        multivariate_options: [{ value: "one", key: "one", percentage_allocation: 10 }],
      },
      { name: "gone" },
    ],
  }],
  feature_states: [{ feature: "f", ...AT, enabled: true, value: "on" }],
  segment_overrides: ["E", "V"].map((environment) => ({
    feature: "f",
    project: "P",
    environment,
    segment: "s",
    enabled: false,
  })),
  identity_overrides: [{ feature: "f", ...AT, identifier: "i", enabled: false }],
  permissions: [
    { user: "b@example.com", organisation: "O", permissions: ["CREATE_PROJECT"] },
    { group: "G", organisation: "O", permissions: ["CREATE_PROJECT"] },
    { user: "b@example.com", project: "P", permissions: ["VIEW_PROJECT"] },
    { group: "G", project: "P", permissions: ["VIEW_PROJECT"] },
    { user: "b@example.com", ...AT, permissions: ["VIEW_ENVIRONMENT"] },
    { group: "G", ...AT, permissions: ["VIEW_ENVIRONMENT"] },
  ],
  rows: [row("kept", "old"), row("gone", "old")],
};

/** Creations, updates, a renaming and deletions on top of it. */
export const CHANGE = {
  defaults: { on_exists: "update" },
  app_domain: "other.example.com",
  users: [
    { email: "a@example.com", first_name: "Ada" },
    { email: "c@example.com", ensure: "absent" },
    { email: "d@example.com", password_hash: HASH },
  ],
  organisations: [{
    name: "O",
    members: [{ email: "b@example.com", role: "ADMIN" }, { email: "d@example.com" }],
    subscription: { plan: "enterprise" },
  }],
  projects: [{
    name: "P",
    organisation: "O",
    tags: [{ label: "renamed", renamed_from: "u" }],
    environments: [
      { name: "E", description: "changed", identities: [{ identifier: "i", traits: { plan: "max" } }] },
      { name: "New" },
    ],
    segments: [{ name: "s", rules: [RULE("y")] }, { name: "r", ensure: "absent" }],
    features: [
      { name: "f", initial_value: "2", default_enabled: true, tags: [] },
      { name: "gone", ensure: "absent" },
      { name: "new" },
    ],
  }],
  feature_states: [
    { feature: "f", ...AT, enabled: false, value: 7 },
    { feature: "f", project: "P", environment: "V", enabled: true },
  ],
  permissions: [{ group: "G", project: "P", permissions: ["VIEW_PROJECT", "CREATE_ENVIRONMENT"] }],
  rows: [row("kept", "new"), { ...row("gone", "old"), ensure: "absent" }, row("new", "new")],
};

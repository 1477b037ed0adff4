/** Documents whose runs insert into every table that the program writes. */

/** Makes entities of every kind, in environments with and without versions of flags. */
export const EVERYTHING = {
  users: [
    { email: "a@example.com", is_superuser: true, password: "correct horse battery" },
    { email: "b@example.com" },
  ],
  organisations: [{
    name: "Acme",
    members: [{ email: "a@example.com", role: "ADMIN" }, { email: "b@example.com" }],
    subscription: { plan: "enterprise", seats: 20 },
    groups: [{ name: "Ops", members: [{ email: "b@example.com", group_admin: true }] }],
  }],
  master_api_keys: [{ name: "CI", organisation: "Acme" }],
  projects: [{
    name: "Web",
    organisation: "Acme",
    tags: [{ label: "ui" }, { label: "beta" }],
    environments: [
      {
        name: "Dev",
        server_side_environment_keys: [{ name: "server" }],
        identities: [{ identifier: "alice", traits: { age: 7, plan: "gold" } }],
      },
      { name: "Prod", settings: { use_v2_feature_versioning: true } },
    ],
    segments: [{
      name: "adults",
      rules: [
        { type: "ALL", conditions: [{ property: "age", operator: "GREATER_THAN", value: "17" }] },
        { type: "ANY", conditions: [{ property: "plan", operator: "EQUAL", value: "gold" }] },
      ],
    }, {
      name: "colored",
      rules: [{
        type: "ALL",
        conditions: [{ property: "$.flags.color.enabled", operator: "EQUAL", value: "true" }],
      }],
    }],
    features: [
      {
        name: "color",
        initial_value: "red",
        tags: ["ui"],
        owners: ["a@example.com"],
        group_owners: ["Ops"],
        multivariate_options: [
          { value: "blue", key: "blue", percentage_allocation: 30 },
          { value: "green", key: "green", percentage_allocation: 20 },
        ],
        environments: {
          Dev: {
            enabled: true,
            segment_overrides: [{ segment: "adults", enabled: true, value: "gray" }],
            identity_overrides: [{ identifier: "alice", enabled: false }],
          },
          Prod: { segment_overrides: [{ segment: "adults", enabled: true }] },
        },
      },
    ],
  }],
  permissions: [
    { user: "b@example.com", organisation: "Acme", permissions: ["CREATE_PROJECT"] },
    { group: "Ops", organisation: "Acme", permissions: ["CREATE_PROJECT"] },
    { user: "b@example.com", project: "Web", permissions: ["VIEW_PROJECT"] },
    { group: "Ops", project: "Web", permissions: ["VIEW_PROJECT", "CREATE_FEATURE"] },
    { user: "b@example.com", project: "Web", environment: "Dev", permissions: ["VIEW_ENVIRONMENT"] },
    { group: "Ops", project: "Web", environment: "Dev", permissions: ["VIEW_ENVIRONMENT"] },
  ],
} as const;

/** Changes of the same entities, which delete links and options for good and mark rules as deleted. */
export const CHANGES = {
  defaults: { on_exists: "update" },
  organisations: [{ name: "Acme", subscription: { seats: 30 } }],
  projects: [{
    name: "Web",
    organisation: "Acme",
    environments: [{ name: "Dev", description: "for trying" }],
    segments: [{
      name: "adults",
      rules: [{ type: "ALL", conditions: [{ property: "age", operator: "GREATER_THAN", value: "20" }] }],
    }, {
      name: "colored",
      rules: [{
        type: "ALL",
        conditions: [{ property: "$.flags.color.enabled", operator: "EQUAL", value: "false" }],
      }],
    }],
    features: [
      {
        name: "color",
        tags: ["beta"],
        owners: ["b@example.com"],
        multivariate_options: [{ value: "blue", key: "blue", percentage_allocation: 40 }],
        environments: { Dev: { enabled: false, value: "black" }, Prod: { enabled: true } },
      },
      { name: "size" },
    ],
  }],
  permissions: [{ group: "Ops", project: "Web", permissions: ["VIEW_PROJECT"] }],
} as const;

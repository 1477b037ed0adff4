import assert from "node:assert/strict";
import { LIVE, NOTHING, resource, SPAN } from "../../tests/support/resources.ts";
import type { Resource } from "../graph/resource.ts";
import type { Decision, Plan, RowDecision } from "../plan/plan.ts";
import { NOTHING_UNKNOWN } from "../snapshot/unknown_parts.ts";
import { describe, resultLines, rowCounts, summaryLine } from "./lines.ts";
import { resultNotes } from "./result_notes.ts";

function created(of: Resource): Decision {
  return { action: "create", resource: of, hash: "" };
}

function updated(of: Resource, ...fields: readonly string[]): Decision {
  const changes = fields.map((field) => ({ kind: "shown", field, from: null, to: true } as const));
  return { action: "update", resource: of, hash: "", live: LIVE, after: {}, changes, adopted: false };
}

function skipped(
  of: Resource,
  reason: Extract<Decision, { action: "skip" }>["reason"],
  differs = false,
): Decision {
  return { action: "skip", resource: of, hash: "", live: LIVE, reason, differs };
}

function planOf(decisions: readonly Decision[], rows: readonly RowDecision[] = []): Plan {
  return { decisions, domain: { action: "none" }, rows };
}

const organisation = resource("organisation", "Acme");
const user = resource("user", "a@example.com");
const key = resource("master_api_key", "CI", organisation);
const project = resource("project", "Web", organisation);
const development = resource("environment", "Development", project);
const production = resource("environment", "Production", project);
const flag = resource("feature", "dark\nmode", project);
const old = resource("feature", "old", project);

const DECISIONS: readonly Decision[] = [
  created(user),
  skipped(organisation, { kind: "exists" }, true),
  created(resource("member", "a@example.com", organisation)),
  created(key),
  updated(project, "hide_disabled_flags"),
  created(resource("tag", "ui", project)),
  skipped(development, { kind: "renamed", to: "Dev" }),
  created(production),
  updated(flag, "default_enabled", "description"),
  { action: "delete", resource: old, hash: "", live: LIVE },
];

const ROW: RowDecision = {
  action: "create",
  resource: {
    address: "row:saml_samlconfiguration/name=acme",
    row: {
      table: "saml_samlconfiguration",
      key: [],
      set: [],
      policy: {
        onExists: "skip",
        onMissing: "create",
        onlyIfNone: false,
        ensure: "present",
        withOrganisations: false,
        renamedFrom: undefined,
        rotate: undefined,
        takeOver: false,
      },
      span: SPAN,
    },
    targets: new Map(),
  },
  hash: "",
  primaryKey: "id",
  live: undefined,
  changes: [],
  reason: undefined,
  differs: false,
};

Deno.test("resultLines() prints one line an entity in the order of work, and the summary last", () => {
  const result = {
    plan: planOf(DECISIONS, [ROW]),
    dryRun: false,
    removed: new Map([["features_feature", new Set(["7", "8"])]]),
  };
  const issuedSecrets = {
    keys: new Map([[key.index, "prefix.secret"]]),
    links: new Map([["a@example.com", "http://localhost:8000/reset/x"]]),
    passwords: new Map([[user.index, "made-up"]]),
  };
  assert.deepEqual(resultLines(result, issuedSecrets, false, 1), [
    'Created user "a@example.com".',
    'The password of user "a@example.com" is shown only this once: made-up',
    "Please go to the following page and choose a password: http://localhost:8000/reset/x",
    'Updated organisation "Acme": members (+1).',
    'Created master API key "CI": prefix.secret',
    'Updated project "Web": hide_disabled_flags, tags (+1).',
    'Skipped environment "Development" in project "Web" (renamed to "Dev").',
    'Created environment "Production" in project "Web".',
    'Updated feature "dark\\x0amode" in project "Web": default_enabled, description.',
    'Deleted feature "old" in project "Web".',
    "Created row name=acme of saml_samlconfiguration.",
    "Rows removed: features_feature (2).",
    "Provisioning complete: 4 created, 3 updated, 2 deleted, 1 skipped.",
  ]);
});

Deno.test("resultLines() shows parts in lines of their own when verbose, and counts the same", () => {
  const result = { plan: planOf(DECISIONS), dryRun: true, removed: new Map() };
  assert.deepEqual(resultLines(result, NOTHING, true), [
    'Would create user "a@example.com".',
    'Would skip organisation "Acme" (already exists).',
    'Would create member "a@example.com" in organisation "Acme".',
    'Would create master API key "CI".',
    'Would update project "Web": hide_disabled_flags.',
    'Would create tag "ui" in project "Web".',
    'Would skip environment "Development" in project "Web" (renamed to "Dev").',
    'Would create environment "Production" in project "Web".',
    'Would update feature "dark\\x0amode" in project "Web": default_enabled, description.',
    'Would delete feature "old" in project "Web".',
    "Dry run: 3 to create, 3 to update, 1 to delete, 1 to skip.",
  ]);
});

Deno.test("resultLines() says why each entity was skipped", () => {
  const reasons = [
    { kind: "exists" },
    { kind: "renamed", to: "New" },
    { kind: "occupied", by: { what: "alike", kind: "organisation", parent: null } },
    { kind: "occupied", by: { what: "alike", kind: "environment", parent: "project" } },
    { kind: "occupied", by: { what: "parent", parent: "project" } },
    { kind: "parent", name: "Web", of: "project" },
    { kind: "parent", name: "Web", of: null },
    { kind: "absent" },
    { kind: "left" },
  ] as const;
  const decisions = reasons.map((reason) => skipped(organisation, reason));
  assert.deepEqual(
    resultLines({ plan: planOf(decisions), dryRun: false, removed: new Map() }, NOTHING, false),
    [
      'Skipped organisation "Acme" (already exists).',
      'Skipped organisation "Acme" (renamed to "New").',
      'Skipped organisation "Acme" (organisations exist already).',
      'Skipped organisation "Acme" (its project has environments already).',
      'Skipped organisation "Acme" (its project existed already).',
      'Skipped organisation "Acme" (its project "Web" does not exist).',
      'Skipped organisation "Acme" ("Web" does not exist).',
      'Skipped organisation "Acme" (is not there).',
      'Skipped organisation "Acme" (was deleted, on_missing: leave).',
      "Provisioning complete: 0 created, 9 skipped.",
    ],
  );
});

Deno.test("resultLines() says that a key was rotated, and gives the new one", () => {
  const result = { plan: planOf([updated(key, "key")]), dryRun: false, removed: new Map() };
  assert.deepEqual(resultLines(result, { ...NOTHING, keys: new Map([[key.index, "new.key"]]) }, false), [
    'Rotated master API key "CI": new.key',
    "Provisioning complete: 0 created, 1 updated, 0 skipped.",
  ]);
});

Deno.test("summaryLine() always names what was created and skipped, the rest only where there is some", () => {
  const none = { created: 0, updated: 0, skipped: 0, deleted: 0 };
  assert.deepEqual(
    [
      summaryLine(none, false),
      summaryLine(none, true),
      summaryLine({ created: 1, updated: 2, skipped: 3, deleted: 4 }, true),
    ],
    [
      "Provisioning complete: 0 created, 0 skipped.",
      "Dry run: 0 to create, 0 to skip.",
      "Dry run: 1 to create, 2 to update, 4 to delete, 3 to skip.",
    ],
  );
});

Deno.test("describe() names the parent of what is unique only within it", () => {
  const shown = [
    organisation,
    project,
    development,
    resource("tag", "ui", project),
    resource("subscription", "Acme", organisation),
    resource("environment", "Lost"),
  ].map(describe);
  assert.deepEqual(shown, [
    'organisation "Acme"',
    'project "Web"',
    'environment "Development" in project "Web"',
    'tag "ui" in project "Web"',
    'subscription of organisation "Acme"',
    'environment "Lost"',
  ]);
});

Deno.test("rowCounts() sorts the tables", () => {
  assert.equal(rowCounts(new Map([["b", new Set(["1"])], ["a", new Set(["1", "2"])]])), "a (2), b (1)");
});

Deno.test("resultNotes() reports what differs and is left alone, the domain, and a commit that was learned late", () => {
  const plan = planOf([skipped(organisation, { kind: "exists" }, true)]);
  const quiet = { dryRun: false, confirmedAfterReconnect: false, fills: [], unknown: NOTHING_UNKNOWN };
  const left = { ...plan, domain: { action: "left", current: "a.example", wanted: "b.example" } } as const;
  const set = {
    ...planOf([]),
    domain: { action: "set", from: undefined, to: "b.example", restart: true, onlyIfNone: false },
  } as const;
  assert.deepEqual(
    [
      resultNotes({ ...quiet, plan: planOf([]) }),
      resultNotes({ ...quiet, plan: left }),
      resultNotes({ ...quiet, plan: set, confirmedAfterReconnect: true }),
      resultNotes({ ...quiet, plan: set, dryRun: true }),
    ],
    [
      [],
      [
        "1 differs from the files and is left alone (on_exists: skip).",
        'The domain of this instance is "a.example" and is left alone; the files say "b.example" (on_exists: update sets it).',
      ],
      [
        'The domain of this instance is now "b.example"; a running API keeps the old one until it restarts.',
        "The connection was lost while committing; the log shows that the run had been committed.",
      ],
      ['The domain of this instance would be "b.example"; a running API keeps the old one until it restarts.'],
    ],
  );
});

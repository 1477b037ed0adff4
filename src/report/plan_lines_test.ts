import assert from "node:assert/strict";
import { LIVE, NOTHING, resource } from "../../tests/support/resources.ts";
import type { Resource } from "../graph/resource.ts";
import type { Decided } from "../plan/decided.ts";
import type { Decision, Plan } from "../plan/plan.ts";
import { resultLines } from "./lines.ts";
import { planLines, planSummary } from "./plan_lines.ts";

const acme = resource("organisation", "Acme");
const other = resource("organisation", "Other");
const ada = resource("member", "ada@example.com", acme);
const bob = resource("member", "bob@example.com", acme);
const plan = resource("subscription", "Acme", acme);
const key = resource("master_api_key", "CI", acme);
const web = resource("project", "Web", acme);
const tag = resource("tag", "old", web);
const flag = resource("feature", "f", web);
const state = resource("feature_state", "Dev", flag);

const update = (of: Resource, changes: Extract<Decision, { action: "update" }>["changes"]): Decision => ({
  action: "update",
  resource: of,
  hash: "",
  live: LIVE,
  after: {},
  changes,
  adopted: false,
});

const DECISIONS: readonly Decision[] = [
  { action: "skip", resource: acme, hash: "", live: LIVE, reason: { kind: "exists" }, differs: false },
  { action: "adopt", resource: other, hash: "", live: LIVE },
  { action: "create", resource: ada, hash: "" },
  update(bob, [{ kind: "shown", field: "role", from: "USER", to: "ADMIN" }]),
  update(plan, [{ kind: "shown", field: "seats", from: 1, to: 2 }]),
  update(key, [{ kind: "rotated", what: "key" }]),
  { action: "delete", resource: tag, hash: "", live: LIVE },
  update(flag, [
    { kind: "renamed", from: "e" },
    {
      kind: "shown",
      field: "tags",
      counts: { added: 1, changed: 0, removed: 1 },
      from: ["old"],
      to: ["new"],
    },
    { kind: "secret", field: "initial_value" },
  ]),
  { action: "skip", resource: state, hash: "", live: LIVE, reason: { kind: "exists" }, differs: false },
];

const PLAN: Plan = { decisions: DECISIONS, domain: { action: "none" }, rows: [] };
const DECIDED = { plan: PLAN, removal: undefined, nested: [] as Decided["nested"] } as Decided;

Deno.test("planLines() shows below each line what changes, and what becomes of parts", () => {
  assert.deepEqual(planLines(DECIDED, false), [
    'Would update organisation "Acme": members (+1, ~1), subscription.',
    '    create member "ada@example.com"',
    '    update member "bob@example.com"',
    '        role: "USER" → "ADMIN"',
    "    update subscription",
    "        seats: 1 → 2",
    'Would skip organisation "Other" (already exists).',
    "    to be taken into the log, as it is",
    'Would rotate master API key "CI".',
    "    key rotated",
    'Would update project "Web": tags (-1).',
    '    delete tag "old"',
    'Would update feature "f" in project "Web": renamed from "e", tags (+1, -1), initial_value.',
    '    renamed from "e"',
    '    tags: +"new", -"old"',
    "    initial_value: (secret)",
    "Plan: 0 to create, 4 to update, 1 to skip.",
  ]);
  assert.deepEqual(planSummary(PLAN), { create: 0, update: 4, adopt: 1, delete: 0, skip: 1 });
});

for (const verbose of [false, true]) {
  Deno.test(`planLines() has the lines and counts of a dry run, ${verbose ? "verbose" : "but for skips"}`, () => {
    const planned = planLines(DECIDED, verbose).filter((line) => !line.startsWith(" "));
    const dry = resultLines({ plan: PLAN, removed: new Map(), dryRun: true }, NOTHING, verbose);
    const isShown = (line: string): boolean => verbose || !line.startsWith("Would skip ");
    assert.deepEqual(planned.filter(isShown), [
      ...dry.slice(0, -1).filter(isShown),
      dry.at(-1)?.replace("Dry run", "Plan"),
    ]);
  });
}

import assert from "node:assert/strict";
import type { Policy } from "../kinds/kind.ts";
import { decide, type Logged, type Situation, type Verdict } from "./decide.ts";

const POLICIES = ["skip", "update", "fail"] as const;
const CHANGE = { kind: "shown", field: "description", from: "by hand", to: "as declared" } as const;
const DIFFERENT = { relation: "present", difference: { changes: [CHANGE] } } as const;
const UNREAD = { relation: "present", difference: { changes: [] } } as const;
const EXISTS = { kind: "exists" } as const;

const CREATE: Verdict = { action: "create" };
const SKIP: Verdict = { action: "skip", reason: EXISTS };
const LEAVE: Verdict = { action: "skip", reason: EXISTS, differs: true };
const UPDATE: Verdict = { action: "update", writesFields: true, adopts: false };

type Row = readonly [
  name: string,
  comparison: Situation["comparison"],
  logged: Logged,
  verdicts: readonly [skip: Verdict, update: Verdict, fail: Verdict],
];

/** The table of `docs/format.md#policies`, line by line. */
const TABLE: readonly Row[] = [
  ["a missing entity that the log does not call ours", { relation: "missing" }, "nothing", [
    CREATE,
    CREATE,
    CREATE,
  ]],
  ["a missing entity that was created with the same content", { relation: "missing" }, "same", [
    CREATE,
    CREATE,
    CREATE,
  ]],
  ["a missing entity that was created with other content", { relation: "missing" }, "other", [
    CREATE,
    CREATE,
    CREATE,
  ]],
  ["an entity that is live under another name", { relation: "renamed", to: "new" }, "same", [
    { action: "skip", reason: { kind: "renamed", to: "new" } },
    { action: "skip", reason: { kind: "renamed", to: "new" } },
    { action: "skip", reason: { kind: "renamed", to: "new" }, refusal: "renamed" },
  ]],
  ["an entity that is as declared and logged", { relation: "present" }, "same", [SKIP, SKIP, SKIP]],
  ["an entity that was changed by hand", DIFFERENT, "same", [
    SKIP,
    UPDATE,
    SKIP,
  ]],
  ["an entity that is declared otherwise now", DIFFERENT, "other", [
    LEAVE,
    UPDATE,
    { action: "skip", reason: EXISTS, refusal: "other_content" },
  ]],
  ["an entity that is declared otherwise now and is so already", { relation: "present" }, "other", [
    SKIP,
    { action: "skip", reason: EXISTS, records: true },
    SKIP,
  ]],
  ["an entity whose new content no update writes", UNREAD, "other", [
    LEAVE,
    { action: "skip", reason: EXISTS, records: true },
    { action: "skip", reason: EXISTS, refusal: "other_content" },
  ]],
  [
    "a logged entity that differs only in what no update writes",
    UNREAD,
    "same",
    [
      SKIP,
      SKIP,
      SKIP,
    ],
  ],
  ["a like entity that was made by hand", { relation: "present" }, "nothing", [
    SKIP,
    { action: "adopt" },
    { action: "skip", reason: EXISTS, refusal: "unknown" },
  ]],
  [
    "a like entity made by hand but for what no update writes",
    UNREAD,
    "nothing",
    [
      SKIP,
      { action: "adopt" },
      { action: "skip", reason: EXISTS, refusal: "unknown" },
    ],
  ],
  ["another entity that was made by hand", DIFFERENT, "nothing", [
    SKIP,
    { action: "update", writesFields: true, adopts: true },
    { action: "skip", reason: EXISTS, refusal: "unknown" },
  ]],
  ["an entity that several rows could be", { relation: "duplicated" }, "same", [SKIP, SKIP, SKIP]],
];

function policy(onExists: Policy["onExists"], more: Partial<Situation["policy"]> = {}): Situation["policy"] {
  return { ensure: "present", onMissing: "create", onExists, ...more };
}

for (const [name, comparison, logged, verdicts] of TABLE) {
  for (const [at, onExists] of POLICIES.entries()) {
    Deno.test(`decide() knows what becomes of ${name} under on_exists: ${onExists}`, () => {
      assert.deepEqual(decide({ comparison, logged, policy: policy(onExists) }), verdicts[at]);
    });
  }
}

Deno.test("decide() leaves what was deleted when on_missing is leave, but creates what never was", () => {
  const missing = { relation: "missing" } as const;
  for (const onExists of POLICIES) {
    const leave = policy(onExists, { onMissing: "leave" });
    const left = { action: "skip", reason: { kind: "left" } };
    assert.deepEqual(decide({ comparison: missing, logged: "same", policy: leave }), left);
    assert.deepEqual(decide({ comparison: missing, logged: "other", policy: leave }), left);
    assert.deepEqual(decide({ comparison: missing, logged: "nothing", policy: leave }), CREATE);
  }
});

Deno.test("decide() does not create an entity that something keeps from being created", () => {
  const hindrance = { kind: "parent", name: "Web", of: "project" } as const;
  for (const onExists of POLICIES) {
    for (const logged of ["nothing", "same", "other"] as const) {
      const situation = {
        comparison: { relation: "missing" },
        logged,
        policy: policy(onExists, { onMissing: "leave" }),
        hindrance,
      } as const;
      assert.deepEqual(decide(situation), { action: "skip", reason: hindrance });
    }
  }
});

Deno.test("decide() deletes whatever is to be absent and is there, under every policy", () => {
  const relations: readonly Situation["comparison"][] = [
    { relation: "present" },
    DIFFERENT,
    { relation: "duplicated" },
  ];
  for (const onExists of POLICIES) {
    for (const logged of ["nothing", "same", "other"] as const) {
      const absent = policy(onExists, { ensure: "absent" });
      for (const comparison of relations) {
        assert.deepEqual(decide({ comparison, logged, policy: absent }), { action: "delete" });
      }
      assert.deepEqual(decide({ comparison: { relation: "missing" }, logged, policy: absent }), {
        action: "skip",
        reason: { kind: "absent" },
      });
    }
  }
});

Deno.test("decide() renames and rotates whatever on_exists says, and writes fields under update only", () => {
  for (const comparison of [{ relation: "present" }, DIFFERENT] as const) {
    for (const onExists of POLICIES) {
      assert.deepEqual(
        decide({ comparison, logged: "same", policy: policy(onExists), isForced: true }),
        { action: "update", writesFields: onExists === "update", adopts: false },
      );
    }
  }
});

import assert from "node:assert/strict";
import { byTarget, formerAddresses, type Rename } from "./former_addresses.ts";

const found = (
  address: string,
  ...renames: readonly (readonly [seq: number, from: string, to: string])[]
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...formerAddresses(address, byTarget(renames.map(([seq, from, to]) => ({ seq, from, to }))))].map((
      [former, { until }],
    ) => [former, until]),
  );

Deno.test("formerAddresses() follows renames of the entity, of what is above it and of what its address names", () => {
  assert.deepEqual(found("feature:O/P/f", [3, "feature:O/P/old", "feature:O/P/f"]), { "feature:O/P/old": 3 });
  assert.deepEqual(found("identity:O/P/E/i", [3, "organisation:Old", "organisation:O"]), {
    "identity:Old/P/E/i": 3,
  });
  assert.deepEqual(
    found("segment_override:O/P/f/E/s", [3, "environment:O/P/Dev", "environment:O/P/E"], [
      4,
      "segment:O/P/beta",
      "segment:O/P/s",
    ]),
    {
      "segment_override:O/P/f/Dev/s": 3,
      "segment_override:O/P/f/E/beta": 4,
      "segment_override:O/P/f/Dev/beta": 3,
    },
  );
  assert.deepEqual(
    found("group_project_permission:O/P/G", [5, "group:O/Old", "group:O/G"], [6, "user:Old", "user:G"]),
    { "group_project_permission:O/P/Old": 5 },
  );
  assert.deepEqual(found("member:O/a@x.io", [2, "user:b@x.io", "user:a@x.io"]), { "member:O/b@x.io": 2 });
  assert.deepEqual(found("subscription:O", [2, "organisation:Old", "organisation:O"]), {
    "subscription:Old": 2,
  });
});

Deno.test("formerAddresses() follows chains back in time, and no name that somebody else had before", () => {
  const chain = [[5, "project:O/A", "project:O/B"], [9, "project:O/B", "project:O/C"]] as const;
  assert.deepEqual(found("tag:O/C/t", ...chain), { "tag:O/B/t": 9, "tag:O/A/t": 5 });
  assert.deepEqual(found("tag:O/B/t", ...chain), { "tag:O/A/t": 5 });
  // B went on to C before A became B.
  assert.deepEqual(found("tag:O/C/t", [9, "project:O/A", "project:O/B"], [5, "project:O/B", "project:O/C"]), {
    "tag:O/B/t": 5,
  });
  // There and back.
  assert.deepEqual(found("tag:O/A/t", [5, "project:O/A", "project:O/B"], [9, "project:O/B", "project:O/A"]), {
    "tag:O/B/t": 9,
  });
});

Deno.test("formerAddresses() knows of renames by others when the former name was somebody else's, and the new one", () => {
  const found = (address: string, ...renames: readonly Rename[]) =>
    Object.fromEntries(formerAddresses(address, byTarget(renames)));
  const byOthers = { seq: 4, until: 7, from: "project:O/A", to: "project:O/B" };
  assert.deepEqual(found("tag:O/B/t", byOthers), { "tag:O/A/t": { since: 4, until: 7 } });
  assert.deepEqual(
    found("tag:N/B/t", byOthers, { seq: -1, until: Infinity, from: "organisation:O", to: "organisation:N" }),
    { "tag:O/B/t": { since: -1, until: Infinity }, "tag:O/A/t": { since: -1, until: 7 } },
  );
  // Two that changed names.
  const swap = [
    { seq: 5, until: Infinity, from: "project:O/A", to: "project:O/B" },
    { seq: 6, until: Infinity, from: "project:O/B", to: "project:O/A" },
  ];
  assert.deepEqual(found("tag:O/B/t", ...swap), { "tag:O/A/t": { since: 5, until: Infinity } });
  assert.deepEqual(found("tag:O/A/t", ...swap), { "tag:O/B/t": { since: 6, until: Infinity } });
});

Deno.test("formerAddresses() follows a rename of what several names identify", () => {
  assert.deepEqual(
    found("segment_override:O/P/f/E/s", [3, "segment_override:N/Q/g/D/t", "segment_override:O/P/f/E/s"]),
    {
      "segment_override:N/Q/g/D/t": 3,
    },
  );
});

Deno.test("formerAddresses() gives those of a row without a kind, which nothing else names", () => {
  assert.deepEqual(
    formerAddresses(
      "row:t/organisation_id=organisation:N",
      byTarget([
        {
          seq: -1,
          until: 9,
          from: "row:t/organisation_id=organisation:O",
          to: "row:t/organisation_id=organisation:N",
        },
      ]),
    ),
    new Map([["row:t/organisation_id=organisation:O", { since: -1, until: 9 }]]),
  );
});

Deno.test("formerAddresses() gives none of what is no entity, and none for the kinds that only share a path", () => {
  assert.deepEqual(found("row:t/name=a", [1, "organisation:x", "organisation:t"]), {});
  assert.deepEqual(found("tag:O/P/t", [1, "group:O/Old", "group:O/P"], [2, "tag:O/P/x", "tag:O/Q/t"]), {});
});

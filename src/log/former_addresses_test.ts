import assert from "node:assert/strict";
import { byTarget, formerAddresses } from "./former_addresses.ts";

const found = (
  address: string,
  ...renames: readonly (readonly [seq: number, from: string, to: string])[]
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    formerAddresses(address, byTarget(renames.map(([seq, from, to]) => ({ seq, from, to })))),
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

Deno.test("formerAddresses() gives none of what is no entity, and none for the kinds that only share a path", () => {
  assert.deepEqual(found("row:t/name=a", [1, "organisation:x", "organisation:t"]), {});
  assert.deepEqual(found("tag:O/P/t", [1, "group:O/Old", "group:O/P"], [2, "tag:O/P/x", "tag:O/Q/t"]), {});
});

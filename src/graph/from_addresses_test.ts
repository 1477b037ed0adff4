import assert from "node:assert/strict";
import { graphOfAddresses } from "./from_addresses.ts";
import { addressOf } from "./resource.ts";

Deno.test("graphOfAddresses() gives each entity with what it belongs to, once", () => {
  const addresses = [
    "organisation:O",
    "project:O/P%2F1",
    "environment:O/P%2F1/E",
    "segment_override:O/P%2F1/f/E/s",
    "member:O/a@example.com",
    "subscription:O",
  ];
  assert.deepEqual(
    graphOfAddresses(addresses).resources.map((resource) => addressOf(resource)).sort(),
    [...addresses, "feature:O/P%2F1/f"].sort(),
  );
});

Deno.test("graphOfAddresses() leaves out what names no entity", () => {
  assert.deepEqual(graphOfAddresses(["project:P", "rows:cascade", "row:t/name=a", "nothing"]).resources, []);
});

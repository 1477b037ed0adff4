import assert from "node:assert/strict";
import { insertedBy, readActiveEvents } from "./active_events.ts";

/** What the events of log rows, by kind, say that they inserted. */
function inserted(
  rows: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, readonly string[]>> {
  const events = readActiveEvents(
    Object.entries(rows).map(([kind, inserted], at) => ({
      seq: String(at + 1),
      event: "created",
      kind,
      address: `${kind}:x`,
      rows: { inserted },
    })),
    [],
  );
  return Object.fromEntries(
    events.flatMap((event) => [...insertedBy(event)].map(([table, keys]) => [table, [...keys]])),
  );
}

Deno.test("insertedBy() reads ranges of numbers, and keys that are texts as they are, also such of digits only", () => {
  const uuid = "00000000-0000-4000-8000-000000000012";
  assert.deepEqual(
    inserted({
      feature: { features_feature: "5-7,12" },
      feature_state: {
        feature_versioning_environmentfeatureversion: `${uuid},12345678-1234-4123-8123-123456789012`,
      },
      master_api_key: { api_keys_masterapikey: "01234567" },
      user: { users_ffadminuser: "3" },
    }),
    {
      features_feature: ["5", "6", "7", "12"],
      feature_versioning_environmentfeatureversion: [uuid, "12345678-1234-4123-8123-123456789012"],
      api_keys_masterapikey: ["01234567"],
      users_ffadminuser: ["3"],
    },
  );
});

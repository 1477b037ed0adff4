import assert from "node:assert/strict";
import { insertedBy, readOpenEvents } from "./active_events.ts";

/** What the event of a log row says that it inserted. */
function inserted(rows: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const [event] = readOpenEvents([{ seq: "1", event: "created", rows: { inserted: rows } }], []);
  assert.ok(event !== undefined);
  return Object.fromEntries([...insertedBy(event)].map(([table, keys]) => [table, [...keys]]));
}

Deno.test("insertedBy() reads ranges of numbers, and keys that are texts as they are, also such of digits only", () => {
  const uuid = "00000000-0000-4000-8000-000000000012";
  assert.deepEqual(
    inserted({
      features_feature: "5-7,12",
      feature_versioning_environmentfeatureversion: `${uuid},12345678-1234-4123-8123-123456789012`,
      api_keys_masterapikey: "01234567",
      users_ffadminuser: "3",
    }),
    {
      features_feature: ["5", "6", "7", "12"],
      feature_versioning_environmentfeatureversion: [uuid, "12345678-1234-4123-8123-123456789012"],
      api_keys_masterapikey: ["01234567"],
      users_ffadminuser: ["3"],
    },
  );
});

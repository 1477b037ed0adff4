import assert from "node:assert/strict";
import fc from "fast-check";
import { ProvisionError } from "../diagnostics/error.ts";
import { KIND_NAMES } from "../kinds/specs.ts";
import { readActiveEvents } from "./active_events.ts";
import { readLastEvents } from "./events.ts";

const UUID = "00000000-0000-4000-8000-000000000001";
const TAG = { table: "tags_tag", key: { id: 1 }, uuid: UUID };

/** The message that reading a log with this event ends with; undefined when it is read. */
function refusal(kind: string, rows: unknown, more: object = {}): string | undefined {
  const line = { seq: "7", event: "updated", kind, address: `${kind}:x`, rows, ...more };
  try {
    readActiveEvents([line], []);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== "FP438") throw error;
    return error.message;
  }
}

function updated(table: string, key: object, columns: Readonly<Record<string, unknown>>): object {
  return { updated: [{ table, key, columns }] };
}

Deno.test("an event that claims more rows than a run writes is refused, and nothing is expanded", () => {
  for (const text of ["1-1000000000000", "1-999999,2000000-3000000", "1-99999999999999999999", "9-5"]) {
    const started = performance.now();
    const message = refusal("tag", { own: TAG, inserted: { tags_tag: text } });
    assert.ok(message?.startsWith("Event 7 of the log (tag:x) says"), `${text}: ${message}`);
    assert.ok(performance.now() - started < 1000);
  }
  assert.equal(refusal("tag", { own: TAG, inserted: { tags_tag: "1-1000" } }), undefined);
});

Deno.test("events that claim too many rows together are refused", () => {
  const events = Array.from({ length: 30 }, (_, at) => ({
    seq: String(at + 1),
    event: "created",
    kind: "tag",
    address: `tag:${at}`,
    rows: { inserted: { tags_tag: "1-900000" } },
  }));
  assert.throws(() => readActiveEvents(events, []), /all events together name more than 20000000 rows/);
});

Deno.test("an event of one kind says nothing of the tables, columns and keys of others", () => {
  const cases: readonly (readonly [kind: string, rows: object, problem: string])[] = [
    [
      "tag",
      updated("users_ffadminuser", { id: 1 }, { is_superuser: [true, false] }),
      "names rows of users_ffadminuser",
    ],
    ["tag", { inserted: { users_ffadminuser: "1" } }, "names rows of users_ffadminuser"],
    [
      "tag",
      { deleted: [{ table: "users_ffadminuser", key: { id: 1 }, row: { id: 1 } }] },
      "names rows of users_ffadminuser",
    ],
    [
      "tag",
      { own: { table: "users_ffadminuser", key: { id: 1 }, uuid: UUID } },
      "has its own row in users_ffadminuser",
    ],
    [
      "tag",
      updated("tags_tag", { id: 1 }, { secret_of_a_later_release: [1, 2] }),
      "changed tags_tag.secret_of_a_later_release",
    ],
    ["tag", updated("tags_tag", { id: 1 }, { id: [1, 2] }), "changed tags_tag.id"],
    [
      "tag",
      updated("tags_tag", { project_id: 1 }, { color: ["a", "b"] }),
      "names a row of tags_tag by project_id",
    ],
    ["app_domain", updated("django_site", { id: 1 }, { name: ["a", "b"] }), "changed django_site.name"],
    ["nothing", { inserted: { tags_tag: "1" } }, 'is of an unknown kind, "nothing"'],
    ["row", { own: { table: "users_ffadminuser", key: { id: 1 } } }, "has its own row in users_ffadminuser"],
    [
      "row",
      { own: { table: "other", key: { id: 1 } }, inserted: { other: "2" } },
      "names another row, of other",
    ],
    [
      "row",
      { own: { table: "other", key: { id: 1 } }, ...updated("more", { id: 1 }, { a: [1, 2] }) },
      "names another row, of more",
    ],
    ["row", { inserted: { other: "2" } }, "has no row of its own"],
  ];
  for (const [kind, rows, problem] of cases) {
    assert.equal(
      refusal(kind, rows),
      `Event 7 of the log (${kind}:x) ${problem}, which no event of this program does`,
    );
  }
});

Deno.test("a correction by a later event gives no table or column that the event itself may not have", () => {
  const line = { seq: "7", event: "updated", kind: "tag", address: "tag:x", rows: { own: TAG } };
  const row = { seq: 7, table: "users_ffadminuser", key: { id: 1 }, row: { id: 1, is_superuser: true } };
  assert.throws(() => readActiveEvents([line], [{ corrects: [row] }]), /names rows of users_ffadminuser/);
});

Deno.test("whatever stands in the column rows, reading it ends with rows or with FP438", () => {
  const part = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("1-5", "5-1", "a,b"),
    fc.record({
      table: fc.constantFrom("tags_tag", "users_ffadminuser"),
      key: fc.jsonValue(),
      columns: fc.jsonValue(),
    }),
    fc.dictionary(fc.constantFrom("tags_tag", "x"), fc.jsonValue()),
  );
  const rows = fc.oneof(
    fc.jsonValue(),
    fc.record({
      own: part,
      inserted: part,
      sums: part,
      updated: fc.oneof(part, fc.array(part)),
      deleted: fc.oneof(part, fc.array(part)),
    }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...KIND_NAMES, "row", "x"), rows, fc.jsonValue(), (kind, value, details) => {
      refusal(kind, value, { details });
      try {
        readLastEvents([{ seq: "1", address: "tag:x", event: "created", rows: value, details }]);
      } catch (error) {
        assert.ok(error instanceof ProvisionError && error.code === "FP438");
      }
    }),
  );
});

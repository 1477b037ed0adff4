import assert from "node:assert/strict";
import { compareRow, rowMark } from "./own_rows.ts";

const UUID = "7ef6a5a3-0d8c-4f2b-9d5c-0a4f1a2b3c4d";
const OTHER = "11111111-2222-4333-8444-555555555555";

Deno.test("compareRow() takes a uuid, the uuid of what a row belongs to, or when it was made for proof; an id is none", () => {
  const row = { id: 5, uuid: UUID, organisation_id: 2, created_at: "2026-01-31T12:00:00+00:00" };
  const live = { table: "t", row, parentUuid: UUID };
  const key = { id: 5 };
  const parent = { column: "organisation_id", table: "p", uuid: UUID };
  const natural = { created_at: "2026-01-31T12:00:00+00:00" };
  assert.equal(compareRow({ table: "t", key, uuid: UUID.toUpperCase() }, live), "same");
  assert.equal(compareRow({ table: "t", key, uuid: OTHER }, live), "other");
  assert.equal(compareRow({ table: "t", key: { id: 6 }, uuid: UUID }, live), "other");
  assert.equal(compareRow({ table: "u", key, uuid: UUID }, live), "other");
  assert.equal(compareRow({ table: "t", key, parent }, live), "same");
  assert.equal(compareRow({ table: "t", key, parent: { ...parent, uuid: OTHER } }, live), "other");
  assert.equal(compareRow({ table: "t", key, parent }, { ...live, parentUuid: undefined }), "unknown");
  assert.equal(compareRow({ table: "t", key, natural }, live), "same");
  assert.equal(
    compareRow({ table: "t", key, natural: { created_at: "2026-02-01T12:00:00+00:00" } }, live),
    "other",
  );
  assert.equal(compareRow({ table: "t", key }, live), "unknown");
  assert.equal(compareRow(undefined, live), "unknown");
  assert.equal(
    compareRow({ table: "t", key: { prefix: "abcdefgh" } }, { ...live, row: { prefix: "abcdefgh" } }),
    "same",
  );
});

Deno.test("rowMark() is equal for events of one row alone, and undefined where nothing proves which row it was", () => {
  const own = { table: "t", key: { id: 5 }, uuid: UUID };
  assert.equal(rowMark("tag", own), rowMark("tag", { ...own, uuid: UUID.toUpperCase() }));
  assert.notEqual(rowMark("tag", own), rowMark("tag", { ...own, uuid: OTHER }));
  assert.notEqual(rowMark("tag", own), rowMark("segment", own));
  assert.equal(rowMark("tag", { table: "t", key: { id: 5 } }), undefined);
  assert.equal(
    rowMark("row", { table: "t", key: { id: 5 }, natural: { a: 1, b: 2 } }),
    rowMark("row", { table: "t", key: { id: 5 }, natural: { b: 2, a: 1 } }),
  );
});

import assert from "node:assert/strict";
import { RowBatch } from "./row_batch.ts";

Deno.test("RowBatch.newId() numbers ids per table", () => {
  const batch = new RowBatch();
  assert.deepEqual([batch.newId("a"), batch.newId("b"), batch.newId("a")], [
    { newIdOf: "a", ordinal: 0 },
    { newIdOf: "b", ordinal: 0 },
    { newIdOf: "a", ordinal: 1 },
  ]);
  assert.deepEqual([...batch.idCounts], [["a", 2], ["b", 1]]);
});

Deno.test("RowBatch.amend() changes a row that is not written yet, in its place and for its owner", () => {
  const batch = new RowBatch();
  batch.begin(1);
  const row = batch.insert("t", { id: 1, name: "a" });
  batch.begin(2);
  batch.insert("t", { id: 2, name: "b" });
  batch.amend("t", row, { name: "c" });
  assert.deepEqual(batch.inserts, [{ owner: 1, table: "t", row: { id: 1, name: "c" } }, {
    owner: 2,
    table: "t",
    row: { id: 2, name: "b" },
  }]);
  assert.throws(() => batch.amend("t", { id: 3 }, {}), TypeError);
});

Deno.test("RowBatch.history() drops the uuid and has no author", () => {
  const batch = new RowBatch();
  batch.history("features_feature", { id: 1, uuid: "u", name: "n" }, "~", "now");
  assert.deepEqual(batch.inserts[0]?.row, {
    id: 1,
    name: "n",
    history_id: { newIdOf: "features_historicalfeature", ordinal: 0 },
    history_date: "now",
    history_change_reason: null,
    history_type: "~",
    history_user_id: null,
    master_api_key_id: null,
  });
  assert.throws(() => batch.history("projects_project", {}, "+", "now"), TypeError);
});

Deno.test("RowBatch.touch() remembers environments that existed before, once", () => {
  const batch = new RowBatch();
  for (const id of [3, 1, 3, batch.newId("environments_environment")]) batch.touch(id);
  assert.deepEqual(batch.touchedEnvironments, [1, 3]);
});

Deno.test("RowBatch.find() gives the newest row of the table with these ids, as it was amended", () => {
  const batch = new RowBatch();
  const user = batch.newId("users");
  const first = batch.insert("links", { id: 1, group: 7, user, admin: false });
  batch.insert("others", { id: 2, group: 7, user });
  batch.insert("links", { id: 3, group: 8, user: null });
  assert.equal(batch.find("links", { group: 7, user: { ...user } }), first);
  assert.equal(batch.find("links", { group: 8, user }), undefined);
  batch.amend("links", first, { admin: true });
  assert.deepEqual(batch.find("links", { group: 7, user }), { id: 1, group: 7, user, admin: true });
  const second = batch.insert("links", { id: 4, group: 7, user, admin: false });
  assert.equal(batch.find("links", { user, group: 7 }), second);
});

Deno.test("RowBatch.find() looks at each row once, however often it is asked", () => {
  const batch = new RowBatch();
  let looks = 0;
  for (let at = 0; at < 1000; at++) {
    batch.insert("links", {
      get user() {
        looks++;
        return at;
      },
    });
    assert.notEqual(batch.find("links", { user: at }), undefined);
  }
  assert.equal(looks, 1000);
});

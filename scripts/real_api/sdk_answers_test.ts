import assert from "node:assert/strict";
import { differences } from "./sdk_answers.ts";

const KEY = "8KzETdDeMY7xkqkSkY3Gsg";
const UUID = "0b8e1b4c-7d0c-4a3e-9a51-0d6a2b5f7c11";

Deno.test("differences() finds none when symbols have their form and lists are in another order", () => {
  assert.deepEqual(
    differences(
      [
        { id: "$id", feature: { name: "a" }, uuid: "$uuid", at: "$time" },
        { id: "$id", feature: { name: "b" }, key: "$client_key", composite: "$client_key_bob" },
      ],
      [
        { id: 4, feature: { name: "b" }, key: KEY, composite: `${KEY}_bob` },
        { id: 3, feature: { name: "a" }, uuid: UUID, at: "2026-01-02T03:04:05.678901Z" },
      ],
      KEY,
    ),
    [],
  );
});

Deno.test("differences() tells type, missing and additional members, and lists of another length", () => {
  assert.deepEqual(
    differences(
      { value: 100, enabled: true, gone: 1, flags: [1, 2], id: "$id", uuid: "$uuid", at: "$time" },
      { value: "100", enabled: true, more: null, flags: [1], id: null, uuid: "7", at: 5 },
      KEY,
    ),
    [
      'value: wanted 100, got "100"',
      "gone: wanted 1, got nothing",
      "flags: wanted 2 members, got 1",
      'id: wanted "$id", got null',
      'uuid: wanted "$uuid", got "7"',
      'at: wanted "$time", got 5',
      "more: wanted nothing, got null",
    ],
  );
});

Deno.test("differences() leaves rules and conditions in the order they were answered", () => {
  const rules = [{ type: "ALL", conditions: [{ operator: "EQUAL" }, { operator: "IN" }] }];
  const turned = [{ type: "ALL", conditions: [{ operator: "IN" }, { operator: "EQUAL" }] }];
  assert.deepEqual(differences(rules, turned, KEY), [
    '[0].conditions[0].operator: wanted "EQUAL", got "IN"',
    '[0].conditions[1].operator: wanted "IN", got "EQUAL"',
  ]);
});

Deno.test("differences() does not take another environment's key", () => {
  assert.deepEqual(differences({ api_key: "$client_key" }, { api_key: "other" }, KEY), [
    'api_key: wanted "$client_key", got "other"',
  ]);
});

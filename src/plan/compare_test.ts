import assert from "node:assert/strict";
import { readDocuments } from "../declarations/read.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Row } from "../flagsmith/cell.ts";
import { buildGraph } from "../graph/build.ts";
import { addressOf } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { load } from "../source/test_support.ts";
import { compareAll, type Compared, type ComparedState } from "./compare.ts";

/** Compares the entity of this address with live rows that have it. */
async function compareOne(
  text: string,
  address: string,
  rows: readonly { readonly row: Row; readonly extra?: unknown }[],
  more: (index: number) => Partial<ComparedState> = () => ({}),
): Promise<Compared> {
  const diagnostics = new Diagnostics();
  const { documents } = await load(`version: '1.0'\n${text}`);
  const declarations = readDocuments(documents, { onExists: "skip" }, diagnostics);
  const graph = buildGraph(declarations, { closed: false, warnExternal: false }, diagnostics);
  assert.deepEqual(diagnostics.sorted(), []);
  const addresses = graph.resources.map((resource) => addressOf(resource));
  const index = addresses.indexOf(address);
  const live = rows.map(({ row, extra }, at): LiveRow => ({ id: at + 1, row, extra, parentName: undefined }));
  const [found] = compareAll({ resources: graph.resources.filter((r) => r.index === index) }, {
    live: new Map(live.length === 0 ? [] : [[index, live]]),
    addresses,
    events: new Map(),
    renamed: new Map(),
    renaming: new Set(),
    ...more(index),
  });
  assert.ok(found !== undefined, addresses.join());
  return found;
}

/** What differs, field by field; undefined when all is as declared. */
async function changes(text: string, address: string, row: Row, extra?: unknown): Promise<unknown> {
  const { comparison } = await compareOne(text, address, [{ row, extra }]);
  return comparison.relation === "present" ? comparison.difference?.changes : comparison.relation;
}

const USER = "users: [{ email: ada@example.com, first_name: Ada, is_superuser: true }]";
const ADA = { email: "ada@example.com", first_name: "Ada", is_superuser: true, is_staff: true };

Deno.test("compareAll() tells missing, duplicated, renamed and present entities", async () => {
  const relation = async (...of: Parameters<typeof compareOne>) =>
    (await compareOne(...of)).comparison.relation;
  const address = "user:ada@example.com";
  const renamed = (index: number) => ({
    renamed: new Map([[index, { id: 1, row: ADA, extra: undefined, parentName: undefined }]]),
  });
  assert.deepEqual(
    [
      await relation(USER, address, []),
      await relation(USER, address, [{ row: ADA }, { row: ADA }]),
      await relation(USER, address, [{ row: ADA }], renamed),
      await relation(USER, address, [{ row: ADA }]),
    ],
    ["missing", "duplicated", "renamed", "present"],
  );
});

Deno.test("compareAll() finds declared fields with other values, and leaves others alone", async () => {
  const address = "user:ada@example.com";
  assert.equal(await changes(USER, address, ADA), undefined);
  assert.equal(await changes(USER, address, { ...ADA, last_name: "Lovelace" }), undefined);
  assert.deepEqual(await changes(USER, address, { ...ADA, first_name: "Augusta" }), [
    { kind: "shown", field: "first_name", from: "Augusta", to: "Ada" },
  ]);
});

Deno.test("compareAll() names a column that follows another one itself when it differs alone", async () => {
  const address = "user:ada@example.com";
  const shown = (field: string) => [{ kind: "shown", field, from: false, to: true }];
  assert.deepEqual(await changes(USER, address, { ...ADA, is_superuser: false }), shown("is_superuser"));
  assert.deepEqual(await changes(USER, address, { ...ADA, is_staff: false }), shown("is_staff"));
  const both = { ...ADA, is_superuser: false, is_staff: false };
  assert.deepEqual(await changes(USER, address, both), shown("is_superuser"));
});

Deno.test("compareAll() counts what a list gains and loses, and finds keys that every object inherits", async () => {
  const text = `organisations: [{ name: O }]
projects: [{ name: P, organisation: O, environments: [{ name: E, identities: [{ identifier: i,
  traits: { constructor: a, plan: pro, age: 1 } }] }] }]`;
  const trait = (key: string, value: string) => ({
    trait_key: key,
    value_type: "unicode",
    string_value: value,
  });
  assert.deepEqual(
    await changes(text, "identity:O/P/E/i", {}, { traits: [trait("plan", "max"), trait("other", "x")] }),
    [{
      kind: "shown",
      field: "traits",
      counts: { added: 2, changed: 1, removed: 0 },
      from: { plan: "max" },
      to: Object.fromEntries([["constructor", "a"], ["plan", "pro"], ["age", 1]]),
    }],
  );
});

Deno.test("compareAll() hides values that came from a secret source before", async () => {
  const text = `organisations: [{ name: O }]
projects: [{ name: P, organisation: O, features: [{ name: f, initial_value: public, description: d }] }]`;
  const address = "feature:O/P/f";
  const event = {
    seq: 1,
    event: "created",
    contentHash: undefined,
    rows: {},
    details: { secret: ["initial_value"] },
  } as const;
  const { comparison } = await compareOne(
    text,
    address,
    [{ row: { name: "f", initial_value: "hunter2", description: null } }],
    () => ({ events: new Map([[address, event]]) }),
  );
  assert.deepEqual(comparison.relation === "present" ? comparison.difference : undefined, {
    after: { description: "d", initial_value: "public" },
    changes: [{ kind: "shown", field: "description", from: null, to: "d" }, {
      kind: "secret",
      field: "initial_value",
    }],
  });
});

Deno.test("compareAll() compares what is to be absent by its presence only", async () => {
  const text = "users: [{ email: ada@example.com, ensure: absent }]";
  const { comparison, hash } = await compareOne(text, "user:ada@example.com", [{ row: ADA }]);
  assert.deepEqual([comparison.relation === "present" && comparison.difference, hash], [undefined, ""]);
});

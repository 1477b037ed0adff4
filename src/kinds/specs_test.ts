import assert from "node:assert/strict";
import { KINDS } from "./index.ts";
import { fieldDocs, structures } from "./fields.ts";
import { ALL_KINDS, ALL_SPECS, KIND_NAMES } from "./specs.ts";

Deno.test("a kind names other kinds only if they are in the list, and before it", () => {
  for (const [at, name] of KIND_NAMES.entries()) {
    const { parent, namedBy = [] } = ALL_SPECS[name];
    const named = [...(parent === undefined ? [] : [parent]), ...namedBy.flatMap((by) => by?.kind ?? [])];
    for (const other of named) {
      assert.ok(KIND_NAMES.slice(0, at).includes(other), `${name} names ${other}`);
    }
  }
});

Deno.test("every kind has a name, an item schema of documented leaves, and rows in a table", async () => {
  assert.equal(new Set(KIND_NAMES).size, KINDS.length);
  for (const { spec, rows } of KINDS) {
    const structure = structures.get(spec.schema);
    assert.equal(structure?.kind, "mapping", spec.name);
    assert.ok(!fieldDocs.has(spec.schema), spec.name);
    assert.match((await rows()).mapping.table, /^[a-z0-9_]+$/, spec.name);
  }
});

Deno.test("what a record says of its kind is what the row functions do", async () => {
  for (const { spec, rows, rotates, textKey, handsOut } of KINDS) {
    const { mapping, samples, rotate } = await rows();
    assert.equal(rotate !== undefined, rotates !== undefined, `${spec.name}: rotates`);
    assert.equal(mapping.primaryKey !== "id", textKey === true, `${spec.name}: textKey`);
    for (const table of Object.keys(samples)) {
      assert.ok(mapping.writes.includes(table), `${spec.name}: ${table}`);
    }
    if (typeof handsOut === "object") {
      assert.ok(handsOut.column in (samples[mapping.table] ?? {}), `${spec.name}: ${handsOut.column}`);
    }
  }
});

Deno.test("what a record says of the export of its kind leads to kinds that exist, by tables that are read", async () => {
  for (const { spec, rows, exported } of Object.values(ALL_KINDS)) {
    const { related = [], leadsTo = [], neededFor } = await exported?.() ?? {};
    const tables = [(await rows()).mapping.table, ...related.map(({ table }) => table)];
    for (const { kind, table, owner } of leadsTo) {
      assert.ok(KIND_NAMES.slice(0, KIND_NAMES.indexOf(spec.name)).some((name) => name === kind), spec.name);
      assert.ok(tables.includes(table), `${spec.name}: ${table}`);
      assert.equal(owner === undefined, table === tables[0], `${spec.name}: ${table}`);
    }
    if (neededFor !== undefined) assert.ok(KIND_NAMES.some((name) => name === neededFor.kind), spec.name);
  }
});

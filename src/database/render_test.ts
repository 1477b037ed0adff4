import assert from "node:assert/strict";
import { Secret } from "../source/secret.ts";
import { array, arrayText, holdsSecret, render, renderPublic, secretSql, typed, typeName } from "./render.ts";
import { all, column, identifier, join, list, NOTHING, query, sql, tableIn } from "./statement.ts";

Deno.test("rendering quotes texts and identifiers whatever the server's setting", () => {
  assert.equal(renderPublic(sql`${"it's"}`), "'it''s'");
  assert.equal(renderPublic(sql`${"a\\'b"}`), "E'a\\\\''b'");
  assert.equal(
    renderPublic(sql`${identifier('a"b')} ${column("t", "x")} ${tableIn("s", "t")}`),
    '"a""b" "t"."x" "s"."t"',
  );
  assert.throws(() => renderPublic(sql`${"a\0b"}`), RangeError);
  assert.throws(() => renderPublic(sql`${identifier("a\0b")}`), RangeError);
});

Deno.test("rendering writes numbers, booleans and NULL as they are", () => {
  assert.equal(
    renderPublic(sql`${1}, ${1.5}, a -${-2}, ${12345678901234567890n}, ${true}, ${null}`),
    "1, 1.5, a -(-2), 12345678901234567890, true, NULL",
  );
});

Deno.test("rendering joins parts, and writes nothing for an empty list", () => {
  assert.equal(renderPublic(sql`a${list([])}b${NOTHING}`), "ab");
  assert.equal(renderPublic(list(["x", 1, identifier("c")])), "'x', 1, \"c\"");
  assert.equal(renderPublic(all([])), "true");
  assert.equal(renderPublic(all([sql`a`, sql`b`])), "a AND b");
  assert.equal(renderPublic(join([sql`a`, sql`b`], sql` UNION `)), "a UNION b");
  assert.equal(
    renderPublic(query`SELECT ${typed(7, typeName("character varying"))}`.sql),
    "SELECT '7'::character varying",
  );
});

/** What the type of the tag refuses, and a cast or a value from outside could still bring. */
const REFUSED: Readonly<Record<string, unknown>> = {
  "undefined": undefined,
  "NaN": NaN,
  "infinity": -Infinity,
  "a list": ["a"],
  "an object": { a: 1 },
  "a secret": new Secret("CANARY"),
  "a function": () => "x",
};

for (const [what, value] of Object.entries(REFUSED)) {
  Deno.test(`rendering refuses ${what}, without showing it`, () => {
    const fragment = Reflect.apply(sql, undefined, [["SELECT ", ""], value]);
    assert.throws(
      () => renderPublic(fragment),
      (error) => error instanceof TypeError && !/CANARY/.test(error.message),
    );
  });
}

Deno.test("arrayText() distinguishes null from the text NULL", () => {
  assert.equal(
    arrayText([null, "NULL", "", 'q"\\', 1, 1.5, true, 5n]),
    '{NULL,"NULL","","q\\"\\\\",1,1.5,t,5}',
  );
  assert.throws(() => arrayText([NaN]), TypeError);
});

Deno.test("a secret stays out of the text, alone and in an array", () => {
  const fragment = sql`SELECT ${secretSql(new Secret("CANARY"))}, ${
    array(["a", new Secret("CANARY2"), null], typeName("text"))
  }, ${typed(new Secret("7"), typeName("integer"))}`;
  const secrets: Secret[] = [];
  assert.equal(
    render(fragment, secrets),
    "SELECT current_setting('flagsmith_provision.s1'), current_setting('flagsmith_provision.s2')::text[], current_setting('flagsmith_provision.s3')::integer",
  );
  assert.deepEqual(secrets.map((secret) => secret.reveal()), ["CANARY", '{"a","CANARY2",NULL}', "7"]);
  assert.deepEqual([holdsSecret(fragment), holdsSecret(sql`${sql`${1}`}`)], [true, false]);
  assert.throws(() => renderPublic(fragment), TypeError);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { withDatabase } from "../../tests/support/database.ts";
import { arrayLiteral, arrayText, identifier, literal } from "./literal.ts";

Deno.test("literal() doubles quotes and escapes backslashes whatever the server's setting", () => {
  assert.equal(literal("it's"), "'it''s'");
  assert.equal(literal("a\\'b"), "E'a\\\\''b'");
  assert.throws(() => literal("a\0b"), RangeError);
});

Deno.test("identifier() doubles quotes", () => assert.equal(identifier('a"b'), '"a""b"'));

Deno.test("arrayText() tells null from the text NULL", () => {
  assert.equal(arrayText([null, "NULL", "", 'q"\\', 1, 1.5, true]), '{NULL,"NULL","","q\\"\\\\",1,1.5,t}');
});

Deno.test("literal() and arrayLiteral() arrive in PostgreSQL as they are, in both settings of standard_conforming_strings", async () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("'", "\\", "\\'; DROP TABLE x; --", "{", "}", '"', "NULL", "E'", "$1", "\n"),
    ),
    { maxLength: 8 },
  )
    .map((list) => list.map((text) => text.replaceAll("\0", "").toWellFormed()));
  await withDatabase({ schema: "empty" }, async ({ sql }) => {
    await sql.reserve().then(async (one) => {
      for (const setting of ["on", "off"]) {
        await one.unsafe(`SET standard_conforming_strings TO ${setting}; SET escape_string_warning TO off`);
        for (const list of fc.sample(texts, { numRuns: 150, seed: 42 })) {
          const [row] = await one.unsafe(
            `SELECT ${arrayLiteral(list, "text")} AS list, ${literal(list.join("|"))} AS text`,
          );
          assert.deepEqual([row?.["list"], row?.["text"]], [list, list.join("|")]);
        }
      }
      one.release();
    });
  });
});

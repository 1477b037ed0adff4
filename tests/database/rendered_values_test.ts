/** Rendered values, as a real server reads them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { renderPublic, texts } from "../../src/database/render.ts";
import { identifier, query } from "../../src/database/statement.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("values arrive in PostgreSQL as they are, in both settings of standard_conforming_strings", async () => {
  const values = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("'", "\\", "\\'; DROP TABLE x; --", "{", "}", '"', "NULL", "E'", "$1", "\n"),
    ),
    { maxLength: 8 },
  )
    .map((list) => list.map((text) => text.replaceAll("\0", "").toWellFormed()));
  const numbers = fc.tuple(
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.boolean(),
  );
  await withDatabase({ schema: "empty" }, async ({ sql: connection }) => {
    await connection.reserve().then(async (one) => {
      for (const setting of ["on", "off"]) {
        await one.unsafe(`SET standard_conforming_strings TO ${setting}; SET escape_string_warning TO off`);
        for (
          const [list, [number, big, flag]] of fc.sample(fc.tuple(values, numbers), {
            numRuns: 150,
            seed: 42,
          })
        ) {
          const name = list.join("|").replaceAll(/[^\x20-\x7e]/g, "").slice(0, 60);
          const statement = query`SELECT ${texts(list)} AS list, ${
            list.join("|")
          } AS text, (1 -${number})::text AS number,
            (${big})::text AS big, ${flag} AS flag, to_json(n) AS named FROM (SELECT 1 AS ${
            identifier(`c${name}`)
          }) n`;
          const [row] = await one.unsafe(renderPublic(statement.sql));
          assert.deepEqual(
            { ...row },
            {
              list,
              text: list.join("|"),
              number: String(1n - BigInt(number)),
              big: String(big),
              flag,
              named: { [`c${name}`]: 1 },
            },
          );
        }
      }
      one.release();
    });
  });
});

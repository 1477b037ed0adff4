import assert from "node:assert/strict";
import { runIdOf } from "./run_id.ts";

const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";

Deno.test("runIdOf() takes an id with and without dashes, in any case", () => {
  for (const text of [ID, ID.toUpperCase(), ID.replaceAll("-", "")]) assert.equal(runIdOf(text), ID);
});

Deno.test("runIdOf() takes nothing else", () => {
  for (
    const text of ["", "last", ID.slice(1), `${ID}0`, ` ${ID}`, ID.replace("-", ""), ID.replace("0", "g")]
  ) {
    assert.equal(runIdOf(text), undefined, text);
  }
});

import assert from "node:assert/strict";
import { connectError } from "../database/connect_errors.ts";
import { waitForDatabase } from "./wait.ts";

Deno.test("waitForDatabase() says why the server did not answer, and not that its own time was over", async () => {
  let clock = 0;
  const answers = [["ECONNREFUSED", 90], ["CONNECT_TIMEOUT", 10]] as const;
  const given: number[] = [];
  const open = (left: number): Promise<never> => {
    const [code, takes] = answers[given.length] ?? ["", 0];
    given.push(left);
    clock += takes;
    return Promise.reject(connectError(Object.assign(new Error(), { code }), "u@h:5432/d"));
  };
  await assert.rejects(
    waitForDatabase(open, { wait: 100 }, { now: () => clock, err: () => assert.fail("nothing is said") }),
    { code: "FP471", exitCode: 75, message: /within 100 ms: nothing listens there \(u@h:5432\/d\)$/ },
  );
  assert.deepEqual(given, [100, 10], "the last attempt has what is left");
});

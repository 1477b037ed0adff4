import assert from "node:assert/strict";
import { readReport } from "./playwright.ts";

const passed = { title: "logs in", ok: true, file: "a.ts" };
const failed = { title: "adds a flag", ok: false, file: "b.ts" };

Deno.test("readReport() names the tests that failed, also deep ones", () => {
  const report = {
    stats: { expected: 1, skipped: 2 },
    suites: [{ specs: [passed], suites: [{ specs: [failed] }] }],
  };
  assert.deepEqual(readReport(report, 1), { passed: 1, skipped: 2, failed: ["b.ts: adds a flag"] });
});

Deno.test("readReport() is not content with a run that failed outside of the tests, or ran none", () => {
  const stats = { expected: 1, skipped: 0 };
  assert.deepEqual(
    readReport({ stats, errors: [{ message: "E2E teardown failed\n    at setup" }] }, 1).failed,
    [
      "E2E teardown failed",
    ],
  );
  assert.deepEqual(readReport({ stats, suites: [{ specs: [passed] }] }, 1).failed, [
    "Playwright exits with 1",
  ]);
  assert.deepEqual(readReport({ stats: { expected: 0, skipped: 3 } }, 0).failed, ["no test ran"]);
});

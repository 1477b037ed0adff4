import assert from "node:assert/strict";
import { summaryOf, tallyOf } from "./test_summary.ts";

/** The shape that Deno 2.9 writes, with a failed step, an ignored test and markup inside of a message. */
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="2" errors="0" time="0.016">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="2">
        <testcase name="a" classname="./a_test.ts" time="0.010" line="1" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="b" classname="./a_test.ts" time="0.000" line="2" col="6">
        </testcase>
        <testcase name="c" classname="./a_test.ts" time="0.000" line="3" col="11">
            <skipped/>
        </testcase>
        <testcase name="a &gt; s" classname="./a_test.ts" time="0.000" line="1" col="39">
            <failure message="Uncaught Error: x">&lt;testcase name=&quot;no&quot;&gt;</failure>
        </testcase>
    </testsuite>
</testsuites>
`;

Deno.test("tallyOf() counts passed and failed cases and leaves ignored ones out", () => {
  assert.deepEqual(tallyOf(REPORT), { passed: 1, failed: 2 });
});

Deno.test("tallyOf() finds nothing when there is no report", () => {
  assert.deepEqual(tallyOf(""), { passed: 0, failed: 0 });
});

Deno.test("tallyOf() agrees with what Deno writes", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${directory}/a_test.ts`,
      'Deno.test("a > b", () => {});\nDeno.test("c", () => { throw new Error("<failure"); });\nDeno.test.ignore("d", () => {});\n',
    );
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--no-check", "--junit-path=junit.xml", "a_test.ts"],
      cwd: directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    assert.equal(success, false);
    assert.deepEqual(tallyOf(await Deno.readTextFile(`${directory}/junit.xml`)), { passed: 1, failed: 1 });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("summaryOf() is content when tests ran and all passed", () => {
  assert.deepEqual(summaryOf({ passed: 3, failed: 0 }, 0), { lines: ["3 passed, 0 failed"], ok: true });
});

Deno.test("summaryOf() is not content when a test failed", () => {
  assert.deepEqual(summaryOf({ passed: 3, failed: 2 }, 1), { lines: ["3 passed, 2 failed"], ok: false });
});

Deno.test("summaryOf() is not content when nothing ran", () => {
  assert.deepEqual(summaryOf({ passed: 0, failed: 0 }, 0), {
    lines: ["No test ran", "0 passed, 0 failed"],
    ok: false,
  });
});

Deno.test("summaryOf() counts a command that fails outside of the tests as one failure", () => {
  assert.deepEqual(summaryOf({ passed: 3, failed: 0 }, 2), {
    lines: ["The command failed with exit code 2, outside of the tests; see above", "3 passed, 1 failed"],
    ok: false,
  });
});

/** Every shipped set with the program as operators run it: applied twice, and the second time nothing is written. */
import assert from "node:assert/strict";
import { PRESETS } from "../../src/presets/embedded.ts";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { withDatabase } from "../support/database.ts";
import { ended, start } from "../support/program.ts";
import { assertUntouched } from "../support/untouched.ts";

/** The last line of the first run, and how many entities the second skips. */
const SETS: Readonly<Record<string, { readonly first: string; readonly second: string }>> = {
  "bootstrap": { first: "3 created, 0 skipped", second: "0 created, 3 skipped" },
  "demo": { first: "59 created, 0 skipped", second: "0 created, 59 skipped" },
  "dev": { first: "15 created, 0 skipped", second: "0 created, 15 skipped" },
  // Two users must be absent, and are.
  "e2e": { first: "25 created, 2 skipped", second: "0 created, 27 skipped" },
  "flagsmith-on-flagsmith": { first: "63 created, 0 skipped", second: "0 created, 63 skipped" },
};

Deno.test("every shipped set has a name that --preset knows, an entry here, and a read-me file with a diagram", async () => {
  assert.deepEqual([...PRESET_NAMES].sort(), Object.keys(PRESETS).sort());
  assert.deepEqual(Object.keys(SETS).sort(), [...PRESET_NAMES].sort());
  for (const name of PRESET_NAMES) {
    const page = await Deno.readTextFile(new URL(`../../provisioning/${name}/README.md`, import.meta.url));
    assert.match(page, /^```mermaid\ngraph LR\n/m, name);
    assert.match(page, new RegExp(`^flagsmith-provision .*--preset ${name}\\b`, "m"), name);
  }
});

Deno.test("the read-me file of a set names each variable that the set reads", async () => {
  for (const [name, load] of Object.entries(PRESETS)) {
    const files = await load();
    const page = await Deno.readTextFile(new URL(`../../provisioning/${name}/README.md`, import.meta.url));
    for (const { text } of files) {
      for (const [, variable = ""] of text.matchAll(/\$\{([A-Z_]+)/g)) {
        assert.ok(page.includes(`\`${variable}\``), `${name}: ${variable}`);
      }
    }
  }
});

Deno.test("every shipped set is valid without a database, and refers to nothing that it does not declare", async () => {
  for (const name of PRESET_NAMES) {
    for (const more of [[], ["--mock-env"]]) {
      const { code, err } = await ended(
        start(["validate", "--preset", name, "--closed", "--strict", ...more]),
      );
      assert.deepEqual([name, code, err], [name, 0, ""]);
    }
  }
});

for (const [name, { first, second }] of Object.entries(SETS)) {
  Deno.test(`the set ${name}, applied a second time by the program, writes nothing`, async () => {
    await withDatabase({}, async (database) => {
      const apply = async () => {
        const { code, out, err } = await ended(
          start(["--preset", name, "--strict"], { env: { DATABASE_URL: database.url } }),
        );
        assert.equal(code, 0, err);
        return out;
      };
      assert.match(await apply(), new RegExp(`^Provisioning complete: ${first}\\.$`, "m"));
      const out = await assertUntouched(database, apply);
      assert.match(out, new RegExp(`^Provisioning complete: ${second}\\.$`, "m"));
      assert.doesNotMatch(out, /^(Created|Updated|Deleted|The password) /m);
    });
  });
}

Deno.test("all sets may be applied to one instance in one run", async () => {
  await withDatabase({}, async (database) => {
    const args = PRESET_NAMES.flatMap((name) => ["--preset", name]);
    const apply = async () => {
      const { code, out, err } = await ended(start(args, { env: { DATABASE_URL: database.url } }));
      assert.equal(code, 0, err);
      return out;
    };
    assert.match(await apply(), /^Provisioning complete: 164 created, 2 skipped\.$/m);
    assert.match(
      await assertUntouched(database, apply),
      /^Provisioning complete: 0 created, 166 skipped\.$/m,
    );
  });
});

/** The shipped sets against the rows that Flagsmith itself was recorded to write for the same wish. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { compareRecording, formatDifferences } from "../support/compare_recording.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { loadRecording } from "../support/recordings.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";
import { ALLOWED_DIFFERENCES, withoutAllowed } from "../support/set_differences.ts";

const RECORDED: readonly {
  readonly set: string;
  readonly recording: string;
  readonly env?: Readonly<Record<string, string>>;
}[] = [
  { set: "bootstrap", recording: "bootstrap" },
  {
    set: "bootstrap",
    recording: "bootstrap.custom",
    env: {
      ADMIN_EMAIL: "Owner@example.org",
      ORGANISATION_NAME: "Custom Org",
      PROJECT_NAME: "Custom Project",
    },
  },
  { set: "dev", recording: "dev.orm" },
  { set: "e2e", recording: "e2e" },
];

for (const { set, recording: name, env } of RECORDED) {
  Deno.test(`apply --preset ${set} writes the rows of ${name}, but for what its read-me file names`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      const recording = await loadRecording(name);
      const before = await dumpTables(sql);
      const { code, err } = await runCli(["--preset", set, "--strict"], {
        databaseUrl: url,
        ...(env === undefined ? {} : { env }),
      });
      assert.equal(code, 0, err);
      const allowed = ALLOWED_DIFFERENCES.filter((d) => d.set === set && d.recording === name);
      const { run, unused } = withoutAllowed({ before, after: await dumpTables(sql) }, allowed);
      assert.deepEqual(unused, [], "allowed differences that there are none of");
      assert.equal(formatDifferences(compareRecording(recording, run)), "");
    });
  });
}

Deno.test("every allowed difference belongs to a comparison, and the set's read-me file gives its reason", async () => {
  for (const { set, recording, reason } of ALLOWED_DIFFERENCES) {
    assert.ok(RECORDED.some((r) => r.set === set && r.recording === recording), `${set} ${recording}`);
    const page = await Deno.readTextFile(new URL(`../../provisioning/${set}/README.md`, import.meta.url));
    assert.ok(page.replaceAll(/\s+/g, " ").includes(reason), `${set}: ${reason}`);
  }
});

Deno.test("apply --preset e2e hashes nothing: all its users share one stored hash of the known password", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const { code, err } = await runCli(["--preset", "e2e", "--quiet"], { databaseUrl: url });
    assert.equal(code, 0, err);
    const rows = await sql<{ n: number; hashes: number }[]>`
      select count(*)::int as n, count(distinct password)::int as hashes from users_ffadminuser`;
    assert.deepEqual({ ...rows[0] }, { n: 7, hashes: 1 });
  });
});

Deno.test("the e2e set speaks of every user that Flagsmith's teardown removes, with the user's organisations", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const { teardown_addresses: addresses }: { teardown_addresses: readonly string[] } = JSON.parse(
    await read("tests/data/recordings/e2e.input.json"),
  );
  const { users }: { users: readonly { email: string; with_organisations?: boolean }[] } = parse(
    await read("provisioning/e2e/e2e.yaml"),
  );
  assert.deepEqual(users.map((u) => u.email).sort(), [...addresses].sort());
  assert.deepEqual(users.filter((u) => u.with_organisations !== true), []);
});

Deno.test("apply --preset e2e removes the users that tests have made, and their organisations, once that is allowed", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const email = "e2e_signup_user@flagsmithe2etestdomain.io";
    await applyDocuments([{
      users: [{ email }],
      organisations: [{ name: "Bullet Train Ltd 0", members: [{ email, role: "ADMIN" }] }],
    }], { databaseUrl: url });
    const refused = await runCli(["--preset", "e2e"], { databaseUrl: url });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /\[FP320\]/);
    const { code, out, err } = await runCli(["--preset", "e2e", "--allow-delete"], { databaseUrl: url });
    assert.equal(code, 0, err);
    assert.match(out, /^Deleted user "e2e_signup_user@flagsmithe2etestdomain\.io"\.$/m);
    const names = await sql<{ name: string }[]>`select name from organisations_organisation order by name`;
    assert.deepEqual(names.map((n) => n.name), ["Bullet Train Ltd", "E2E Billing Org", "E2E Separate Org"]);
    assert.deepEqual([...await sql`select 1 from users_ffadminuser where email = ${email}`], []);
  });
});

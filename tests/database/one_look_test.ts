/** What a removal frees is free for the rest of the run, in plan, dry run and apply alike. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { applyDocuments, type CliResult, runCli } from "../support/run_cli.ts";

/** Plans, dry-runs, saves the plan and applies it; the refusals and the counts must be the same. */
async function agree({ url, sql }: TestDatabase, before: unknown, after: unknown): Promise<CliResult> {
  await applyDocuments([before], { databaseUrl: url });
  const stdin = JSON.stringify({ version: "1.0", ...Object(after) });
  const run = (...args: readonly string[]) => runCli(args, { databaseUrl: url, stdin });
  const folder = await Deno.makeTempDir();
  const path = `${folder}/plan.json`;
  try {
    const planned = await run("plan", "--file", "-", "--on-exists", "update", "--out", path);
    assert.equal(planned.code, 0, planned.err);
    const dry = await run("apply", "--file", "-", "--on-exists", "update", "--dry-run");
    assert.equal(dry.code, 0, dry.err);
    const applied = await run(
      "apply",
      "--file",
      "-",
      "--on-exists",
      "update",
      "--plan",
      path,
      "--allow-delete",
    );
    assert.equal(applied.code, 0, applied.err);
    const again = await run("plan", "--file", "-", "--on-exists", "update");
    assert.deepEqual([again.code, again.out], [0, "Nothing to do.\n"], again.err);
    await sql`select 1`;
    return planned;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const RULES = [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }];

const CASES: readonly (readonly [name: string, before: unknown, after: unknown])[] = [
  ["a default group is removed and a member joins", {
    organisations: [{
      name: "O",
      groups: [{ name: "G", is_default: true }, { name: "H", is_default: true }],
    }],
  }, {
    organisations: [{
      name: "O",
      groups: [{ name: "G", ensure: "absent" }],
      members: [{ email: "ada@example.com", create_user: true }],
    }],
  }],
  ["a server-side key moves from an environment that is removed", {
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: "A", server_side_environment_keys: [{ name: "k", key: "ser.moved-key" }] }],
    }],
  }, {
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: "A", ensure: "absent" }, {
        name: "B",
        server_side_environment_keys: [{ name: "k", key: "ser.moved-key" }],
      }],
    }],
  }],
  ["a client-side key moves from an environment that is removed", {
    organisations: [{ name: "O" }],
    projects: [{ name: "P", organisation: "O", environments: [{ name: "A", api_key: "moved-client-key" }] }],
  }, {
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: "A", ensure: "absent" }, { name: "B", api_key: "moved-client-key" }],
    }],
  }],
  ["a prefix moves from a master API key that is removed", {
    organisations: [{ name: "O" }],
    master_api_keys: [{ name: "old", organisation: "O", key: "abcdefgh.0123456789012345678901234567890a" }],
  }, {
    master_api_keys: [{ name: "old", organisation: "O", ensure: "absent" }, {
      name: "new",
      organisation: "O",
      key: "abcdefgh.0123456789012345678901234567890b",
    }],
  }],
  ["an external id moves from a group that is removed", {
    organisations: [{ name: "O", groups: [{ name: "G", external_id: "idp-1" }] }],
  }, {
    organisations: [{
      name: "O",
      groups: [{ name: "G", ensure: "absent" }, { name: "H", external_id: "idp-1" }],
    }],
  }],
  ["a distinguished name moves from a group that is removed with its organisation", {
    organisations: [{ name: "O", groups: [{ name: "G", ldap_dn: "cn=g" }] }, { name: "P" }],
  }, {
    organisations: [{ name: "O", ensure: "absent" }, { name: "P", groups: [{ name: "H", ldap_dn: "cn=g" }] }],
  }],
  ["a user name moves from a user who is removed", {
    users: [{ email: "ada@example.com", username: "ada" }],
  }, {
    users: [{ email: "ada@example.com", ensure: "absent" }, { email: "bob@example.com", username: "ada" }],
  }],
  ["a tag is removed and the feature that had it is compared", {
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      tags: [{ label: "a" }, { label: "b" }],
      features: [{ name: "f", tags: ["a", "b"] }],
    }],
  }, {
    projects: [{
      name: "P",
      organisation: "O",
      tags: [{ label: "a", ensure: "absent" }],
      features: [{ name: "f", tags: ["b"] }],
    }],
  }],
  ["an override is removed and another one follows with the priority that becomes free", {
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      environments: [{ name: "A" }],
      segments: ["s", "t", "u"].map((name) => ({ name, rules: RULES })),
      features: [{
        name: "f",
        environments: {
          A: { segment_overrides: [{ segment: "s", enabled: true }, { segment: "t", enabled: true }] },
        },
      }],
    }],
  }, {
    projects: [{ name: "P", organisation: "O" }],
    segment_overrides: [
      { feature: "f", environment: "A", project: "P", segment: "s", ensure: "absent" },
      { feature: "f", environment: "A", project: "P", segment: "t", priority: 0 },
      { feature: "f", environment: "A", project: "P", segment: "u", priority: 1, enabled: true },
    ],
  }],
];

for (const [name, before, after] of CASES) {
  Deno.test(`plan, dry run and apply agree when ${name}`, async () => {
    await withDatabase({}, async (database) => void await agree(database, before, after));
  });
}

const CHOSEN = {
  organisations: [{ name: "O" }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{
      name: "A",
      api_key: "client-key-of-a",
      server_side_environment_keys: [{ name: "k", key: "ser.key-of-a" }],
    }],
    features: [{ name: "f" }],
  }],
};

Deno.test("plan and apply agree when a deleted environment of ours still holds its client-side and server-side keys", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([CHOSEN], { databaseUrl: url });
    await sql`update environments_environment set deleted_at = now()`;
    const world = { databaseUrl: url, stdin: JSON.stringify({ version: "1.0", ...CHOSEN }) };
    const planned = await runCli(["plan", "--file", "-", "--format", "json"], world);
    assert.equal(planned.code, 0, planned.err);
    const applied = await runCli(["apply", "--file", "-"], world);
    assert.equal(applied.code, 0, applied.err);
    const counts = Object.entries<number>(JSON.parse(planned.out).rows_deleted).map(([t, n]) =>
      `${t} (${n})`
    );
    assert.ok(counts.includes("environments_environmentapikey (1)"));
    assert.match(applied.out, new RegExp(`^Rows removed: ${RegExp.escape(counts.join(", "))}\\.$`, "m"));
    const [row] = await sql`select count(*)::int as n from environments_environment`;
    assert.equal(row?.["n"], 1);
  });
});

Deno.test("apply asks for --allow-delete when others worked in a deleted environment whose key becomes free", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([CHOSEN], { databaseUrl: url });
    await sql`update environments_environment set deleted_at = now()`;
    await sql`insert into audit_auditlog (created_date, log, environment_id, project_id, related_object_type, is_system_event)
      select now(), 'Flag updated', id, project_id, 'FEATURE_STATE', false from environments_environment, generate_series(1, 3)`;
    const world = { databaseUrl: url, stdin: JSON.stringify({ version: "1.0", ...CHOSEN }) };
    const planned = await runCli(["plan", "--file", "-"], world);
    assert.match(planned.err, /^note: apply needs --allow-delete to delete\.$/m);
    const removed = /: (audit_auditlog \(3\), .*)\.$/m.exec(planned.out)?.[1] ?? "";
    assert.notEqual(removed, "");
    const refused = await runCli(["apply", "--file", "-"], world);
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    assert.match(
      refused.err,
      /Environment "A" takes its key .* would be removed: audit_auditlog \(3\) \[FP320\]/,
    );
    const dry = await runCli(["apply", "--file", "-", "--dry-run"], world);
    assert.ok(dry.out.includes(`\nRows that would go: ${removed}.\n`), dry.out);
    const applied = await runCli(["apply", "--file", "-", "--allow-delete"], world);
    assert.equal(applied.code, 0, applied.err);
    assert.ok(applied.out.includes(`\nRows removed: ${removed}.\n`), applied.out);
    const [row] = await sql`select count(*)::int as n from audit_auditlog`;
    assert.equal(row?.["n"], 0);
  });
});

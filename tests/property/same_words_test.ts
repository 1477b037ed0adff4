/** `plan`, `apply --dry-run` and `apply` say the same lines and counts for the same work, and refuse with the same words. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { quickHash } from "../support/password_hash.ts";
import { holdsForSets } from "../support/property.ts";
import { changeOf } from "../support/random_set/mutation.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { movesOf } from "../support/random_set/moves.ts";
import { runCli } from "../support/run_cli.ts";
import { notesOf, wordsOf } from "../support/run_words.ts";

/** Plans, tries and applies; gives the exit code, which is that of all three. */
async function assertSameWords(
  databaseUrl: string,
  stdin: string,
  ...args: readonly string[]
): Promise<number> {
  const run = (...command: readonly string[]) =>
    runCli([...command, "--file", "-", ...args], { databaseUrl, stdin, io: { hash: quickHash } });
  const plan = await run("plan");
  const tried = await run("apply", "--dry-run");
  const done = await run("apply", "--allow-delete");
  assert.deepEqual([plan.code, tried.code], [done.code, done.code], plan.err + tried.err + done.err);
  if (done.code !== 0) {
    assert.deepEqual([plan.err, tried.err], [done.err, done.err]);
    return done.code;
  }
  const [planned, dry, made] = [plan, tried, done].map(({ out }) => wordsOf(out));
  assert.deepEqual(dry, made, tried.out);
  assert.deepEqual(planned?.lines, made?.lines, plan.out);
  if (planned?.counts === undefined) assert.equal(plan.out, "Nothing to do.\n");
  else assert.equal(planned.counts, made?.counts);
  assert.deepEqual(notesOf(plan.err), notesOf(tried.err));
  return done.code;
}

function documentText(document: unknown): string {
  return JSON.stringify({ version: "1.0", ...Object(document) });
}

Deno.test("plan, dry run and apply say the same of removals, moved keys, renames and other orders", async () => {
  await holdsForSets(5, async ({ seed }) => {
    await withDatabase({}, async ({ url }) => {
      const { before, after } = movesOf(seed, true);
      await assertSameWords(url, documentText(before), "--on-exists", "update");
      await assertSameWords(url, documentText(after), "--on-exists", seed % 3 === 0 ? "skip" : "update");
    });
  });
});

Deno.test("plan, dry run and apply say the same of any set and any change of it", async () => {
  await holdsForSets(3, async (set) => {
    await withDatabase({}, async ({ url, sql }) => {
      const { before, after } = changeOf(set);
      await assertSameWords(url, filesOf(before).join("---\n"));
      // Some of it is adopted again, entity by entity.
      await sql.unsafe("ALTER TABLE provisioning_log DISABLE TRIGGER ALL");
      await sql`DELETE FROM provisioning_log WHERE seq % 3 = 0`;
      await assertSameWords(url, filesOf(after).join("---\n"), "--on-exists", "update");
    });
  });
});

Deno.test("plan, dry run and apply say the same of rows without a kind and of the domain", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    await sql`create table saml_configuration (id serial primary key, name text not null, label text)`;
    const wish = (label: string, ensure = "present") => ({
      app_domain: `${label}.example.com`,
      rows: [
        { table: "saml_configuration", key: { name: "a" }, set: { label } },
        {
          table: "saml_configuration",
          key: { name: "b" },
          ...(ensure === "absent" ? { ensure } : { set: { label } }),
        },
      ],
    });
    await assertSameWords(url, documentText(wish("one")));
    await assertSameWords(url, documentText(wish("two", "absent")), "--on-exists", "update");
  });
});

const HOUSE = {
  users: [{ email: "ada@example.com" }],
  organisations: [{
    name: "O",
    members: [{ email: "ada@example.com", role: "ADMIN" }],
    groups: [{ name: "G", members: [{ email: "ada@example.com" }] }],
    subscription: { plan: "enterprise", seats: 2 },
  }],
  master_api_keys: [{ name: "M", organisation: "O" }],
  projects: [{
    name: "Web",
    organisation: "O",
    environments: [{ name: "Dev", identities: [{ identifier: "i", traits: { constructor: "x" } }] }],
    features: [{ name: "f" }, { name: "g" }],
  }],
};

/** What may be wanted of `HOUSE`, one wish after the other. */
const WISHES: readonly (readonly [name: string, document: unknown])[] = [
  ["another order and other parts", {
    organisations: [{
      name: "O",
      subscription: { seats: 3 },
      members: [{ email: "ada@example.com", role: "USER" }],
    }],
    features: [{
      name: "f",
      project: "Web",
      environments: { Dev: { enabled: true, identity_overrides: [{ identifier: "i", enabled: false }] } },
    }],
  }],
  ["new credentials", {
    users: [{ email: "ada@example.com", rotate: "1", password: "correct horse battery" }],
    master_api_keys: [{ name: "M", organisation: "O", rotate: "1", is_admin: false }],
  }],
  ["a name and a removal in one", {
    features: [
      { name: "h", project: "Web", renamed_from: "g", default_enabled: true },
      { name: "f", project: "Web", ensure: "absent" },
    ],
  }],
  ["a removal with all that is below", { projects: [{ name: "Web", organisation: "O", ensure: "absent" }] }],
  ["a user with its organisations, and one of that name again", {
    users: [{ email: "ada@example.com", ensure: "absent", with_organisations: true }, {
      email: "cy@example.com",
    }],
    organisations: [{ name: "O", members: [{ email: "cy@example.com" }] }],
  }],
];

Deno.test("plan, dry run and apply say the same of cascades, credentials and parts, one wish after the other", async () => {
  await withDatabase({}, async ({ url }) => {
    for (const [name, wish] of [["a house", HOUSE] as const, ...WISHES]) {
      assert.equal(await assertSameWords(url, documentText(wish), "--on-exists", "update"), 0, name);
    }
  });
});

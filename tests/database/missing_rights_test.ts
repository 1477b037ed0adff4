/** One report of missing rights is enough: what its hint grants makes the command run, from whatever the role had before. */
import assert from "node:assert/strict";
import { type DatabaseOptions, type TestDatabase, withDatabase } from "../support/database.ts";
import { CHANGES, EVERYTHING } from "../support/every_table.ts";
import { applied } from "../support/given.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { requestReset, startServing } from "../support/serving.ts";
import { startWatching, until } from "../support/watching.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";
const FILE = ["--file", "-"];
const ACME = { organisations: [{ name: "Acme", subscription: { seats: 5 } }] };

/** A role that may connect, and nothing else. */
interface Stranger {
  readonly database: TestDatabase;
  /** The role's own address. */
  readonly own: string;
  /** Quoted. */
  readonly role: string;
  readonly run: (args: readonly string[], document?: unknown) => Promise<CliResult>;
  /** The same as the owner of the tables. */
  readonly asOwner: (args: readonly string[], document?: unknown) => Promise<void>;
}

async function withStranger(
  test: (stranger: Stranger) => Promise<void>,
  options: DatabaseOptions = {},
): Promise<void> {
  await withDatabase(options, async (database) => {
    const { sql, url, name } = database;
    const role = `stranger ${name}`.slice(0, 63);
    await sql.unsafe(`REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE ROLE "${role}" LOGIN`);
    const own = new URL(url);
    own.username = role;
    const runAs = (databaseUrl: string, args: readonly string[], document: unknown): Promise<CliResult> =>
      runCli(args, {
        databaseUrl,
        io: { hash: quickHash },
        env: { ENABLE_LOCAL_DATABASE_RESET: "true", DJANGO_SECRET_KEY: "secret" },
        stdin: document === undefined ? "" : JSON.stringify({ version: "1.0", ...Object(document) }),
      });
    try {
      await test({
        database,
        own: own.href,
        role: `"${role}"`,
        run: (args, document) => runAs(own.href, args, document),
        asOwner: async (args, document) => {
          const { code, err } = await runAs(url, args, document);
          assert.equal(code, 0, err);
        },
      });
    } finally {
      await sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
    }
  });
}

/** The statements of the hint of FP407. */
function grantsOf(err: string): readonly string[] {
  const [, grants] = /\[FP407\]\n {3}= hint: .* For what is named here: (.*)\n/.exec(err) ?? [];
  assert.ok(grants !== undefined, err);
  return grants.split("; ");
}

/** Runs the command, which is refused, does what the hint says, and runs it again, which succeeds. */
async function oneRound(stranger: Stranger, args: readonly string[], document?: unknown): Promise<void> {
  const { database: { sql }, run } = stranger;
  const refused = await run(args, document);
  assert.equal(refused.code, 1, `${args.join(" ")}: ${refused.out}${refused.err}`);
  const grants = grantsOf(refused.err);
  await sql.unsafe(grants.join(";\n"));
  await withoutSome(stranger, [...args, ...DRY.includes(args[0] ?? "") ? ["--dry-run"] : []], document);
  const { code, out, err } = await run(args, document);
  assert.equal(code, 0, `${args.join(" ")} with ${grants.join("; ")}\n${out}${err}`);
}

/** Commands that can be run without changing anything. */
const DRY = ["apply", "reset", "teardown", "adopt"];
/** How many rights are taken away, one after the other. */
const TAKEN = FULL ? 20 : 2;

/** Runs the command without one of the role's rights at a time: that one is named, and no other, if it is missed at all. */
async function withoutSome(
  { database: { sql }, role, run }: Stranger,
  args: readonly string[],
  document: unknown,
): Promise<void> {
  const rights = await sql<{ right: string; kind: string; name: string }[]>`
    select a.privilege_type as right, case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end as kind, c.relname as name
    from pg_class c, aclexplode(c.relacl) a
    where quote_ident(a.grantee::regrole::text) = ${role} or a.grantee::regrole::text = ${role} order by random() limit ${TAKEN}`;
  for (const { right, kind, name } of rights) {
    const object = `${kind === "TABLE" ? "" : "SEQUENCE "}public.${
      /^[a-z_0-9]+$/.test(name) ? name : `"${name}"`
    }`;
    await sql.unsafe(`REVOKE ${right} ON ${object} FROM ${role}`);
    const { code, err } = await run(args, document);
    const grant = `GRANT ${right} ON ${object} TO ${role}`;
    if (code !== 0) assert.deepEqual(grantsOf(err), [grant]);
    await sql.unsafe(grant);
  }
}

/** All cases in full runs; else those that have the most rights in them, which come first. */
function some<T>(cases: readonly T[], count: number): readonly T[] {
  return FULL ? cases : cases.slice(0, count);
}

const ON_NOTHING: readonly (readonly string[])[] = [
  ["apply", "--preset", "dev"],
  ["reset", "--preset", "e2e"],
  ["apply", "--preset", "e2e"],
  ["apply", "--preset", "bootstrap"],
  ["apply", "--preset", "demo", "--preset", "flagsmith-on-flagsmith"],
  ["plan", "--preset", "demo"],
  ["status", "--preset", "demo"],
  ["adopt", "--preset", "demo"],
  ["reset", "--preset", "dev"],
  ["teardown", "--all", "--yes"],
  ["log"],
  ["log", "init"],
  ["log", "protect"],
  ["log", "prune"],
];

Deno.test("a role that may only connect needs one report of missing rights, on a fresh instance", async (t) => {
  for (const args of some(ON_NOTHING, 2)) {
    await t.step(args.join(" "), async () => {
      await withStranger(async (stranger) => {
        await oneRound(stranger, args);
      });
    });
  }
});

const ON_MUCH: readonly (readonly [args: readonly string[], document?: unknown])[] = [
  [["apply", ...FILE, "--on-exists", "update"], CHANGES],
  [["teardown", "--all", "--yes"]],
  [["status", ...FILE], { users: [{ email: "else@example.com" }] }],
  [["export", "--organisation", "Acme"]],
  [["adopt", ...FILE], EVERYTHING],
  [["reset", ...FILE, "--take-over"], EVERYTHING],
  [["reset", ...FILE, "--flush", "--yes"], EVERYTHING],
  [["reset", ...FILE], EVERYTHING],
  [["plan", ...FILE], CHANGES],
  [["apply", ...FILE], CHANGES],
  [["apply", ...FILE, "--allow-delete"], {
    projects: [{ name: "Web", organisation: "Acme", ensure: "absent" }],
  }],
  [["status", ...FILE], EVERYTHING],
  [["log", "--runs"]],
];

Deno.test("a role that may only connect needs one report of missing rights, on an instance with everything", async (t) => {
  for (const [args, document] of some(ON_MUCH, 5)) {
    await t.step(args.join(" "), async () => {
      await withStranger((stranger) => oneRound(stranger, args, document), { given: applied([EVERYTHING]) });
    });
  }
});

Deno.test("a role that may read is told of the rights that its plan needs, and of no others", async () => {
  await withStranger(async ({ database: { sql }, role, run, asOwner }) => {
    await asOwner(["apply", ...FILE], { users: [{ email: "a@example.com" }] });
    await sql.unsafe(
      `GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    const document = { ...ACME, defaults: { on_exists: "update" }, users: [{ email: "a@example.com" }] };
    const { code, out, err } = await run(["apply", ...FILE], document);
    assert.deepEqual([code, out], [1, ""]);
    assert.equal(
      err,
      `error: Cannot draw ids: the database user lacks a right: INSERT on tables organisations_historicalsubscription, organisations_organisation, organisations_subscription, provisioning_log; USAGE on sequences organisations_historicalsubscription_history_id_seq, organisations_organisation_id_seq, organisations_subscription_id_seq [FP407]
   = hint: Nothing was changed. deploy/kubernetes/grants.sql holds every right that the program needs; creating the log table needs CREATE on the schema once. For what is named here: GRANT INSERT ON public.organisations_historicalsubscription, public.organisations_organisation, public.organisations_subscription, public.provisioning_log TO ${role}; GRANT USAGE ON SEQUENCE public.organisations_historicalsubscription_history_id_seq, public.organisations_organisation_id_seq, public.organisations_subscription_id_seq TO ${role}
`,
    );
    await sql.unsafe(grantsOf(err).join(";"));
    assert.equal((await run(["apply", ...FILE], document)).code, 0);
    // What is there is left alone: nothing is to be written.
    assert.equal((await run(["apply", ...FILE], document)).code, 0);
  });
});

Deno.test("rights on columns count where they are enough", async () => {
  await withStranger(async ({ database: { sql }, role, run, asOwner }) => {
    await asOwner(["log", "init"]);
    await sql.unsafe(
      `GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
      GRANT INSERT ON ALL TABLES IN SCHEMA public TO ${role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role};
      GRANT UPDATE (domain) ON django_site TO ${role};
      REVOKE SELECT ON django_site, users_ffadminuser FROM ${role}; GRANT SELECT (id, domain) ON django_site TO ${role};
      REVOKE USAGE ON SEQUENCE organisations_organisation_id_seq FROM ${role}`,
    );
    const document = { ...ACME, app_domain: "flags.example.com" };
    const all = await sql`select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
      where attrelid = 'users_ffadminuser'::regclass and attnum > 0 and not attisdropped`;
    await sql.unsafe(`GRANT SELECT (${all[0]?.["columns"]}) ON users_ffadminuser TO ${role}`);
    const refused = await run(["apply", ...FILE], document);
    assert.deepEqual(grantsOf(refused.err), [
      `GRANT USAGE ON SEQUENCE public.organisations_organisation_id_seq TO ${role}`,
    ]);
    await sql.unsafe(grantsOf(refused.err).join(";"));
    assert.equal((await run(["apply", ...FILE], document)).code, 0);
    // Whole rows of users are read where some are declared.
    await sql.unsafe(`REVOKE SELECT (last_login) ON users_ffadminuser FROM ${role}`);
    const users = await run(["plan", ...FILE], { users: [{ email: "a@example.com" }] });
    assert.deepEqual(grantsOf(users.err), [`GRANT SELECT ON public.users_ffadminuser TO ${role}`]);
  });
});

Deno.test("a watch prints the statements that give what is missing once, and applies when they were run", async () => {
  await withStranger(async ({ database: { sql }, own }) => {
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(`${directory}/a.yaml`, "version: '1.0'\norganisations: [{name: Acme}]\n");
    try {
      const watched = await startWatching(own, directory, []);
      try {
        const failures = (): readonly string[] => watched.err().match(/ error: .* \[FP407\]\n/g) ?? [];
        await until(watched, () => failures().length >= 2);
        assert.equal(watched.err().match(/= hint: /g)?.length, 1, watched.err());
        await sql.unsafe(grantsOf(watched.err()).join(";"));
        await until(watched, watched.ready);
      } finally {
        await watched.end("SIGKILL");
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
});

Deno.test("serve begins after one report, and a reset that lacks a right names it", async () => {
  await withStranger(async ({ database: { sql }, role, own, run }) => {
    const args = ["--file", "-", "--take-over"];
    const stdin = JSON.stringify({ version: "1.0", ...ACME });
    const environment = { E2E_TEST_AUTH_TOKEN: "token-of-tests", ENABLE_FE_E2E: "true" };
    const refused = await runCli(["serve", "--listen", "127.0.0.1:0", ...args], {
      databaseUrl: own,
      env: environment,
      stdin,
    });
    await sql.unsafe(grantsOf(refused.err).join(";"));
    const server = await startServing(args, { stdin, databaseUrl: own });
    try {
      assert.equal((await requestReset(server.port)).status, 204);
      assert.equal((await requestReset(server.port)).status, 204);
      await sql.unsafe(`REVOKE DELETE ON organisations_subscription FROM ${role}`);
      const answer = await requestReset(server.port);
      assert.equal(answer.status, 500);
      const grant = `GRANT DELETE ON public.organisations_subscription TO ${role}`;
      assert.ok(
        String(JSON.parse(answer.body).error.hint).endsWith(`For what is named here: ${grant}`),
        answer.body,
      );
      await sql.unsafe(grant);
      assert.equal((await requestReset(server.port)).status, 204);
    } finally {
      await server.stop();
    }
    assert.equal((await run(["log"])).code, 0);
  });
});

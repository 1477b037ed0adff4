/**
 * Every command, with every statement in the server's log: no text of one holds a secret, and none is worth parallel workers.
 * Parameters are not logged.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import { withLoggedServer } from "../support/logged_server.ts";
import { runCli } from "../support/run_cli.ts";

const SECRET = /CANARY\w*|pbkdf2_sha256\S*/;
const ENV = { SEC: "CANARYvalue" };

const set = (more: object) =>
  JSON.stringify({
    version: "1.0",
    users: [{ email: "a@example.com", password: "CANARYpassword1" }],
    organisations: [{
      name: "Acme",
      members: [{ email: "a@example.com", role: "ADMIN" }],
      master_api_keys: [{ name: "ci" }, { name: "own", key: "Prefix01.CANARYmaster0000000000000000000" }],
    }],
    projects: [{
      name: "Web",
      organisation: "Acme",
      environments: [{
        name: "Production",
        server_side_environment_keys: [{ name: "CI", key: "ser.CANARYserverkey00001" }],
        identities: [{ identifier: "i", traits: { t: "${SEC}" } }],
      }],
      features: [{ name: "flag", initial_value: "${SEC}" }],
    }],
    ...more,
  });

/** What a signed-in user and the history of the application leave: tokens are primary keys. */
const USED = `
insert into authtoken_token (key, created, user_id) select 'CANARYtoken0000000000000000000000000001', now(), id
  from users_ffadminuser on conflict do nothing;
update audit_auditlog set master_api_key_id = (select min(id) from api_keys_masterapikey);
insert into audit_auditlog (created_date, log, author_id, master_api_key_id, project_id, related_object_id, related_object_type, is_system_event)
  select now(), 'x', (select max(id) from users_ffadminuser), k.id, p.id, 1, 'FEATURE', false from api_keys_masterapikey k, projects_project p;
`;

const COMMANDS: readonly (readonly [args: readonly string[], document?: object])[] = [
  [["plan"], {}],
  [["apply"], {}],
  [["status"], {}],
  [["apply", "--on-exists", "update"], {}],
  [["apply", "--on-exists", "update"], {
    users: [{ email: "a@example.com", password: "CANARYpassword2", rotate: "1" }],
    organisations: [{ name: "Acme", master_api_keys: [{ name: "ci", rotate: "1" }] }],
    projects: [],
  }],
  [["adopt"], {}],
  [["export", "--organisation", "Acme"]],
  [["reset", "--take-over"], {}],
  [["teardown", "--address", "master_api_key:Acme/ci", "--yes"]],
  [["plan"], {
    organisations: [{ name: "Acme", master_api_keys: [{ name: "own", ensure: "absent" }] }],
    projects: [],
  }],
  [["apply", "--allow-delete"], {
    users: [{ email: "a@example.com", ensure: "absent", with_organisations: true }],
    organisations: [],
    projects: [],
  }],
  [["apply"], {}],
  [["teardown", "--all", "--cascade", "--yes"]],
  [["log", "--limit", "all", "-v"]],
];

Deno.test("no statement of any command has a secret in its text or starts parallel workers in a small database", async () => {
  await withLoggedServer(async (url, log) => {
    // Only what the program's own role says is logged.
    const sql = postgres(url.replace("app@", "postgres@"), { max: 1, onnotice: () => {} });
    try {
      await sql`alter role app set log_statement = 'all'`;
      await sql`alter role app set log_parameter_max_length = 0`;
      // The server tells at this level which workers it starts; sessions of the program tell no more than before.
      await sql`alter role app set log_min_messages = 'warning'`;
      await sql`alter system set log_min_messages = 'debug1'`;
      await sql`select pg_reload_conf()`;
      let read = 0;
      for (const [args, document] of COMMANDS) {
        const { code, out, err } = await runCli(
          document === undefined ? args : [...args, "-f", "-", "--secret-env", "SEC"],
          { databaseUrl: url, env: ENV, stdin: document === undefined ? "" : set(document) },
        );
        const name = args.join(" ");
        assert.equal(code, 0, `${name}\n${out}${err}`);
        const text = await log();
        const added = text.slice(read);
        assert.ok(
          added.includes("statement:") || added.includes("execute"),
          `${name}: statements are logged`,
        );
        assert.doesNotMatch(added, SECRET, name);
        assert.doesNotMatch(added, /starting background worker process "parallel worker/, name);
        const [{ users } = { users: 0 }] = await sql`select count(*)::int as users from users_ffadminuser`;
        if (users > 0) await sql.unsafe(USED);
        read = (await log()).length;
      }
    } finally {
      await sql.end();
    }
  });
});

import assert from "node:assert/strict";
import { ProvisionError } from "../diagnostics/error.ts";
import { type ConnectionSettings, connectionSettings, describeTarget } from "./settings.ts";

type Files = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;

const read = (
  env: Readonly<Record<string, string>>,
  option?: string,
  files: Files = {},
): Promise<ConnectionSettings> => {
  const find = (path: string) => {
    const file = files[path];
    return file === undefined ? Promise.reject(new Error("no such file")) : Promise.resolve(file);
  };
  return connectionSettings(option, {
    env: (name) => env[name],
    files: {
      readTextFile: async (path) => (await find(path)).text,
      stat: async (path) => ({ isFile: true, mode: (await find(path)).mode ?? 0o100600 }),
    },
  });
};

const targetOf = async (env: Readonly<Record<string, string>>, option?: string) =>
  describeTarget(await read(env, option));

/** The error for an address; its message begins the same for all. */
async function refusal(
  option: string | undefined,
  env: Readonly<Record<string, string>> = {},
  files: Files = {},
) {
  const error = await read(env, option, files).then(() => undefined, (e: unknown) => e);
  assert.ok(error instanceof ProvisionError, `not refused: ${option}`);
  assert.equal(error.exitCode, 64);
  return {
    code: error.code,
    why: error.message.replace(/^The database address in \S+ cannot be used: /, ""),
    text: `${error.message} ${error.hint}`,
  };
}

Deno.test("connectionSettings() takes the option before DATABASE_URL before DJANGO_DB_* before PG*", async () => {
  const env = { DATABASE_URL: "postgres://u@url/db", DJANGO_DB_HOST: "django", PGHOST: "pg", USER: "me" };
  assert.equal(await targetOf(env, "postgresql://u@option/db"), "u@option:5432/db");
  assert.equal(await targetOf(env), "u@url:5432/db");
  assert.equal(await targetOf({ ...env, DATABASE_URL: "" }), "postgres@django:5432/flagsmith");
  assert.equal(await targetOf({ PGHOST: "pg", USER: "me" }), "me@pg:5432/me");
});

Deno.test("describeTarget() shows a user and a database that are names, and nothing that may be an address", async () => {
  assert.equal(
    await targetOf({}, "host=h user=us.er-1@server dbname='my db'"),
    "us.er-1@server@h:5432/my db",
  );
  assert.equal(await targetOf({ PGHOST: "h", PGUSER: "u:CANARY", PGDATABASE: "x" }), "…@h:5432/x");
  for (
    const name of [
      "host=h password=CANARY dbname=x",
      "u:CANARY@h/x",
      "x?password=CANARY",
      "//u:CANARY",
      "CANARY@h",
    ]
  ) {
    assert.equal(await targetOf({ PGHOST: "h", PGUSER: "u", PGDATABASE: name }), "u@h:5432/…", name);
    assert.equal(await targetOf({ DJANGO_DB_HOST: "h", DJANGO_DB_NAME: name }), "postgres@h:5432/…", name);
  }
});

Deno.test("connectionSettings() reads every part of a URL", async () => {
  assert.deepEqual(
    await read({}, "postgresql://us%40er:p%3Aw+@[::1]:6543/da%2Fta?sslmode=verify-full&sslrootcert=/ca.pem"),
    {
      servers: [{ host: "::1", address: "::1", port: 6543, socket: false, password: "p:w+" }],
      database: "da/ta",
      user: "us@er",
      sslmode: "verify-full",
      sslrootcert: "/ca.pem",
      clientCertificate: undefined,
      targetSession: undefined,
      runTimeSettings: [],
      applicationName: undefined,
      connectTimeout: undefined,
      source: "--database-url",
    },
  );
});

Deno.test("connectionSettings() reads the same from a URL and from keywords and values", async () => {
  const url = await read(
    {},
    "postgresql://u:a%20b%27c@db:1/n?connect_timeout=5&application_name=x&options=-c%20search_path%3Da%2Cb%20-c%20work_mem%3D1MB" +
      "&sslcert=/c&sslkey=/k&target_session_attrs=primary&keepalives=1",
  );
  const words = await read(
    {},
    "host=db port=1 user=u password='a b\\'c' dbname=n connect_timeout=5 application_name=x keepalives=1 " +
      "options='-c search_path=a,b -c work_mem=1MB' sslcert=/c sslkey=/k target_session_attrs=primary",
  );
  assert.deepEqual(words, url);
  assert.deepEqual(url.runTimeSettings, [["search_path", "a,b"], ["work_mem", "1MB"]]);
  assert.equal(url.connectTimeout, 5000);
  assert.equal(url.servers[0]?.password, "a b'c");
});

Deno.test("connectionSettings() reads hosts, sockets and ports as libpq pairs them", async () => {
  const servers = async (option: string, env = {}) =>
    (await read(env, option)).servers.map((s) =>
      `${s.host}|${s.address}|${s.port}${s.socket ? "|socket" : ""}`
    );
  assert.deepEqual(await servers("postgresql://u@a:1,b:2/x"), ["a|a|1", "b|b|2"]);
  assert.deepEqual(await servers("postgresql://u@a,[::1]:2/x"), ["a|a|5432", "::1|::1|2"]);
  assert.deepEqual(await servers("host=a,b port=7"), ["a|a|7", "b|b|7"]);
  assert.deepEqual(await servers("postgresql://u@/x?host=/run/pg&port=7"), ["/run/pg|/run/pg|7|socket"]);
  assert.deepEqual(await servers("postgresql://u@%2Frun%2Fp%3Ag:7/x"), ["/run/p:g|/run/p:g|7|socket"]);
  assert.deepEqual(await servers("postgresql://u@db/x?hostaddr=10.0.0.1"), ["db|10.0.0.1|5432"]);
  assert.deepEqual(await servers("postgresql:///x", { PGHOST: "pg", PGPORT: "9" }), ["pg|pg|9"]);
  assert.equal(await targetOf({ DJANGO_DB_HOST: "[::1]" }), "postgres@[::1]:5432/flagsmith");
});

Deno.test("connectionSettings() fills what an address lacks from libpq's variables and from a service", async () => {
  const env = { PGSSLMODE: "require", PGOPTIONS: "-csearch_path=s", PGCONNECT_TIMEOUT: "0", PGUSER: "me" };
  const settings = await read(env, "postgresql://db/x");
  assert.equal(settings.sslmode, "require");
  assert.deepEqual(settings.runTimeSettings, [["search_path", "s"]]);
  assert.equal(settings.connectTimeout, Infinity);
  assert.equal(settings.user, "me");
  const files = {
    "/svc": { text: "# ours\n[other]\nhost=no\n[main]\nhost=db\ndbname=flags\n[last]\nport=1\n" },
  };
  const service = await read({ PGSERVICE: "main", PGSERVICEFILE: "/svc", PGUSER: "me" }, undefined, files);
  assert.equal(describeTarget(service), "me@db:5432/flags");
  const both = await read({ PGSERVICEFILE: "/svc" }, "service=main host=mine user=u", files);
  assert.equal(describeTarget(both), "u@mine:5432/flags");
  assert.equal((await refusal("service=none user=u", { PGSERVICEFILE: "/svc" }, files)).code, "FP402");
});

Deno.test("connectionSettings() finds passwords in a file that only its owner may read", async () => {
  const text = "# hosts\nother:*:*:*:wrong\ndb:5432:fl\\:ags:u:s\\:cret\n*:*:*:u:last\n";
  const password = async (option: string, mode?: number) =>
    (await read({ PGPASSFILE: "/pass" }, option, {
      "/pass": { text, ...(mode === undefined ? {} : { mode }) },
    }))
      .servers.map((s) => s.password);
  assert.deepEqual(await password("postgresql://u@db,elsewhere/fl:ags"), ["s:cret", "last"]);
  assert.deepEqual(await password("postgresql://nobody@db/x"), [undefined]);
  assert.deepEqual(await password("postgresql://u:given@db/x"), ["given"]);
  const files = { "/pass": { text, mode: 0o100644 } };
  assert.equal((await refusal("postgresql://u@db/x", { PGPASSFILE: "/pass" }, files)).code, "FP416");
  assert.equal((await refusal("postgresql://u@db/x", { PGPASSFILE: "/none" })).code, "FP416");
  assert.equal(
    (await read({ HOME: "/h" }, "postgresql://u@db/x", { "/h/.pgpass": { text } })).servers[0]?.password,
    "last",
  );
});

Deno.test("connectionSettings() uses the certificates of libpq's own directory", async () => {
  const files = { "/h/.postgresql/root.crt": { text: "" }, "/h/.postgresql/postgresql.crt": { text: "" } };
  const settings = await read({ HOME: "/h" }, "postgresql://u@db/x", files);
  assert.equal(settings.sslrootcert, "/h/.postgresql/root.crt");
  assert.deepEqual(settings.clientCertificate, {
    certificate: "/h/.postgresql/postgresql.crt",
    key: "/h/.postgresql/postgresql.key",
  });
});

Deno.test("connectionSettings() refuses by its name what it cannot honour", async () => {
  const whys = [];
  for (
    const query of [
      "nonsense=1",
      "constructor=1",
      "sslmod=require",
      "channel_binding=require",
      "sslcrl=/x",
      "require_auth=none",
      "gssencmode=require",
      "load_balance_hosts=random",
      "schema=x",
      "sslmode=maybe",
      "target_session_attrs=best",
      "sslkey=/k",
      "sslrootcert=system&sslmode=require",
      "host=b",
      "connect_timeout=soon",
      "options=-d%205",
      "options=-csearch_path%3Da&currentSchema=b",
      "novalue",
    ]
  ) whys.push((await refusal(`postgresql://u@a/x?${query}`)).why);
  assert.deepEqual(whys, [
    'the parameter "nonsense" is not known',
    'the parameter "constructor" is not known',
    'the parameter "sslmod" is not known',
    "channel_binding (PGCHANNELBINDING) is supported only as disable, prefer",
    "sslcrl (PGSSLCRL) is not supported",
    "require_auth (PGREQUIREAUTH) is not supported",
    "gssencmode (PGGSSENCMODE) is supported only as disable, prefer",
    "load_balance_hosts (PGLOADBALANCEHOSTS) is supported only as disable",
    "schema is not supported",
    "sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full",
    "target_session_attrs is not one of any, read-write, read-only, primary, standby, prefer-standby",
    "it gives sslkey without sslcert",
    "sslrootcert=system goes with sslmode=verify-full only",
    "it gives host twice, with different values",
    "connect_timeout is not a number of seconds",
    "its options hold something else than settings",
    "currentSchema and the search_path of its options differ",
    "a parameter behind the question mark has no value",
  ]);
  assert.match(
    (await refusal(undefined, { PGHOST: "h", PGCHANNELBINDING: "require" })).why,
    /PGCHANNELBINDING/,
  );
});

Deno.test("connectionSettings() repeats no part of an address that it cannot take apart without doubt", async () => {
  const canary = "CANARY";
  const addresses = [
    "nonsense CANARY",
    "mysql://u:CANARY@h/d",
    "postgres://u:CANARY%zz@h/d",
    "postgres://u:CANARY@h:99999/d",
    "postgres://u:CANARY@h/d?sslmode=maybe",
    "postgresql://localhost:/CANARY@h:5432/d",
    "postgresql://u:5432/CANARY@h/d",
    "postgresql://u:CANARY#top@h/d",
    "postgresql://u:1#CANARY@h/d",
    "postgresql://u:CANARY?x@h/d",
    "postgresql://u:p@CANARY@h/d",
    "postgresql://u:p@CANARY/@127.0.0.1/x",
    "postgresql://u@h/d?password=CANARY@x",
    "postgresql://u@h/d?password=a&CANARY=b",
    "postgresql://u@h/d?password=a&CANARY",
    "postgresql://u@h/d#CANARY",
    "postgresql://postgresql://u:CANARY",
    "postgresql://CANARY:x:y/d",
    "postgresql://u@[CANARY]:1:2/d",
    "postgresql://u@h:CANARY/d",
    "postgresql://u@CAN%20ARYCANARY/d",
    "postgresql://u@h/d%00CANARY",
    "host=h password=a CANARY=b",
    "host=h password='CANARY",
    "host=h password=a CANARY",
    "host=u:CANARY@h",
    "host=postgresql://u:CANARY@h/d",
    "host=h port=CANARY",
    "host=h hostaddr=CANARY",
    "host=h dbname=postgresql://u:CANARY@h/d",
    "host=h options=CANARY",
    "host=h connect_timeout=CANARY",
    "host=h sslmode=CANARY",
  ];
  for (const address of addresses) {
    const { text, code } = await refusal(address);
    assert.ok(!text.includes(canary), `${address}: ${text}`);
    assert.equal(code, "FP402");
  }
  const variables: Readonly<Record<string, string>>[] = [
    { DJANGO_DB_HOST: "postgresql://u:CANARY@h/d" },
    { DJANGO_DB_HOST: "u:CANARY@h" },
    { DJANGO_DB_HOST: "h", DJANGO_DB_PORT: "CANARY" },
    { DJANGO_DB_HOST: "h", DJANGO_DB_NAME: "postgresql://u:CANARY@h/d" },
    { DJANGO_DB_HOST: "h", DJANGO_DB_USER: "postgresql://u:CANARY@h/d" },
    { PGHOST: "postgresql://u:CANARY@h/d" },
    { PGHOST: "h", PGPORT: "CANARY" },
    { PGHOST: "h", PGOPTIONS: "CANARY" },
    { DATABASE_URL: "postgresql://u:pa/CANARY@h/d" },
  ];
  for (const env of variables) {
    const { text, code } = await refusal(undefined, env);
    assert.ok(!text.includes(canary), `${JSON.stringify(env)}: ${text}`);
    assert.equal(code, "FP402");
  }
  const { text } = await refusal("postgresql://u:pa/ss@h/d");
  assert.match(text, /Write user and password percent-encoded: \/ is written %2F/);
});

Deno.test("connectionSettings() says so when nothing names a database", async () => {
  await assert.rejects(read({}), { name: "ProvisionError", code: "FP401", exitCode: 64 });
});

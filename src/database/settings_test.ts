import assert from "node:assert/strict";
import { ProvisionError } from "../diagnostics/error.ts";
import { connectionSettings, describeTarget } from "./settings.ts";

const read = (env: Readonly<Record<string, string>>, option?: string) =>
  connectionSettings(option, (name) => env[name]);

Deno.test("connectionSettings() takes the option before DATABASE_URL before DJANGO_DB_* before PG*", () => {
  const env = { DATABASE_URL: "postgres://u@url/db", DJANGO_DB_HOST: "django", PGHOST: "pg" };
  assert.equal(read(env, "postgresql://u@option/db").host, "option");
  assert.equal(read(env).host, "url");
  assert.equal(read({ ...env, DATABASE_URL: "" }).host, "django");
  assert.equal(read({ PGHOST: "pg", PGUSER: "u" }).host, "pg");
});

Deno.test("connectionSettings() reads every part of a URL", () => {
  assert.deepEqual(
    read({}, "postgresql://us%40er:p%3Aw@[::1]:6543/da%2Fta?sslmode=verify-full&sslrootcert=/ca.pem"),
    {
      host: "::1",
      port: 6543,
      database: "da/ta",
      user: "us@er",
      password: "p:w",
      sslmode: "verify-full",
      sslrootcert: "/ca.pem",
      source: "--database-url",
    },
  );
});

Deno.test("connectionSettings() has Flagsmith's and libpq's defaults", () => {
  assert.equal(describeTarget(read({ DJANGO_DB_HOST: "db" })), "postgres@db:5432/flagsmith");
  assert.equal(describeTarget(read({ PGHOST: "db", PGUSER: "me" })), "me@db:5432/me");
  assert.equal(read({ PGHOST: "db", PGSSLMODE: "require" }).sslmode, "require");
});

Deno.test("connectionSettings() never repeats an address that it refuses", () => {
  for (
    const url of [
      "nonsense hunter2",
      "mysql://u:hunter2@h/d",
      "postgres://u:hunter2%zz@h/d",
      "postgres://u:hunter2@h:99999/d",
      "postgres://u:hunter2@h/d?sslmode=maybe",
    ]
  ) {
    assert.throws(
      () => read({}, url),
      (error: unknown) =>
        error instanceof ProvisionError && error.exitCode === 64 &&
        !`${error.message} ${error.hint}`.includes("hunter2"),
    );
  }
  assert.throws(() => read({}), { name: "ProvisionError", code: "FP401", exitCode: 64 });
});

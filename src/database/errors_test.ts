import assert from "node:assert/strict";
import { failureOf, statementError } from "./errors.ts";

const thrown = (fields: Readonly<Record<string, string>>) =>
  Object.assign(new Error("Key (email)=(canary) exists"), { detail: "canary", ...fields });

Deno.test("statementError() names table and constraint and never the driver's message", () => {
  const error = statementError(
    thrown({ code: "23505", table_name: "users_ffadminuser", constraint_name: "users_email_key" }),
    "write the rows",
  );
  assert.equal(
    error.message,
    "Cannot write the rows: a row with the same unique value exists already in table users_ffadminuser (constraint users_email_key)",
  );
  assert.equal(error.exitCode, 1);
  assert.ok(!JSON.stringify([error.message, error.hint, error.cause]).includes("canary"));
});

Deno.test("statementError() gives each kind of failure its exit code", () => {
  const codes = Object.fromEntries(
    ["55P03", "57014", "42501", "42P01", "57P01", "CONNECTION_CLOSED", "EBADF", "XX000"].map((
      code,
    ) => [code, statementError(thrown({ code }), "read").exitCode]),
  );
  assert.deepEqual(codes, {
    "55P03": 75,
    "57014": 75,
    "42501": 1,
    "42P01": 78,
    "57P01": 69,
    CONNECTION_CLOSED: 69,
    EBADF: 69,
    XX000: 1,
  });
});

Deno.test("statementError() takes whatever names a system call for a lost connection, with or without a known code", () => {
  for (const code of ["UNKNOWN", "ECONNRESET", "EBADF"]) {
    const { code: shown, exitCode, message } = statementError(thrown({ code, syscall: "write" }), "read");
    assert.deepEqual([shown, exitCode], ["FP404", 69], code);
    assert.equal(message, "Cannot read: the connection to the database was lost");
  }
});

Deno.test("failureOf() looks into the errors of several tried addresses", () => {
  assert.equal(failureOf(new AggregateError([thrown({ code: "ECONNREFUSED" })])).code, "ECONNREFUSED");
  assert.deepEqual(failureOf("text"), {
    code: "",
    schema: undefined,
    table: undefined,
    column: undefined,
    constraint: undefined,
    severity: undefined,
    routine: undefined,
    within: undefined,
    systemCall: undefined,
    lost: false,
  });
});

Deno.test("statementError() names the function that does not find a name, and nothing else of the context", () => {
  const said = (code: string, where: string): string => {
    const { message, hint } = statementError(thrown({ code, where }), "write the rows");
    return `${message} | ${hint}`;
  };
  const wheres: Readonly<Record<string, string>> = {
    "PL/pgSQL function public.audit() line 3 at SQL statement": "public.audit()",
    'PL/pgSQL-Funktion shop."Audit all"(integer,text) Zeile 3 bei SQL-Anweisung':
      'shop."Audit all"(integer,text)',
    "PL/pgSQL関数public.audit()の3行目のSQLステートメント": "public.audit()",
    'SQL statement "INSERT INTO canary VALUES (\'PL/pgSQL canary()\')"\nPL/pgSQL function inner_one() line 1 at EXECUTE\nSQL statement "SELECT canary()"\nPL/pgSQL function public.outer_one() line 2 at PERFORM':
      "public.outer_one()",
    'SQL function "audited" statement 1': "audited",
    'SQL function "audited" during inlining': "audited",
  };
  for (const [where, name] of Object.entries(wheres)) {
    const text = said("42P01", where);
    assert.ok(
      text.startsWith(
        `Cannot write the rows: a function of this database, ${name}, does not find a table | `,
      ),
    );
    assert.ok(text.includes(`ALTER FUNCTION ${name} SET search_path`), text);
    assert.ok(!text.includes("canary"), text);
  }
  for (
    const where of [
      'SQL statement "INSERT INTO canary()"',
      "PL/pgSQL function inline_code_block line 1 at SQL statement",
      'COPY canary, line 1: "canary()"',
      "",
    ]
  ) assert.match(said("42P01", where), /^Cannot write the rows: the schema lacks a table or a column/);
  assert.match(
    said("P0001", "PL/pgSQL function public.audit() line 3 at RAISE"),
    /^Cannot write the rows: PostgreSQL answered with error P0001, in function public\.audit\(\) \|/,
  );
});

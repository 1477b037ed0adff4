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
    lost: false,
  });
});

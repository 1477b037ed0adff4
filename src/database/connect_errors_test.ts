import assert from "node:assert/strict";
import { ConnectError, connectError, joinedError } from "./connect_errors.ts";
import { lateTlsError, TlsError } from "./tls.ts";

const failed = (code: string, routine = "") =>
  connectError(Object.assign(new Error("canary"), { code, routine, detail: "canary" }), "u@h:1/d", {
    host: "h",
    password: false,
  });

Deno.test("connectError() gives each cause words and a hint of its own, and never the server's text", () => {
  const errors = [
    ...[
      "ECONNREFUSED",
      "ENOTFOUND",
      "ENETUNREACH",
      "EHOSTUNREACH",
      "CONNECT_TIMEOUT",
      "ECONNRESET",
      "ENOENT",
      "EACCES",
    ],
    ...["28P01", "28000", "3D000", "42501", "53300", "55000", "57P03", "57P01", "08P01"],
    ...["WRONG_TARGET", "SASL_SIGNATURE_MISMATCH", "58P01", "XX000", "ZZ999", ""],
  ].map((code) => failed(code));
  errors.push(failed("53300", "InitializeSessionUserId"), failed("53300", "CheckMyDatabase"));
  errors.push(failed("28000", "InitializeSessionUserId"));
  for (
    const reason of [
      "absent",
      "issuer",
      "authority",
      "name",
      "expired",
      "not yet valid",
      "handshake",
    ] as const
  ) {
    errors.push(connectError(new TlsError(reason, ["a.example"]), "u@h:1/d", { host: "h", password: true }));
  }
  assert.equal(new Set(errors.map((e) => e.message)).size, errors.length);
  for (const error of errors) {
    assert.equal(error.code, "FP403");
    assert.ok((error.hint ?? "").length > 20, error.message);
    assert.ok(!`${error.message}${error.hint}`.includes("canary"));
    assert.ok(
      !/^[^(]*\(?[0-9A-Z]{5}\)? \(u@/.test(error.message) || /with/.test(error.message),
      error.message,
    );
  }
});

Deno.test("connectError() names the host and the names of a certificate that does not fit", () => {
  assert.equal(
    connectError(new TlsError("name", ["db.example", "10.0.0.1"]), "u@h:1/d", { host: "h", password: true })
      .message,
    'The TLS connection to the database failed: the server\'s certificate does not name "h"; its names are "db.example", "10.0.0.1" (u@h:1/d)',
  );
});

Deno.test("lateTlsError() names what a runtime says that checks certificates late", () => {
  const reasonOf = (said: string): string | undefined =>
    lateTlsError(new Error(`invalid peer certificate: ${said}`))?.reason;
  assert.deepEqual(
    [
      "UnknownIssuer",
      "BadSignature",
      "Other(OtherError(CaUsedAsEndEntity))",
      "NotValidForName",
      'certificate not valid for name "h"; certificate is only valid for DnsName("db.example")',
      "Expired",
      "certificate expired: verification time 1764313741 (UNIX)",
      "NotValidYet",
      "certificate not valid yet: verification time 1764313741 (UNIX)",
      "Other(OtherError(UnsupportedCertVersion))",
    ].map(reasonOf),
    [
      ...["issuer", "issuer", "authority", "name", "name", "expired", "expired", "not yet valid"],
      ...["not yet valid", "version"],
    ],
  );
  for (const alert of ["UnknownCA", "BadCertificate", "CertificateExpired", "CertificateRequired"]) {
    assert.equal(lateTlsError(new Error(`received fatal alert: ${alert}`))?.reason, "client");
  }
  assert.equal(lateTlsError(new Error("received fatal alert: InternalError")), undefined);
  assert.equal(lateTlsError(new Error("canary")), undefined);
  assert.equal(lateTlsError("invalid peer certificate: Expired"), undefined);
});

Deno.test("joinedError() names the reason of each server once", () => {
  const [refused, unknown] = [failed("ECONNREFUSED"), failed("ENOTFOUND")];
  assert.equal(joinedError([refused]), refused);
  const joined = joinedError([refused, unknown, refused]);
  assert.ok(joined instanceof ConnectError && joined.mayPass);
  assert.equal(
    joined.message,
    "No server of the address can be used: The database cannot be reached: nothing listens there (u@h:1/d); The database cannot be reached: the host name is not known (u@h:1/d) (3 attempts)",
  );
});

Deno.test("connectError() says that the server closed the connection when writing to it fails, in whatever way", () => {
  for (const code of ["UNKNOWN", "EBADF", "EPIPE"]) {
    const error = Object.assign(new Error(`write ${code}`), { code, syscall: "write" });
    assert.equal(
      connectError(error, "host db").message,
      connectError({ code: "CONNECTION_CLOSED" }, "host db").message,
    );
  }
});

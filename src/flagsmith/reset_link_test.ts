import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { naiveUtc, resetLink, resetToken, resetUid } from "./reset_link.ts";

const input = {
  userId: 42,
  passwordColumn: "pbkdf2_sha256$1000000$salt$hash",
  lastLogin: null,
  email: "Admin@example.com",
  secretKey: "s3cret-ü",
  now: new Date("2026-01-02T03:04:05.999Z"),
};

Deno.test("resetToken() writes what Django's PasswordResetTokenGenerator writes", async () => {
  assert.deepEqual(
    [await resetToken(input), await resetToken({ ...input, lastLogin: "2026-01-01 05:29:59.987654+05:30" })],
    ["d1rcit-1245989028f01865b459347199419da3", "d1rcit-daf535c4eeb9755b9241e92411b413cd"],
  );
});

Deno.test("resetLink() is the site's address, the uid and a token that can be recomputed", async () => {
  const seconds = Math.trunc((input.now.getTime() - new Date("2001-01-01T00:00:00Z").getTime()) / 1000);
  const key = createHash("sha256")
    .update(`django.contrib.auth.tokens.PasswordResetTokenGenerator${input.secretKey}`).digest();
  const hash = createHmac("sha256", key)
    .update(`42${input.passwordColumn}2026-01-01 00:00:00${seconds}${input.email}`).digest("hex");
  const half = [...hash].filter((_, at) => at % 2 === 0).join("");
  assert.equal(
    await resetLink({ ...input, lastLogin: "2026-01-01 00:00:00+00", siteDomain: "flags.example.com" }),
    `https://flags.example.com/password-reset/confirm/NDI/${seconds.toString(36)}-${half}`,
  );
});

Deno.test("resetUid() is base64 without padding", () => {
  assert.deepEqual([1, 4, 42, 2147483647].map(resetUid), ["MQ", "NA", "NDI", "MjE0NzQ4MzY0Nw"]);
});

Deno.test("naiveUtc() converts to UTC and cuts fractions off", () => {
  assert.deepEqual(
    [
      "2026-01-02 03:04:05+00",
      "2026-01-02 03:04:05.999999+00",
      "2026-01-02 00:30:00+02",
      "2025-12-31 20:00:00.5-05:30",
      "2026-01-02T03:04:05.678Z",
    ].map(naiveUtc),
    [
      "2026-01-02 03:04:05",
      "2026-01-02 03:04:05",
      "2026-01-01 22:30:00",
      "2026-01-01 01:30:00",
      "2026-01-02 03:04:05",
    ],
  );
});

Deno.test("naiveUtc() throws when the time zone is missing", () => {
  assert.throws(() => naiveUtc("2026-01-02 03:04:05"), RangeError);
});

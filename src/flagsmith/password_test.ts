import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import {
  hashPassword,
  isEncodedPassword,
  isUnusablePassword,
  unusablePassword,
  verifyPassword,
} from "./password.ts";

// Written by Django 5.2's `make_password("pässword", "saltsalt")`.
const DJANGO = "pbkdf2_sha256$1000000$saltsalt$84zj1InBDHmFxE/Gi0fvNw7KJZsGpXNxLlgorLdsEVE=";

Deno.test("hashPassword() writes what Django writes", async () => {
  assert.equal(await hashPassword("pässword", "saltsalt"), DJANGO);
});

Deno.test("hashPassword() draws a salt of 22 letters and digits when none is given", async () => {
  const [algorithm, iterations, salt = "", hash] = (await hashPassword("x")).split("$");
  const expected = pbkdf2Sync("x", salt, 1_000_000, 32, "sha256").toString("base64");
  assert.match(salt, /^[A-Za-z0-9]{22}$/);
  assert.deepEqual([algorithm, iterations, hash], ["pbkdf2_sha256", "1000000", expected]);
});

Deno.test("verifyPassword() accepts any number of iterations and refuses everything else", async () => {
  const hash = pbkdf2Sync("pw", "abc", 7, 32, "sha256").toString("base64");
  const cases: [string, string, boolean][] = [
    ["pw", `pbkdf2_sha256$7$abc$${hash}`, true],
    ["pw ", `pbkdf2_sha256$7$abc$${hash}`, false],
    ["pw", `pbkdf2_sha256$8$abc$${hash}`, false],
    ["pw", `pbkdf2_sha256$7$abd$${hash}`, false],
    ["pw", `pbkdf2_sha256$7$abc$${hash.slice(0, -1)}`, false],
    ["pw", `pbkdf2_sha256$7$abc$${hash}$`, false],
    ["pw", `pbkdf2_sha256$0$abc$${hash}`, false],
    ["pw", `pbkdf2_sha256$x$abc$${hash}`, false],
    ["pw", `pbkdf2_sha1$7$abc$${hash}`, false],
    ["pw", "!pw", false],
    ["", "", false],
  ];
  assert.deepEqual(
    await Promise.all(
      cases.map(async ([password, encoded]) => [password, encoded, await verifyPassword(password, encoded)]),
    ),
    cases,
  );
});

Deno.test("unusablePassword() is an exclamation mark and 40 letters or digits", () => {
  const mark = unusablePassword();
  assert.match(mark, /^![A-Za-z0-9]{40}$/);
  assert.deepEqual([isUnusablePassword(mark), isUnusablePassword(DJANGO)], [true, false]);
});

Deno.test("isEncodedPassword() knows Django's forms", () => {
  const bcrypt = "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
  const cases: [string, boolean][] = [
    [DJANGO, true],
    ["pbkdf2_sha1$1000000$salt$HezIBxTmQ7ooBQza2EzuMqyVXi0=", true],
    [
      "scrypt$16384$salt$8$5$/BjGbzYxowso8W44Q9OvbJQ0uvOaMT1CYa4hMs60TaqpTDFzsILpROrH/IP66d5FfSH8uqDFjfu7Qv4tDZoQ1A==",
      true,
    ],
    ["argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$7iQ0yZbR3A8nV2r0h0tR5w", true],
    [`bcrypt_sha256$${bcrypt}`, true],
    [`bcrypt$${bcrypt}`, true],
    ["!QBVhZGFwxi5o8NJ2AKOvGK0vKpG7alrMrkltVcCq", true],
    ["!", true],
    ["!not a mark", false],
    [bcrypt, false],
    ["secret", false],
    ["", false],
    ["md5$salt$0123456789abcdef0123456789abcdef", false],
    [DJANGO.slice(0, -1), false],
    [`pbkdf2_sha256$1000000$${"s".repeat(70)}$84zj1InBDHmFxE/Gi0fvNw7KJZsGpXNxLlgorLdsEVE=`, false],
  ];
  assert.deepEqual(cases.map(([text]) => [text, isEncodedPassword(text)]), cases);
});

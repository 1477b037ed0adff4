import assert from "node:assert/strict";
import fc from "fast-check";
import { emailKey, isEmail, normaliseEmail } from "./email.ts";

const ACCEPTED = [
  "admin@example.com",
  "a.b+c_d@sub.example.co.uk",
  "O'Hara!#$%&*/=?^`{|}~@example.com",
  '"quoted(string)"@example.com',
  '"with\\"quote"@example.com',
  "a@localhost",
  "a@bücher.example",
  "a@xn--bcher-kva.example",
  "a@example.xn--p1ai",
  "a@[127.0.0.1]",
  "a@[::1]",
  "a@[2001:db8::8a2e:370:7334]",
  "a@[1:2:3:4:5:6:7:8]",
  "a@[::ffff:10.0.0.1]",
  `a@${"b".repeat(63)}.com`,
  `${"a".repeat(249)}@b.co`,
];

const REFUSED = [
  "",
  "admin",
  "@example.com",
  "a@",
  "a@example",
  "a@LOCALHOST",
  "a@.com",
  "a@example.com.",
  "a@-example.com",
  "a@example-.com",
  "a@example.c",
  "a@example.123",
  "a@exa_mple.com",
  ".a@example.com",
  "a.@example.com",
  "a..b@example.com",
  "a b@example.com",
  "ä@example.com",
  " a@example.com",
  "a@example.com\n",
  "a@b@example.com",
  '"open@example.com',
  '"a b"@example.com',
  "a@[256.0.0.1]",
  "a@[01.2.3.4]",
  "a@[1.2.3]",
  "a@[1::2::3]",
  "a@[1:2:3:4:5:6:7]",
  "a@[1:2:3:4::5:6:7:8]",
  "a@[12345::]",
  "a@😀.com",
  `a@${"b".repeat(64)}.com`,
  `${"a".repeat(250)}@b.co`,
];

Deno.test("isEmail() accepts what Django accepts", () => {
  assert.deepEqual(ACCEPTED.filter((text) => !isEmail(text)), []);
});

Deno.test("isEmail() refuses what Django or the column refuses", () => {
  assert.deepEqual(REFUSED.filter((text) => isEmail(text)), []);
});

Deno.test("isEmail() accepts what fast-check calls an address", () => {
  fc.assert(fc.property(fc.emailAddress(), (text) => isEmail(text)));
});

Deno.test("normaliseEmail() lower-cases the domain only", () => {
  assert.deepEqual(
    ["Admin@Example.COM", ' "A@B"@C.D ', "No-At"].map(normaliseEmail),
    ["Admin@example.com", '"A@B"@c.d', "No-At"],
  );
});

Deno.test("emailKey() is the same for all spellings of an address", () => {
  assert.deepEqual(["Admin@Example.COM", " admin@example.com"].map(emailKey), [
    "admin@example.com",
    "admin@example.com",
  ]);
});

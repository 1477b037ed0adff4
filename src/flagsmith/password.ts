/** Passwords in the encoded form of Django, `algorithm$iterations$salt$hash`. */
import { randomAlphanumerics } from "./keys.ts";

/** Iterations of Django 5.2's default hasher, `docs/flagsmith/users-and-passwords.md#password-hashes`. */
const ITERATIONS = 1_000_000;
const SALT_LENGTH = 22;
const HASH_BYTES = 32;

/**
 * The column `users_ffadminuser.password` holds this many characters,
 * `docs/flagsmith/users-and-passwords.md#password-hashes`.
 */
const MAX_ENCODED_LENGTH = 128;

/** What each of Django's hashers writes; salts hold no dollar sign. */
const ENCODED = [
  /^pbkdf2_sha256\$[1-9]\d*\$[^$]+\$[A-Za-z0-9+/]{43}=$/,
  /^pbkdf2_sha1\$[1-9]\d*\$[^$]+\$[A-Za-z0-9+/]{27}=$/,
  /^argon2\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
  /^bcrypt(?:_sha256)?\$\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/,
  /^scrypt\$\d+\$[^$]+\$\d+\$\d+\$[A-Za-z0-9+/]{86}==$/,
];

/**
 * Hashes a password as Django does (PBKDF2-HMAC-SHA256; with the 1,000,000 iterations of Django 5.2 about 0.2 s), off the main
 * thread.
 */
export async function hashPassword(
  password: string,
  salt: string = randomAlphanumerics(SALT_LENGTH),
  iterations: number = ITERATIONS,
): Promise<string> {
  const hash = await derive(password, salt, iterations);
  return `pbkdf2_sha256$${iterations}$${salt}$${base64(hash)}`;
}

/**
 * True when `password` belongs to `encoded`, a `pbkdf2_sha256` text with any number of iterations. The comparison takes
 * the same time wherever the hashes differ. Other algorithms, unusable passwords and malformed texts give false.
 */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [algorithm, iterations = "", salt = "", expected = "", ...more] = encoded.split("$");
  if (algorithm !== "pbkdf2_sha256" || !/^[1-9]\d{0,9}$/.test(iterations) || salt === "" || more.length > 0) {
    return false;
  }
  const actual = base64(await derive(password, salt, Number(iterations)));
  let difference = actual.length ^ expected.length;
  for (let at = 0; at < actual.length; at++) difference |= actual.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}

/**
 * A new mark of a user without a password: `!` and 40 random letters or digits,
 * `docs/flagsmith/users-and-passwords.md#password-hashes`.
 */
export function unusablePassword(): string {
  return `!${randomAlphanumerics(40)}`;
}

/** True when the text marks a user who has no password; Django asks for nothing but the exclamation mark. */
export function isUnusablePassword(encoded: string): boolean {
  return encoded.startsWith("!");
}

/**
 * True when the text is a password in a form that Django writes and the column can hold: `pbkdf2_sha256`, `pbkdf2_sha1`,
 * `argon2`, `bcrypt_sha256`, `bcrypt`, `scrypt`, or an unusable one (`!` and letters or digits). Whether the API can also
 * verify it depends on its hashers: plain `bcrypt` is not among Django's default ones.
 */
export function isEncodedPassword(text: string): boolean {
  if (text.length > MAX_ENCODED_LENGTH) return false;
  return /^![A-Za-z0-9]*$/.test(text) || ENCODED.some((form) => form.test(text));
}

async function derive(password: string, salt: string, iterations: number): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: encoder.encode(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, HASH_BYTES * 8));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

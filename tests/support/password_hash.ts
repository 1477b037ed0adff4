/**
 * Django's password hashes, independent of the code under test
 * (`docs/flagsmith/users-and-passwords.md#password-hashes`).
 */
import { pbkdf2Sync, randomInt } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const hashed = new Map<string, string>();
const verified = new Map<string, boolean>();

/** `length` random letters and digits. */
export function randomText(length: number, letters: string = alphabet): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}

/** A valid hash of `password`; `hasher` is algorithm and iterations, as `pbkdf2_sha256$1000000`. Remembered per process. */
export function hashPassword(password: string, hasher: string = "pbkdf2_sha256$1000000"): string {
  const key = `${hasher} ${password}`;
  const known = hashed.get(key);
  if (known !== undefined) return known;
  const salt = randomText(22);
  const encoded = `${hasher}$${salt}$${derive(password, salt, Number(hasher.split("$")[1]))}`;
  hashed.set(key, encoded);
  verified.set(`${password} ${encoded}`, true);
  return encoded;
}

/**
 * Hashes what a run is given with few iterations: for tests of everything but hashes, which take most of the time that a run
 * with passwords takes. `tests/database/recorded_operations_test.ts` and `src/flagsmith/password_test.ts` look at the real ones.
 */
export function quickHash(secret: string): Promise<string> {
  return Promise.resolve(hashPassword(secret, "pbkdf2_sha256$1000"));
}

/**
 * Hashes what a run is given as the application does, but equal secrets once: for comparisons with recordings, of which
 * `tests/database/datasets_test.ts` and `tests/database/recorded_operations_test.ts` look at the program's own hashes.
 */
export function rememberedHash(secret: string): Promise<string> {
  return Promise.resolve(hashPassword(secret));
}

/** True when `encoded` is a hash of `password` in the form that Django 5.2 writes, with any number of iterations. */
export function verifyPassword(password: string, encoded: string): boolean {
  const key = `${password} ${encoded}`;
  const known = verified.get(key);
  if (known !== undefined) return known;
  const [, iterations, salt, hash] =
    /^pbkdf2_sha256\$(\d+)\$([A-Za-z0-9]{22})\$([A-Za-z0-9+/]{43}=)$/.exec(encoded) ?? [];
  const result = iterations !== undefined && salt !== undefined &&
    derive(password, salt, Number(iterations)) === hash;
  verified.set(key, result);
  return result;
}

function derive(password: string, salt: string, iterations: number): string {
  return pbkdf2Sync(password, salt, iterations, 32, "sha256").toString("base64");
}

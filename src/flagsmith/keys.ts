/** Keys that Flagsmith hands out: environment keys, server-side keys, master API keys; made and checked. */

/** Gives `length` random bytes; the default draws them from the system's generator. */
export type RandomBytes = (length: number) => Uint8Array;

/** A new master API key: what its row needs, and the text that the user sees once. */
export interface MasterKey {
  readonly prefix: string;
  readonly key: string;
}

/** The digits of `shortuuid`, in order: no 0, 1, I, O and l. */
const SHORT_UUID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SHORT_UUID_LENGTH = 22;
const ALPHANUMERICS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SERVER_KEY_PREFIX = "ser.";

/** Both key columns hold this many characters, `docs/flagsmith/keys.md#environment-keys`. */
const MAX_KEY_LENGTH = 100;

const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * A client-side environment key: the `shortuuid` of a random version 4 UUID, 22 characters,
 * `docs/flagsmith/keys.md#environment-keys`.
 */
export function newClientKey(random: RandomBytes = systemRandom): string {
  const bytes = random(16);
  let value = 0n;
  for (const [at, byte] of bytes.entries()) {
    const fixed = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    value = (value << 8n) | BigInt(fixed);
  }
  return shortUuid(value);
}

/** A server-side environment key: `ser.` and 22 characters, `docs/flagsmith/keys.md#environment-keys`. */
export function newServerKey(random: RandomBytes = systemRandom): string {
  return SERVER_KEY_PREFIX + newClientKey(random);
}

/** A master API key `prefix.secret` of 8 and 32 random letters or digits, `docs/flagsmith/keys.md#master-api-keys`. */
export function newMasterKey(random: RandomBytes = systemRandom): MasterKey {
  const prefix = randomAlphanumerics(8, random);
  return { prefix, key: `${prefix}.${randomAlphanumerics(32, random)}` };
}

/** A password that people can read out: 20 characters of an alphabet without look-alikes, about 116 bits. */
export function newPassword(random: RandomBytes = systemRandom): string {
  return randomText(20, SHORT_UUID_ALPHABET, random);
}

/** `length` random characters of `[A-Za-z0-9]`, each equally likely. */
export function randomAlphanumerics(length: number, random: RandomBytes = systemRandom): string {
  return randomText(length, ALPHANUMERICS, random);
}

function randomText(length: number, alphabet: string, random: RandomBytes): string {
  // Bytes of the last, incomplete multiple of the alphabet's length are thrown away, or its first letters would be likelier.
  const bound = 256 - 256 % alphabet.length;
  let text = "";
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < bound) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

/**
 * True for a text that can serve as a client-side environment key: 1 to 100 printable ASCII characters without spaces, so
 * that it passes through a header, and not `ser.…`, which the API looks up among the server-side keys.
 */
export function isClientKey(key: string): boolean {
  return isHeaderText(key) && key.length <= MAX_KEY_LENGTH && !key.startsWith(SERVER_KEY_PREFIX);
}

/**
 * True for a text that can be a part of the API's addresses, as the client-side key of an environment is: the router of the
 * REST framework takes neither `/` nor `.` (`[^/.]+`).
 */
export function fitsRoute(key: string): boolean {
  return /^[^/.]+$/.test(key);
}

/** True for a text that clients can send in a header: Latin-1 without control characters (RFC 9110, 5.5). */
export function fitsHeader(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** True for a text that can serve as a server-side key: `ser.` and more, at most 100 printable ASCII characters. */
export function isServerKey(key: string): boolean {
  return isHeaderText(key) && key.length <= MAX_KEY_LENGTH && key.startsWith(SERVER_KEY_PREFIX) &&
    key.length > SERVER_KEY_PREFIX.length;
}

/** True for a text that can serve as a master API key: a prefix of 1 to 8 letters or digits, a dot and a secret. */
export function isMasterKey(key: string): boolean {
  return /^[A-Za-z0-9]{1,8}\.[!-~]+$/.test(key);
}

/** The part of a master API key before the dot, by which the API looks it up; not a secret. */
export function masterKeyPrefix(key: string): string {
  return key.split(".", 1)[0] ?? "";
}

/** The 128 bits of a UUID in base 57, most significant digit first, padded with the zero digit to 22 characters. */
export function shortUuid(value: bigint): string {
  const base = BigInt(SHORT_UUID_ALPHABET.length);
  let text = "";
  for (let rest = value; rest > 0n; rest /= base) {
    text = SHORT_UUID_ALPHABET.charAt(Number(rest % base)) + text;
  }
  return text.padStart(SHORT_UUID_LENGTH, SHORT_UUID_ALPHABET.charAt(0));
}

function isHeaderText(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

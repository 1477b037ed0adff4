/** Password-reset links that the API accepts, `docs/flagsmith/users-and-passwords.md#reset-links`. */
import { siteUrl } from "./site_url.ts";

/** What the token of a link depends on; the link dies when any of the first four changes. */
export interface ResetTokenInput {
  readonly userId: number;
  /** `users_ffadminuser.password` as stored. */
  readonly passwordColumn: string;
  /** `users_ffadminuser.last_login` as PostgreSQL prints it in any time zone, or null. */
  readonly lastLogin: string | null;
  /** The address as stored. */
  readonly email: string;
  /** The API's `DJANGO_SECRET_KEY`. */
  readonly secretKey: string;
  readonly now: Date;
}

/** What a whole link depends on. */
export interface ResetLinkInput extends ResetTokenInput {
  /** See `siteDomain()`. */
  readonly siteDomain: string;
}

const KEY_SALT = "django.contrib.auth.tokens.PasswordResetTokenGenerator";
const EPOCH = Date.UTC(2001, 0, 1);

/** The page on which the user chooses a password; valid for three days. */
export async function resetLink(input: ResetLinkInput): Promise<string> {
  const token = await resetToken(input);
  return `${siteUrl(input.siteDomain)}/password-reset/confirm/${resetUid(input.userId)}/${token}`;
}

/** A user id as the link writes it: URL-safe base64 of the decimal number, without padding (1 is `MQ`). */
export function resetUid(userId: number): string {
  // Base64 of decimal digits never holds the two characters in which the URL-safe alphabet differs.
  return btoa(String(userId)).replaceAll("=", "");
}

/** The token of a link: seconds since 2001 in base 36, a dash, and every second hexadecimal digit of an HMAC. */
export async function resetToken(input: ResetTokenInput): Promise<string> {
  const seconds = Math.floor((input.now.getTime() - EPOCH) / 1000);
  const login = input.lastLogin === null ? "" : naiveUtc(input.lastLogin);
  const message = `${input.userId}${input.passwordColumn}${login}${seconds}${input.email}`;
  const encoder = new TextEncoder();
  const secret = await crypto.subtle.digest("SHA-256", encoder.encode(KEY_SALT + input.secretKey));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message)));
  const digits = Array.from(mac, (byte) => (byte >> 4).toString(16)).join("");
  return `${seconds.toString(36)}-${digits}`;
}

/**
 * A timestamp as PostgreSQL prints it (`2026-01-02 03:04:05.678+02`, also with `T` or `Z`) in UTC as
 * `YYYY-MM-DD HH:MM:SS`; fractions are cut off, not rounded. Throws a `RangeError` for another form.
 */
export function naiveUtc(timestamp: string): string {
  const form = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|([+-]\d\d)(?::?(\d\d))?)$/;
  const [whole, date, time, hours = "+00", minutes = "00"] = form.exec(timestamp) ?? [];
  if (whole === undefined) throw new RangeError("Timestamp is not in PostgreSQL's ISO form");
  const moment = new Date(`${date}T${time}${hours}:${minutes}`);
  return moment.toISOString().slice(0, 19).replace("T", " ");
}

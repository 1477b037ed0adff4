/** Whether a password-reset link is one that Flagsmith accepts, written independently of the code under test. */
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";

/** What a link depends on. */
export interface LinkFacts {
  readonly secretKey: string;
  /** Scheme, host and port, without a slash at its end. */
  readonly origin: string;
  /** The row of a user who has never logged in. */
  readonly user: { readonly id: number; readonly password: string; readonly email: string };
}

/**
 * The recipe of `docs/flagsmith/users-and-passwords.md#reset-links`: Django's token, for a link that was made within
 * the last minute.
 */
export function isAcceptedLink(link: string, { secretKey, origin, user }: LinkFacts): boolean {
  if (!link.startsWith(`${origin}/password-reset/confirm/`)) return false;
  const [uid = "", token = "", ...rest] = link.slice(`${origin}/password-reset/confirm/`.length).split("/");
  const [stamp = "", hash = ""] = token.split("-");
  if (rest.length > 0 || Buffer.from(uid, "base64url").toString() !== String(user.id)) return false;
  const seconds = parseInt(stamp, 36);
  const age = (Date.now() - Date.UTC(2001, 0, 1)) / 1000 - seconds;
  if (!(age >= -1 && age < 60)) return false;
  const salt = "django.contrib.auth.tokens.PasswordResetTokenGenerator";
  const key = createHash("sha256").update(salt + secretKey).digest();
  const full = createHmac("sha256", key).update(`${user.id}${user.password}${seconds}${user.email}`).digest(
    "hex",
  );
  return [...full].filter((_, at) => at % 2 === 0).join("") === hash;
}

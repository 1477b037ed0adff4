/** E-mail addresses as Django and Flagsmith see them. */

/** The column `users_ffadminuser.email` holds this many characters, `docs/flagsmith/users-and-passwords.md#users`. */
const MAX_LENGTH = 254;

// Python compares [A-Z] regardless of case also with these four letters outside of ASCII.
const LETTERS = "A-Za-z\\u0130\\u0131\\u017f\\u212a";
const ATOM = `[-!#$%&'*+/=?^_\`{|}~0-9${LETTERS}]+`;
const QUOTED =
  '"(?:[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f!#-\\x5b\\x5d-\\x7f]|\\\\[\\x01-\\x09\\x0b\\x0c\\x0e-\\x7f])*"';
const LOCAL = new RegExp(`^(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})$`, "u");

const LETTER = "a-zA-Z\\u00a1-\\uffff";
const HOST = `[${LETTER}0-9](?:[${LETTER}0-9-]{0,61}[${LETTER}0-9])?`;
const LABELS = `(?:\\.(?!-)[${LETTER}0-9-]{1,63}(?<!-))*`;
const TOP_LEVEL = `\\.(?!-)(?:[${LETTER}-]{2,63}|[xX][nN]--[${LETTERS}0-9]{1,59})(?<!-)`;
const DOMAIN = new RegExp(`^${HOST}${LABELS}${TOP_LEVEL}$`, "u");

/**
 * True when Django's `EmailValidator` accepts the text and the column can hold it: a dot-atom or quoted local part, and
 * `localhost`, a domain name (also with letters outside of ASCII) or an address in brackets.
 */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 0 || [...text].length > MAX_LENGTH || !LOCAL.test(text.slice(0, at))) return false;
  const domain = text.slice(at + 1);
  if (domain === "localhost" || DOMAIN.test(domain)) return true;
  const literal = /^\[([A-Fa-f0-9:.]+)\]$/.exec(domain)?.[1];
  return literal !== undefined && (isIpv4(literal) || isIpv6(literal));
}

/**
 * The address as Flagsmith stores it: without surrounding whitespace and with the domain in lower case, the local part as
 * given (`docs/flagsmith/users-and-passwords.md#users`, users/models.py).
 */
export function normaliseEmail(text: string): string {
  return exactEmail(text.trim());
}

/** The same with white space around it, which no field takes but as `!exact`. */
export function exactEmail(text: string): string {
  const at = text.lastIndexOf("@");
  return at < 0 ? text : text.slice(0, at) + text.slice(at).toLowerCase();
}

/**
 * What identifies a user: login and sign-up compare addresses regardless of case
 * (`docs/flagsmith/users-and-passwords.md#users`).
 */
export function emailKey(text: string): string {
  return exactEmailKey(text.trim());
}

/** The same with white space around it. */
export function exactEmailKey(text: string): string {
  return text.toLowerCase();
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

function isIpv6(text: string): boolean {
  if (text.length > 39) return false;
  const groups = text.replace(/:(\d+\.\d+\.\d+\.\d+)$/, (_, tail) => isIpv4(tail) ? ":0:0" : ":x");
  const [head = "", tail, ...more] = groups.split("::");
  if (more.length > 0) return false;
  const parts = [head, tail ?? ""].flatMap((side) => side === "" ? [] : side.split(":"));
  return parts.every((part) => /^[A-Fa-f0-9]{1,4}$/.test(part)) &&
    (tail === undefined ? parts.length === 8 : parts.length < 8);
}

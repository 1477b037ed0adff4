/** Where the API says it lives, `docs/flagsmith/users-and-passwords.md#site-address` (core/helpers.py). */

/** The domain that the API falls back to when the site row is missing. */
const FALLBACK_DOMAIN = "app.flagsmith.com";

/** The domain in the links that the API sends: `FLAGSMITH_DOMAIN` unless it is empty, else the site row's, else Flagsmith's own. */
export function siteDomain(flagsmithDomain: string | undefined, siteRow: string | undefined): string {
  return flagsmithDomain || (siteRow ?? FALLBACK_DOMAIN);
}

/** A host name, with letters of any script, an address, or an IPv6 address in brackets; a port may follow. */
const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?\.?|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;

/** The same in ASCII letters, which most are: the classes of Unicode take a millisecond to load. */
const PLAIN_HOST = /^[a-z\d](?:[a-z\d._-]*[a-z\d])?\.?(?::\d{1,5})?$/i;

/** True for a host with an optional port, which is what Flagsmith puts between scheme and path. */
export function isDomain(text: string): boolean {
  return PLAIN_HOST.test(text) || HOST.test(text);
}

/** The URL of a domain without a slash at its end: `http` when the text begins with `localhost` or `127.0.0.1`, else `https`. */
export function siteUrl(domain: string): string {
  return `${/^(?:localhost|127\.0\.0\.1)/.test(domain) ? "http" : "https"}://${domain}`;
}

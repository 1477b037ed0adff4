/** Addresses as URIs, in libpq's grammar (PostgreSQL's manual, 34.1.1.2), where that leaves no doubt. */
import { checkName } from "./parameters.ts";
import { badAddress, parameterCollector, type Parameters } from "./refusal.ts";

const SCHEME = /^postgres(?:ql)?:\/\//;

/** True for a text that is meant as a URI. */
export function isUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** Reads a URI; throws FP402, which repeats no part of it. */
export function parseUri(text: string, source: string): Parameters {
  if (!SCHEME.test(text)) throw badAddress(source, "it does not begin with postgresql://");
  const rest = text.replace(SCHEME, "");
  checkDoubts(rest, source);
  const decode = (part: string): string => decodePart(part, source);
  const { parameters, add } = parameterCollector(source);

  const at = rest.indexOf("@");
  if (at >= 0) {
    const user = rest.slice(0, at);
    const colon = user.indexOf(":");
    if (colon !== 0 && user !== "") add("user", decode(colon < 0 ? user : user.slice(0, colon)));
    if (colon >= 0 && colon < user.length - 1) add("password", decode(user.slice(colon + 1)));
  }
  const [, authority = "", path = "", query = ""] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(
    rest.slice(at + 1),
  ) ?? [];
  if (authority !== "") addHosts(authority, source, decode, add);
  if (path !== "") add("dbname", decode(path));

  let afterPassword = false;
  for (const pair of query.split("&").filter((p) => p !== "")) {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      throw badAddress(source, "a parameter behind the question mark has no value");
    }
    const name = decode(pair.slice(0, equals));
    const value = decode(pair.slice(equals + 1));
    if (name === "ssl") {
      // As libpq reads JDBC's form.
      if (value !== "true") throw badAddress(source, "ssl is supported only as true", "Use sslmode");
      add("sslmode", "require");
      continue;
    }
    checkName(name, source, afterPassword);
    add(name, value);
    if (name === "password") afterPassword = true;
  }
  return parameters;
}

/**
 * Throws when it is in doubt where the parts of an address begin, as it is when a password was not percent-encoded. Nothing
 * of such an address may be shown, not even what would be its host by the grammar.
 */
function checkDoubts(rest: string, source: string): void {
  const doubt = (why: string, character: string, encoded: string) =>
    badAddress(
      source,
      why,
      `Write user and password percent-encoded: ${character} is written ${encoded} (and @ %40, : %3A, / %2F, ? %3F, # %23, % %25)`,
    );
  const first = rest.indexOf("@");
  if (first !== rest.lastIndexOf("@")) throw doubt("it has more than one @", "@", "%40");
  const end = rest.search(/[/?#]/);
  if (end >= 0 && first > end) {
    const character = rest.charAt(end);
    throw doubt(
      `its @ follows a ${character}`,
      character,
      character === "/" ? "%2F" : character === "?" ? "%3F" : "%23",
    );
  }
  if (rest.includes("://")) throw doubt("it holds :// more than once", ":", "%3A");
  if (rest.includes("#")) throw doubt("it has a #", "#", "%23");
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(rest)) {
    throw badAddress(source, "it holds a line break or another control character");
  }
}

function decodePart(part: string, source: string): string {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes("\0")) return text;
  } catch {
    throw badAddress(
      source,
      "a percent sign in it is not followed by the two hexadecimal digits of a character",
    );
  }
  throw badAddress(source, "it holds %00");
}

/** `host:port,[::1]:port`, each port optional. */
function addHosts(
  authority: string,
  source: string,
  decode: (part: string) => string,
  add: (name: string, value: string) => void,
): void {
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const part of authority.split(",")) {
    const [, v6, plain, port] = /^(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::([^:]*))?$/.exec(part) ?? [];
    if (v6 === undefined && plain === undefined) {
      throw badAddress(
        source,
        "its host has brackets or colons in wrong places; an IPv6 address is written [::1]",
      );
    }
    hosts.push(decode(v6 ?? plain ?? ""));
    ports.push(decode(port ?? ""));
  }
  if (hosts.some((host) => host.includes(","))) throw badAddress(source, "a host holds an encoded comma");
  if (hosts.some((host) => host !== "")) add("host", hosts.join(","));
  if (ports.some((port) => port !== "")) add("port", ports.join(","));
}

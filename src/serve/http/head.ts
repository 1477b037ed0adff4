/** Heads of HTTP/1.x messages, read strictly: what two servers could read in two ways is refused, never passed on (RFC 9112). */

/** One header line; the name as it was written, octets of the value as characters 0 to 255. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** The first part of a request. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, or `*`. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly fields: readonly Field[];
}

/** The first part of an answer. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
}

/** Why a message is refused. */
export interface Malformed {
  readonly kind: "malformed";
  /** Status that tells the client. */
  readonly status: 400 | 405 | 505;
}

const MALFORMED: Malformed = { kind: "malformed", status: 400 };
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port; nothing that means something in a URL. */
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])?(?::\d{0,5})?$/;
/** Methods that are about the way to a server, which ends here. */
const NOT_PASSED_ON = ["CONNECT", "TRACE"];
/** Visible characters, blanks, tabs and octets above ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Reads a request's head, which ends before its empty line; every line ends in CR LF. */
export function parseRequestHead(text: string): RequestHead | Malformed {
  const [line = "", ...lines] = text.split("\r\n");
  const [method = "", given = "", protocol = "", ...more] = line.split(" ");
  const [, major, minor] = /^HTTP\/(\d)\.(\d)$/.exec(protocol) ?? [];
  if (
    !TOKEN.test(method) || !/^[\x21-\x7e\x80-\xff]+$/.test(given) || major === undefined || more.length > 0
  ) {
    return MALFORMED;
  }
  if (major !== "1") return { kind: "malformed", status: 505 };
  const fields = parseFields(lines);
  if (fields === undefined) return MALFORMED;
  const hosts = valuesOf(fields, "host");
  const version = minor === "0" ? "1.0" : "1.1";
  if (hosts.length > 1 || (hosts.length === 0 && version === "1.1")) return MALFORMED;
  if (!hosts.every((host) => HOST.test(host))) return MALFORMED;
  if (NOT_PASSED_ON.includes(method.toUpperCase())) return { kind: "malformed", status: 405 };
  const [, host, path] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(given) ?? [];
  if (host === undefined || path === undefined) {
    return /^(\/|\*$)/.test(given) ? { method, target: given, version, fields } : MALFORMED;
  }
  if (!HOST.test(host)) return MALFORMED;
  // The absolute form, as proxies get it: its host counts (RFC 9112, 3.2.2).
  return {
    method,
    target: path.startsWith("/") ? path : `/${path}`,
    version,
    fields: [{ name: "Host", value: host }, ...fields.filter((f) => f.name.toLowerCase() !== "host")],
  };
}

/** Reads an answer's head. */
export function parseResponseHead(text: string): ResponseHead | Malformed {
  const [line = "", ...lines] = text.split("\r\n");
  const [, status, reason = ""] = /^HTTP\/1\.\d ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/.exec(line) ?? [];
  const fields = parseFields(lines);
  return status === undefined || fields === undefined
    ? MALFORMED
    : { status: Number(status), reason, fields };
}

function parseFields(lines: readonly string[]): readonly Field[] | undefined {
  const fields: Field[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (!TOKEN.test(name) || !VALUE.test(value)) return undefined;
    fields.push({ name, value });
  }
  return fields;
}

/** All values of a header, in order; the name in lower case. */
export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter((f) => f.name.toLowerCase() === name).map((f) => f.value);
}

/** The words of a header that is a list, in lower case. */
export function wordsOf(fields: readonly Field[], name: string): readonly string[] {
  // Blanks and tabs only: a no-break space is part of a word, or two servers would read two things.
  return valuesOf(fields, name).join(",").toLowerCase().split(",").map((word) =>
    word.replace(/^[ \t]+|[ \t]+$/g, "")
  ).filter((word) => word !== "");
}

/** A head as it goes over the wire, with its empty line. */
export function headText(line: string, fields: readonly Field[]): string {
  return `${line}\r\n${fields.map(({ name, value }) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

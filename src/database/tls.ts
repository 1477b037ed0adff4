/** TLS as libpq asks for it: what is checked for which `sslmode`, and why a check failed. */
import type { Socket } from "node:net";
import { checkServerIdentity, connect as startTls, type PeerCertificate, type TLSSocket } from "node:tls";
import { type AddressFiles, checkPrivate, unreadable } from "./address/files.ts";
import { checkClientFiles } from "./client_certificate.ts";
import type { ConnectionSettings } from "./settings.ts";

/** How a connection is secured. */
export interface TlsUse {
  /** What must be right about the certificate: nothing, who issued it, or also its name. */
  readonly checks: "nothing" | "issuer" | "name";
  /** False: without TLS where the server has none. */
  readonly required: boolean;
  /** Authorities in PEM; undefined for those of the machine. */
  readonly ca: string | undefined;
  /** What proves who the client is, in PEM. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** Why there is no TLS connection. */
export type TlsReason =
  | "absent"
  | "issuer"
  | "authority"
  | "name"
  | "expired"
  | "not yet valid"
  | "version"
  | "client"
  | "handshake";

/** A TLS connection that did not come about. */
export class TlsError extends Error {
  readonly reason: TlsReason;
  /** The names that the certificate has, when it has the wrong ones and they can be shown. */
  readonly names: readonly string[];

  constructor(reason: TlsReason, names: readonly string[] = []) {
    super(`TLS: ${reason}`);
    this.reason = reason;
    this.names = names;
  }
}

/** Reads what TLS needs; undefined for `sslmode=disable`. Throws when a file cannot be read. */
export async function tlsUseOf(
  settings: ConnectionSettings,
  files: AddressFiles,
): Promise<TlsUse | undefined> {
  const { sslmode, sslrootcert, clientCertificate } = settings;
  if (sslmode === "disable") return undefined;
  const read = async (what: string, path: string, name: string): Promise<string> => {
    try {
      return await files.readTextFile(path);
    } catch {
      throw unreadable(what, path, name);
    }
  };
  // As libpq: a root certificate makes `require` check who issued the certificate.
  const checks = sslmode === "verify-full"
    ? "name"
    : sslmode === "verify-ca" || (sslmode === "require" && sslrootcert !== undefined)
    ? "issuer"
    : "nothing";
  if (clientCertificate !== undefined) await checkKey(clientCertificate.key, files);
  const client = clientCertificate === undefined ? undefined : {
    cert: await read("certificate file", clientCertificate.certificate, "sslcert"),
    key: await read("key file", clientCertificate.key, "sslkey"),
  };
  if (client !== undefined && clientCertificate !== undefined) {
    await checkClientFiles({
      ...client,
      certPath: clientCertificate.certificate,
      keyPath: clientCertificate.key,
    });
  }
  return {
    checks,
    required: sslmode !== "prefer" && sslmode !== "allow",
    ca: checks === "nothing" || sslrootcert === undefined || sslrootcert === "system"
      ? undefined
      : await read("certificate file", sslrootcert, "sslrootcert"),
    client,
  };
}

async function checkKey(path: string, files: AddressFiles): Promise<void> {
  try {
    await files.stat(path);
  } catch {
    throw unreadable("key file", path, "sslkey");
  }
  // libpq lets a group read a key that belongs to root, as volumes of Kubernetes have it.
  await checkPrivate(path, "key file", 0o037, files);
}

/** The request for TLS: its length, and 1234 and 5679 (PostgreSQL's manual, 53.2.10). */
const REQUEST = new Uint8Array([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = "S".charCodeAt(0);
const NO = "N".charCodeAt(0);

/**
 * Asks the server for TLS and speaks it; gives the plain socket where the server has none and none is required. `host` is
 * what the certificate is compared with, a name or an IP address. Rejects with `TlsError` or what the socket says.
 */
export async function secure(socket: Socket, host: string, use: TlsUse): Promise<Socket> {
  const answer = await request(socket);
  if (answer === NO) {
    if (use.required) throw new TlsError("absent");
    return socket;
  }
  if (answer !== YES) throw new TlsError("absent");
  const names: { list: readonly string[] } = { list: [] };
  const secured = startTls({
    socket,
    // Sets the name that the server is told, and for IP addresses none.
    host,
    rejectUnauthorized: use.checks !== "nothing",
    ...(use.ca === undefined ? {} : { ca: use.ca }),
    ...use.client,
    checkServerIdentity: (_, certificate) => {
      if (use.checks !== "name") return undefined;
      const mismatch = checkServerIdentity(host, certificate);
      if (mismatch !== undefined) names.list = namesOf(certificate);
      return mismatch;
    },
  });
  return await new Promise((resolve, reject) => {
    const failed = (error: unknown): void => {
      secured.destroy();
      reject(tlsError(error, names.list));
    };
    secured.once("error", failed);
    secured.once("close", () => failed(undefined));
    secured.once("secureConnect", () => {
      secured.removeAllListeners("error");
      secured.removeAllListeners("close");
      resolve(secured);
    });
  });
}

/** Tells an expired certificate from one of an unknown issuer, which the runtime does not; sends nothing but the handshake. */
export async function validityOf(
  socket: Socket,
  now: number,
): Promise<"expired" | "not yet valid" | undefined> {
  try {
    const secured = await secure(socket, "localhost", {
      checks: "nothing",
      required: true,
      ca: undefined,
      client: undefined,
    });
    const certificate = (secured as TLSSocket).getPeerCertificate();
    secured.destroy();
    if (Date.parse(certificate.valid_to) < now) return "expired";
    return Date.parse(certificate.valid_from) > now ? "not yet valid" : undefined;
  } catch {
    socket.destroy();
    return undefined;
  }
}

/** The server's one byte. More would have been sent by somebody in between, to be taken for the server's later. */
function request(socket: Socket): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.removeListener("data", answered);
      socket.removeListener("error", failed);
      socket.removeListener("close", closed);
      act();
    };
    const answered = (data: Uint8Array): void =>
      settle(() => resolve(data.length === 1 ? data[0] : undefined));
    const failed = (error: unknown): void => settle(() => reject(error));
    const closed = (): void => settle(() => reject({ code: "CONNECTION_CLOSED" }));
    socket.once("data", answered);
    socket.once("error", failed);
    socket.once("close", closed);
    socket.write(REQUEST);
  });
}

function tlsError(error: unknown, names: readonly string[]): unknown {
  const field: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  const code = typeof field === "string" ? field : "";
  const late = lateTlsError(error);
  if (late?.reason === "version") return late;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return new TlsError("name", names);
  if (code === "CERT_HAS_EXPIRED") return new TlsError("expired");
  if (code === "CERT_NOT_YET_VALID") return new TlsError("not yet valid");
  if (/SELF_SIGNED|UNABLE_TO|CERT_UNTRUSTED|CERT_SIGNATURE/.test(code)) return new TlsError("issuer");
  return late ?? new TlsError("handshake");
}

/**
 * What a runtime that checks the certificate only when the first data flow (Deno 2.6) says of it, as `TlsError`; undefined
 * for other errors. The words are those of rustls's `CertificateError`.
 */
export function lateTlsError(error: unknown): TlsError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/fatal alert: \w*(?:Certificate|UnknownC[Aa]|AccessDenied)/.test(error.message)) {
    return new TlsError("client");
  }
  const [, reason] = /^invalid peer certificate: (.*)/s.exec(error.message) ?? [];
  if (reason === undefined) return undefined;
  if (/UnsupportedCertVersion/.test(reason)) return new TlsError("version");
  if (/CaUsedAsEndEntity/.test(reason)) return new TlsError("authority");
  if (/NotValidForName|not valid for name/.test(reason)) return new TlsError("name");
  if (/Expired|expired/.test(reason)) return new TlsError("expired");
  if (/NotValidYet|not valid yet/.test(reason)) return new TlsError("not yet valid");
  return new TlsError("issuer");
}

/** Names as a certificate has them, as far as they are plain: they come from whoever answered. */
function namesOf(certificate: PeerCertificate): readonly string[] {
  const alternatives = certificate.subjectaltname?.split(", ").map((name) =>
    name.replace(/^(DNS|IP Address):/, "")
  );
  const common = certificate.subject?.CN;
  const names = alternatives ?? (typeof common === "string" ? [common] : []);
  return names.filter((name) => /^[\p{L}\p{N}.:*_ -]{1,100}$/u.test(name)).slice(0, 5);
}

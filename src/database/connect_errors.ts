/** Why a connection did not come about, in our words, each cause with a cure of its own. */
import { lookup } from "../diagnostics/lookup.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { failureOf } from "./errors.ts";
import { TlsError } from "./tls.ts";

/** A connection that did not come about. */
export class ConnectError extends ProvisionError {
  /** True when a server that is about to start would answer so. */
  readonly mayPass: boolean;
  /** True when no other server of the same address would answer otherwise. */
  readonly final: boolean;

  constructor(reason: Reason, target: string) {
    super("FP403", EXIT.unreachable, `${reason.why} (${target})`, reason.hint);
    this.mayPass = reason.mayPass ?? true;
    this.final = reason.final ?? false;
  }
}

/** What is known of the attempt. */
export interface Attempt {
  /** The host that was tried, as the address names it. */
  readonly host: string;
  /** True when a password was found. */
  readonly password: boolean;
}

interface Reason {
  /** A sentence without a full stop. */
  readonly why: string;
  readonly hint: string;
  readonly mayPass?: boolean;
  readonly final?: boolean;
}

const LISTEN = "Check address, port and network; the server must accept TCP connections";

const NETWORK: Readonly<Record<string, readonly [why: string, hint: string]>> = lookup({
  ECONNREFUSED: ["nothing listens there", LISTEN],
  ENOTFOUND: ["the host name is not known", "Check the host, and the name server of this machine or pod"],
  EAI_AGAIN: [
    "the host name cannot be looked up",
    "Check the host, and the name server of this machine or pod",
  ],
  EHOSTUNREACH: ["the host cannot be reached", LISTEN],
  ENETUNREACH: ["the network cannot be reached", LISTEN],
  ETIMEDOUT: ["it did not answer in time", `${LISTEN}; or give a longer --connect-timeout`],
  CONNECT_TIMEOUT: ["it did not answer in time", `${LISTEN}; or give a longer --connect-timeout`],
  ECONNRESET: ["it closed the connection", LISTEN],
  CONNECTION_CLOSED: ["it closed the connection", LISTEN],
  CONNECTION_DESTROYED: ["the connection was closed", LISTEN],
  CONNECTION_ENDED: ["the connection was closed", LISTEN],
  EPIPE: ["it closed the connection", LISTEN],
  ENOENT: [
    "no server has a socket there",
    "Check the directory of the socket and the port: the socket is named .s.PGSQL.5432 after the port",
  ],
  EACCES: ["this user may not use the socket", "Check the permissions of the socket's directory"],
});

/** A failed attempt to connect, as an error for people. */
export function connectError(
  error: unknown,
  target: string,
  attempt?: Attempt,
): ConnectError | ProvisionError {
  if (error instanceof ProvisionError) return error;
  if (error instanceof TlsError) return new ConnectError(tlsReason(error, attempt), target);
  const { code, routine, systemCall } = failureOf(error);
  const closed = /^(read|write|shutdown)$/.test(systemCall ?? "") ? "CONNECTION_CLOSED" : "";
  const network = NETWORK[code] ?? NETWORK[closed];
  if (network !== undefined) {
    return new ConnectError(
      { why: `The database cannot be reached: ${network[0]}`, hint: network[1] },
      target,
    );
  }
  return new ConnectError(serverReason(code, routine ?? "", attempt), target);
}

/** Several servers, of which none would do: the reason of each. */
export function joinedError(errors: readonly ProvisionError[]): ProvisionError {
  const [first] = errors;
  const messages = [...new Map(errors.map((e) => [e.message, e])).values()];
  if (first === undefined || messages.length === 1) {
    return first ?? new ProvisionError("FP403", EXIT.unreachable, "The database cannot be reached");
  }
  return new ConnectError({
    why: `No server of the address can be used: ${messages.map((e) => e.message).join("; ")}`,
    hint: [...new Set(messages.map((e) => e.hint))].join("; "),
    mayPass: errors.some((e) => e instanceof ConnectError && e.mayPass),
  }, `${errors.length} attempts`);
}

function tlsReason({ reason, names }: TlsError, attempt: Attempt | undefined): Reason {
  const failed = (why: string, hint: string): Reason => ({
    why: `The TLS connection to the database failed: ${why}`,
    hint,
    mayPass: false,
  });
  switch (reason) {
    case "absent":
      return failed(
        "the server has no TLS",
        "Turn it on there (ssl = on), or give sslmode=prefer where the network is trusted",
      );
    case "issuer":
      return failed(
        "the server's certificate is self-signed, or was issued by an authority that is not trusted here",
        "sslrootcert names the file with the certificate of the authority (or with a self-signed certificate itself)",
      );
    case "authority":
      return failed(
        "the server's certificate is marked as that of an authority",
        "A certificate that is its own authority must not be marked as one here: make it with basicConstraints=CA:FALSE",
      );
    case "name": {
      const host = attempt === undefined ? "the host of the address" : `"${attempt.host}"`;
      const list = names.length === 0 ? "" : `; its names are ${names.map((name) => `"${name}"`).join(", ")}`;
      return failed(
        `the server's certificate does not name ${host}${list}`,
        "Connect by a name that the certificate has (hostaddr gives the IP address beside it), or give sslmode=verify-ca where any certificate of the authority will do",
      );
    }
    case "expired":
      return failed("the server's certificate has expired", "Renew it, and check the clock of this machine");
    case "not yet valid":
      return failed("the server's certificate is not valid yet", "Check the clock of this machine");
    case "version":
      return failed(
        "the server's certificate is of an X.509 version before 3, and cannot be checked",
        "Issue it anew with its names (subjectAltName), or give sslmode=require, which checks nothing",
      );
    case "client":
      return failed(
        "the server does not accept the certificate of the client",
        "Its authority must be in the server's ssl_ca_file: check sslcert and sslkey, and the server's log",
      );
    case "handshake":
      return failed(
        "the two sides did not agree",
        "The server must speak TLS 1.2 or later, sslrootcert, sslcert and sslkey must be PEM files, and the server must know the authority of sslcert",
      );
  }
}

/** What a server answers to a start, by SQLSTATE and by the function that says so (texts are translated). */
function serverReason(code: string, routine: string, attempt: Attempt | undefined): Reason {
  const refused = (why: string, hint: string): Reason => ({ why, hint, mayPass: false, final: true });
  switch (code) {
    case "28P01":
      return refused(
        "The database refuses the user or its password",
        attempt?.password === false
          ? "No password was given: put it into the address, PGPASSWORD or the file of PGPASSFILE"
          : "Check user and password",
      );
    case "28000":
      return routine === "InitializeSessionUserId"
        ? refused(
          "The database does not know the user, or it may not log in",
          "CREATE ROLE … LOGIN makes one that may",
        )
        : refused(
          "The database refuses the user from here",
          "pg_hba.conf has no line for this user, database, address and kind of connection (with or without TLS), or one that refuses; or it wants a client certificate (sslcert, sslkey)",
        );
    case "3D000":
      return {
        why: "The database does not exist",
        hint: "Create it and run Flagsmith's migrations first",
        final: true,
      };
    case "42501":
      return refused("The user may not connect to the database", "GRANT CONNECT ON DATABASE … TO the user");
    case "53300":
      return tooMany(routine);
    case "55000":
      return {
        why: "The database accepts no connections",
        hint: "ALTER DATABASE … ALLOW_CONNECTIONS true; or it is a template, or being dropped",
      };
    case "57P03":
      return { why: "The server is starting up or shutting down", hint: "Try again in a moment" };
    case "57P01":
    case "57P02":
      return { why: "The server ended the connection while it shuts down", hint: "Try again in a moment" };
    case "08P01":
      return {
        why: "The server, or a pooler before it, refuses the connection",
        hint:
          "PgBouncer answers so when it does not know the database or the user: check [databases] and auth_file or auth_query in pgbouncer.ini",
        final: true,
      };
    case "WRONG_TARGET":
      return {
        why: "The server is not what target_session_attrs asks for",
        hint: "Check target_session_attrs: a primary can be written to, a standby cannot",
      };
    case "SASL_SIGNATURE_MISMATCH":
      return refused(
        "The server does not prove that it knows the password",
        "Something else than the database answers there; check the address",
      );
  }
  const words = CLASSES[code.slice(0, 2)];
  return {
    why: `The database cannot be reached: ${
      words === undefined ? "it answered with something that is not known" : `it answered with ${words}`
    }${code === "" ? "" : ` (${code})`}`,
    hint: "The server's log says more",
  };
}

function tooMany(routine: string): Reason {
  switch (routine) {
    case "InitializeSessionUserId":
      return {
        why: "The user has used up its own limit of connections",
        hint: "Try again later, or ALTER ROLE … CONNECTION LIMIT",
      };
    case "CheckMyDatabase":
      return {
        why: "The database has used up its own limit of connections",
        hint: "Try again later, or ALTER DATABASE … CONNECTION LIMIT",
      };
    default:
      return { why: "The server has no connection left", hint: "Try again later, or raise max_connections" };
  }
}

/** Classes of SQLSTATEs (PostgreSQL's manual, appendix A). */
const CLASSES: Readonly<Record<string, string>> = lookup({
  "08": "a connection exception",
  "0A": "an error: it does not support what was asked for",
  "22": "a data exception",
  "28": "an invalid authorization",
  "42": "an error of syntax or access",
  "53": "a lack of resources",
  "55": "an error: an object is not in the state that is needed",
  "57": "an intervention of its operator",
  "58": "a system error",
  "XX": "an internal error",
});

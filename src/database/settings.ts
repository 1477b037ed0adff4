/** Where the database is: from an option or the environment, in the order of `spec` section 2. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";

/** How strictly the server's certificate is checked (libpq's words). */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** Everything needed to connect. The password is never shown. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslmode: SslMode;
  /** Path of a certificate authority's PEM file. */
  readonly sslrootcert: string | undefined;
  /** Which source won, for messages. */
  readonly source: string;
}

const SSL_MODES: readonly SslMode[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Reads the settings; throws when nothing says where the database is, or what is said cannot be understood. */
export function connectionSettings(
  option: string | undefined,
  env: (name: string) => string | undefined,
): ConnectionSettings {
  const given = (name: string): string | undefined => env(name) === "" ? undefined : env(name);
  const url = option ?? given("DATABASE_URL");
  const ssl = { sslmode: given("PGSSLMODE"), sslrootcert: given("PGSSLROOTCERT") };
  if (url !== undefined) return fromUrl(url, option !== undefined ? "--database-url" : "DATABASE_URL", ssl);
  const django = given("DJANGO_DB_HOST");
  if (django !== undefined || given("DJANGO_DB_NAME") !== undefined) {
    return build({
      host: django ?? "localhost",
      port: given("DJANGO_DB_PORT"),
      database: given("DJANGO_DB_NAME") ?? "flagsmith",
      user: given("DJANGO_DB_USER") ?? "postgres",
      password: given("DJANGO_DB_PASSWORD"),
      ...ssl,
    }, "DJANGO_DB_*");
  }
  if (given("PGHOST") !== undefined || given("PGDATABASE") !== undefined) {
    const user = given("PGUSER") ?? given("USER") ?? "postgres";
    return build({
      host: given("PGHOST") ?? "localhost",
      port: given("PGPORT"),
      database: given("PGDATABASE") ?? user,
      user,
      password: given("PGPASSWORD"),
      ...ssl,
    }, "PG*");
  }
  throw new ProvisionError(
    "FP401",
    EXIT.usage,
    "No database is named",
    "Give --database-url postgresql://user:password@host:5432/name, or set DATABASE_URL, DJANGO_DB_HOST and its sisters, or PGHOST",
  );
}

interface Raw {
  readonly host: string;
  readonly port: string | undefined;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslmode: string | undefined;
  readonly sslrootcert: string | undefined;
}

function build(raw: Raw, source: string): ConnectionSettings {
  const port = raw.port === undefined ? 5432 : Number(raw.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw bad(source, "its port is not a number from 1 to 65535");
  }
  const sslmode = raw.sslmode === undefined ? "prefer" : SSL_MODES.find((m) => m === raw.sslmode);
  if (sslmode === undefined) throw bad(source, `sslmode is not one of ${SSL_MODES.join(", ")}`);
  return { ...raw, port, sslmode, source };
}

/** URLs hold passwords, so a malformed one is described and never repeated. */
function bad(source: string, why: string): ProvisionError {
  return new ProvisionError(
    "FP402",
    EXIT.usage,
    `The database address in ${source} cannot be used: ${why}`,
    "The form is postgresql://user:password@host:5432/name?sslmode=require; special characters are percent-encoded",
  );
}

function fromUrl(
  text: string,
  source: string,
  ssl: { sslmode: string | undefined; sslrootcert: string | undefined },
): ConnectionSettings {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad(source, "it is not a URL");
  }
  if (!["postgres:", "postgresql:"].includes(url.protocol)) {
    throw bad(source, "it does not begin with postgresql://");
  }
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw bad(source, "a percent sign in it is not followed by two hexadecimal digits");
    }
  };
  const user = url.username === "" ? url.searchParams.get("user") ?? "postgres" : decode(url.username);
  const hostname = url.hostname === "" ? url.searchParams.get("host") ?? "localhost" : decode(url.hostname);
  const path = decode(url.pathname.slice(1));
  return build({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? url.searchParams.get("port") ?? undefined : url.port,
    database: path === "" ? url.searchParams.get("dbname") ?? user : path,
    user,
    password: url.password === "" ? url.searchParams.get("password") ?? undefined : decode(url.password),
    sslmode: url.searchParams.get("sslmode") ?? ssl.sslmode,
    sslrootcert: url.searchParams.get("sslrootcert") ?? ssl.sslrootcert,
  }, source);
}

/** `user@host:port/name`, for messages. */
export function describeTarget(settings: ConnectionSettings): string {
  return `${settings.user}@${settings.host}:${settings.port}/${settings.database}`;
}

/**
 * Where the database is: from an option or the environment, in the order of `docs/security.md#where-the-database-is`,
 * by libpq's rules.
 */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import {
  type AddressFiles,
  checkPrivate,
  isThere,
  passwordIn,
  readService,
  unreadable,
} from "./address/files.ts";
import { type Server, serversOf } from "./address/hosts.ts";
import { parseKeywordValue } from "./address/keyword_value.ts";
import { checkParameters, parametersOfEnvironment } from "./address/parameters.ts";
import { badAddress, type Parameters } from "./address/refusal.ts";
import { type RunTimeSetting, runTimeSettings } from "./address/run_time_settings.ts";
import { isUri, parseUri } from "./address/uri.ts";

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/** How strictly the server's certificate is checked (libpq's words). */
export type SslMode = typeof SSL_MODES[number];

const TARGETS = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;

/** What the server must be (libpq's words). */
export type TargetSession = typeof TARGETS[number];

/** A server to try, and the password for it. */
export interface Candidate extends Server {
  readonly password: string | undefined;
}

/** Everything needed to connect. The password is never shown. */
export interface ConnectionSettings {
  /** The servers to try in turn. */
  readonly servers: readonly Candidate[];
  readonly database: string;
  readonly user: string;
  readonly sslmode: SslMode;
  /** Path of a file with certificate authorities, or `system` for those of the machine. */
  readonly sslrootcert: string | undefined;
  /** Paths of a certificate and its key that prove who the client is. */
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined;
  /** undefined: nobody asked. */
  readonly targetSession: TargetSession | undefined;
  /** Settings that every transaction makes before it looks for Flagsmith's tables. */
  readonly runTimeSettings: readonly RunTimeSetting[];
  readonly applicationName: string | undefined;
  /** Milliseconds for each server, `Infinity` for no limit; undefined when the address does not say. */
  readonly connectTimeout: number | undefined;
  /** Which source won, for messages. */
  readonly source: string;
}

/** What the program takes from its surroundings for an address. */
export interface AddressWorld {
  readonly env: (name: string) => string | undefined;
  /** Without them nothing but the environment is looked at. */
  readonly files?: AddressFiles;
}

/** Reads the settings; throws when nothing says where the database is, or what is said cannot be understood or honoured. */
export async function connectionSettings(
  option: string | undefined,
  world: AddressWorld,
): Promise<ConnectionSettings> {
  const env = (name: string): string | undefined => world.env(name) === "" ? undefined : world.env(name);
  const { source, given } = explicit(option, env);
  const variables = parametersOfEnvironment(env);
  const service = given.get("service") ?? variables.get("service");
  const fromService = service === undefined || world.files === undefined
    ? new Map<string, string>()
    : await readService(service, servicePaths(given, variables, env), world.files, source);
  const parameters: Parameters = new Map([...variables, ...fromService, ...given]);
  checkParameters(parameters, source);
  return await settingsOf(parameters, source, { ...world, env });
}

function explicit(
  option: string | undefined,
  env: AddressWorld["env"],
): { readonly source: string; readonly given: Parameters } {
  const url = (option ?? env("DATABASE_URL"))?.trim();
  if (url !== undefined) {
    const source = option === undefined ? "DATABASE_URL" : "--database-url";
    return { source, given: isUri(url) ? parseUri(url, source) : parseKeywordValue(url, source) };
  }
  const django = env("DJANGO_DB_HOST");
  const name = env("DJANGO_DB_NAME");
  if (django !== undefined || name !== undefined) {
    const given = Object.entries({
      host: django ?? "localhost",
      port: env("DJANGO_DB_PORT") ?? "5432",
      dbname: name ?? "flagsmith",
      user: env("DJANGO_DB_USER") ?? "postgres",
      password: env("DJANGO_DB_PASSWORD"),
    });
    return {
      source: "DJANGO_DB_*",
      given: new Map(given.flatMap(([key, value]) => value === undefined ? [] : [[key, value]])),
    };
  }
  if (["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"].some((variable) => env(variable) !== undefined)) {
    return { source: "PG*", given: new Map() };
  }
  throw new ProvisionError(
    "FP401",
    EXIT.usage,
    "No database was given",
    "Give --database-url postgresql://user:password@host:5432/name, or set DATABASE_URL, DJANGO_DB_HOST (and the other DJANGO_DB_* variables), or PGHOST",
  );
}

/** Where a service is looked for, in this order. */
export function servicePaths(
  given: Parameters,
  variables: Parameters,
  env: AddressWorld["env"],
): readonly string[] {
  const named = given.get("servicefile") ?? variables.get("servicefile");
  const [home, system] = [env("HOME"), env("PGSYSCONFDIR")];
  return [
    ...(named !== undefined ? [named] : home === undefined ? [] : [`${home}/.pg_service.conf`]),
    ...(system === undefined ? [] : [`${system}/pg_service.conf`]),
  ];
}

async function settingsOf(
  parameters: Parameters,
  source: string,
  world: AddressWorld,
): Promise<ConnectionSettings> {
  const oneOf = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const text = parameters.get(name);
    const value = values.find((v) => v === text);
    if (text !== undefined && value === undefined) {
      throw badAddress(source, `${name} is not one of ${values.join(", ")}`);
    }
    return value;
  };
  const user = textOf("user", parameters, source) ?? world.env("USER") ?? "postgres";
  const database = textOf("dbname", parameters, source) ?? user;
  const defaults = await defaultFiles(parameters, world);
  const sslrootcert = parameters.get("sslrootcert") ?? defaults.sslrootcert;
  const sslmode = oneOf("sslmode", SSL_MODES) ?? (sslrootcert === "system" ? "verify-full" : "prefer");
  if (sslrootcert === "system" && sslmode !== "verify-full") {
    throw badAddress(
      source,
      "sslrootcert=system goes with sslmode=verify-full only",
      "Whoever has a certificate of a public authority would pass a weaker check",
    );
  }
  const servers = serversOf(parameters, source);
  const passwords = await passwordsOf(servers, { database, user }, parameters, world);
  return {
    servers: servers.map((server, i) => ({ ...server, password: passwords[i] })),
    database,
    user,
    sslmode,
    sslrootcert,
    clientCertificate: clientCertificate(parameters, defaults, source),
    targetSession: oneOf("target_session_attrs", TARGETS),
    runTimeSettings: runTimeSettings(parameters, source),
    applicationName: parameters.get("application_name") ?? parameters.get("fallback_application_name"),
    connectTimeout: connectTimeout(parameters, source),
    source,
  };
}

/** A name that may be shown: whatever looks like more than that is refused. */
function textOf(name: string, parameters: Parameters, source: string): string | undefined {
  const text = parameters.get(name);
  if (text !== undefined && (text.includes("://") || /\p{Cc}/u.test(text))) {
    throw badAddress(source, `its ${name} holds :// or a control character`);
  }
  return text === "" ? undefined : text;
}

interface DefaultFiles {
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
}

/** The certificates in libpq's own directory, where there are some. */
async function defaultFiles(parameters: Parameters, { env, files }: AddressWorld): Promise<DefaultFiles> {
  const home = env("HOME");
  if (home === undefined || files === undefined || parameters.get("sslmode") === "disable") return {};
  const [sslrootcert, sslcert, sslkey] = ["root.crt", "postgresql.crt", "postgresql.key"].map((name) =>
    `${home}/.postgresql/${name}`
  );
  return {
    ...(sslrootcert !== undefined && await isThere(sslrootcert, files) ? { sslrootcert } : {}),
    ...(sslcert !== undefined && await isThere(sslcert, files) ? { sslcert } : {}),
    ...(sslkey === undefined ? {} : { sslkey }),
  };
}

function clientCertificate(
  parameters: Parameters,
  defaults: DefaultFiles,
  source: string,
): ConnectionSettings["clientCertificate"] {
  const certificate = parameters.get("sslcert") ?? defaults.sslcert;
  const key = parameters.get("sslkey") ?? defaults.sslkey;
  if (certificate === undefined) {
    if (parameters.has("sslkey")) throw badAddress(source, "it gives sslkey without sslcert");
    return undefined;
  }
  if (key === undefined) throw badAddress(source, "it gives sslcert without sslkey");
  return { certificate, key };
}

function connectTimeout(parameters: Parameters, source: string): number | undefined {
  const text = parameters.get("connect_timeout")?.trim();
  if (text === undefined || text === "") return undefined;
  if (!/^-?\d{1,6}$/.test(text)) throw badAddress(source, "connect_timeout is not a number of seconds");
  return Number(text) <= 0 ? Infinity : Number(text) * 1000;
}

async function passwordsOf(
  servers: readonly Server[],
  { database, user }: { readonly database: string; readonly user: string },
  parameters: Parameters,
  { env, files }: AddressWorld,
): Promise<readonly (string | undefined)[]> {
  const given = parameters.get("password");
  const home = env("HOME");
  const named = parameters.get("passfile");
  const path = named ?? (home === undefined ? undefined : `${home}/.pgpass`);
  if (given !== undefined && given !== "") return servers.map(() => given);
  if (files === undefined || path === undefined) return servers.map(() => undefined);
  const text = await files.readTextFile(path).catch(() => undefined);
  if (text === undefined) {
    if (named !== undefined) throw unreadable("password file", path, "passfile or PGPASSFILE");
    return servers.map(() => undefined);
  }
  const passwords = servers.map(({ host, port }) => passwordIn(text, { host, port, database, user }));
  if (passwords.some((password) => password !== undefined)) {
    await checkPrivate(path, "password file", 0o077, files);
  }
  return passwords;
}

/**
 * `user@host:port/name`, for messages; several hosts with commas between them. A user or a database that may be more than a
 * name, such as a whole address with its password in one variable, is not shown.
 */
export function describeTarget(
  { servers, database, user }: Pick<ConnectionSettings, "servers" | "database" | "user">,
): string {
  return `${onlyName(user, /@/)}@${servers.map(describeServer).join(",")}/${onlyName(database)}`;
}

function onlyName(text: string, also = /(?!)/): string {
  const isName = [...text].every((character) =>
    /[\p{L}\p{N}\p{M}_.+$ -]/u.test(character) || also.test(character)
  );
  return isName && text.length <= 63 ? text : "…";
}

/** `host:port`; an IPv6 address is in brackets. */
export function describeServer({ host, port }: Server): string {
  return `${host.includes(":") && !host.startsWith("/") ? `[${host}]` : host}:${port}`;
}

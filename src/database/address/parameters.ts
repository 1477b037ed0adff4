/**
 * Every parameter of a connection that libpq knows (PostgreSQL 18, section 34.1.2 of its manual), and what this program does
 * with it. One that is on no list is refused by name: what is dropped in silence means another server, another schema or less
 * security than somebody asked for.
 */
import { lookup } from "../../diagnostics/lookup.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { badAddress, type Parameters, shownName } from "./refusal.ts";

/** Parameters that are honoured, with libpq's variable for those that have one. */
const HONOURED: Readonly<Record<string, string | undefined>> = lookup({
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  passfile: "PGPASSFILE",
  service: "PGSERVICE",
  servicefile: "PGSERVICEFILE",
  options: "PGOPTIONS",
  application_name: "PGAPPNAME",
  fallback_application_name: undefined,
  connect_timeout: "PGCONNECT_TIMEOUT",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  target_session_attrs: "PGTARGETSESSIONATTRS",
  // JDBC's word, which Flagsmith (dj-database-url) understands in DATABASE_URL.
  currentSchema: undefined,
});

/** Parameters that change neither server, schema, rows nor security, so that nothing is lost when they are not heeded. */
const IGNORED: Readonly<Record<string, string | undefined>> = lookup({
  // The driver keeps connections alive by itself.
  keepalives: undefined,
  keepalives_idle: undefined,
  keepalives_interval: undefined,
  keepalives_count: undefined,
  tcp_user_timeout: undefined,
  // The program always speaks UTF-8.
  client_encoding: "PGCLIENTENCODING",
  // Only for Kerberos, which is not spoken: a server that demands it refuses the user.
  krbsrvname: "PGKRBSRVNAME",
  gsslib: "PGGSSLIB",
  gssdelegation: "PGGSSDELEGATION",
  // TLS 1.2 and later have no compression.
  sslcompression: "PGSSLCOMPRESSION",
});

interface Limited {
  readonly variable: string | undefined;
  /** The values that are what this program does anyway. */
  readonly values: readonly string[];
  readonly why: string;
}

const limited = (variable: string | undefined, values: readonly string[], why: string): Limited => ({
  variable,
  values,
  why,
});

/** Parameters of which some values are what happens anyway, and all others are refused. */
const LIMITED: Readonly<Record<string, Limited>> = lookup({
  channel_binding: limited(
    "PGCHANNELBINDING",
    ["disable", "prefer"],
    "this program cannot bind a login to its TLS channel; sslmode=verify-full proves who the server is",
  ),
  gssencmode: limited("PGGSSENCMODE", ["disable", "prefer"], "this program does not speak Kerberos"),
  load_balance_hosts: limited(
    "PGLOADBALANCEHOSTS",
    ["disable"],
    "this program tries hosts in the order given",
  ),
  sslsni: limited("PGSSLSNI", ["1"], "this program always names the host to the server"),
  sslnegotiation: limited(
    "PGSSLNEGOTIATION",
    ["postgres"],
    "this program asks the server before it speaks TLS",
  ),
  sslcertmode: limited(
    "PGSSLCERTMODE",
    ["allow"],
    "this program sends the certificate of sslcert when asked",
  ),
  ssl_min_protocol_version: limited(
    "PGSSLMINPROTOCOLVERSION",
    ["TLSv1", "TLSv1.1", "TLSv1.2"],
    "this program takes TLS 1.2 and later",
  ),
  ssl_max_protocol_version: limited(
    "PGSSLMAXPROTOCOLVERSION",
    ["TLSv1.3"],
    "this program takes TLS 1.2 and later",
  ),
  min_protocol_version: limited("PGMINPROTOCOLVERSION", ["3.0"], "this program speaks protocol 3.0"),
  max_protocol_version: limited(
    "PGMAXPROTOCOLVERSION",
    ["3.0", "3.2", "latest"],
    "this program speaks protocol 3.0",
  ),
  requiressl: limited("PGREQUIRESSL", ["0"], "sslmode=require says the same"),
  replication: limited(undefined, ["false", "off", "no", "0"], "this program needs an ordinary connection"),
});

/** Parameters that are understood and refused, with the reason. */
const REFUSED: Readonly<Record<string, readonly [variable: string | undefined, why: string]>> = lookup({
  sslcrl: ["PGSSLCRL", "this program does not read lists of revoked certificates"],
  sslcrldir: ["PGSSLCRLDIR", "this program does not read lists of revoked certificates"],
  sslpassword: [undefined, "this program reads only keys without a password"],
  requirepeer: ["PGREQUIREPEER", "this program cannot ask for the user of a socket's server"],
  require_auth: ["PGREQUIREAUTH", "this program takes the login that the server asks for"],
  // Prisma's word.
  schema: [undefined, "options=-c search_path=… names the schema, for Flagsmith and psql, too"],
});

const KNOWN: readonly string[] = [HONOURED, IGNORED, LIMITED, REFUSED].flatMap((table) => Object.keys(table));

/** True for a name that stands on one of the lists, and therefore is no secret. */
export function isKnownParameter(name: string): boolean {
  return KNOWN.includes(name);
}

/** The parameters that libpq's variables give. */
export function parametersOfEnvironment(env: (name: string) => string | undefined): Parameters {
  const variables: [name: string, variable: string | undefined][] = [
    ...Object.entries(HONOURED),
    ...Object.entries(LIMITED).map(([name, { variable }]): [string, string | undefined] => [name, variable]),
    ...Object.entries(REFUSED).map(([name, [variable]]): [string, string | undefined] => [name, variable]),
  ];
  const parameters = new Map<string, string>();
  for (const [name, variable] of variables) {
    const value = variable === undefined ? undefined : env(variable);
    if (value !== undefined && value !== "") parameters.set(name, value);
  }
  return parameters;
}

/** Throws for a name that is unknown. `afterPassword`: see `shownName`. */
export function checkName(name: string, source: string, afterPassword: boolean): void {
  if (isKnownParameter(name)) return;
  const shown = shownName(name, false, afterPassword);
  if (!shown.startsWith('"')) {
    throw badAddress(source, `${shown} is not known`);
  }
  throw badAddress(
    source,
    `the parameter ${shown} is not known`,
    didYouMean(name, KNOWN) ??
      "docs/cli.md lists the parameters; what is not understood is never dropped in silence",
  );
}

/** Throws for a parameter that cannot be honoured; the message names it and not its value. */
export function checkParameters(parameters: Parameters, source: string): void {
  for (const [name, value] of parameters) {
    const refused = REFUSED[name];
    if (refused !== undefined) {
      throw badAddress(source, `${nameOf(name, refused[0])} is not supported`, upper(refused[1]));
    }
    const some = LIMITED[name];
    if (some !== undefined && !some.values.includes(value)) {
      throw badAddress(
        source,
        `${nameOf(name, some.variable)} is supported only as ${some.values.join(", ")}`,
        upper(some.why),
      );
    }
  }
}

function nameOf(name: string, variable: string | undefined): string {
  return variable === undefined ? name : `${name} (${variable})`;
}

function upper(text: string): string {
  return /^[a-z]+=/.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

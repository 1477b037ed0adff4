/** The files from which an address takes passwords, certificates and keys. */
import { appendAll } from "../diagnostics/append_all.ts";
import { type AddressFiles, readService } from "./address/files.ts";
import { parseKeywordValue } from "./address/keyword_value.ts";
import { parametersOfEnvironment } from "./address/parameters.ts";
import type { Parameters } from "./address/refusal.ts";
import { isUri, parseUri } from "./address/uri.ts";
import { servicePaths } from "./settings.ts";

/** Parameters that name a file which others must not read, and what libpq reads in the home directory where none is named. */
const NAMING: readonly (readonly [parameter: string, atHome: string])[] = [
  ["passfile", ".pgpass"],
  ["sslcert", ".postgresql/postgresql.crt"],
  ["sslkey", ".postgresql/postgresql.key"],
];

/**
 * Paths of all files that hold a credential for one of some addresses: those that the address names, that the environment or
 * its service names, and those of libpq's own places. What of an address cannot be understood is passed over, since nobody
 * connects with it. Files need not be there.
 */
export async function credentialFiles(
  addresses: readonly (string | undefined)[],
  env: (name: string) => string | undefined,
  files: AddressFiles,
): Promise<readonly string[]> {
  const set = (name: string): string | undefined => env(name) === "" ? undefined : env(name);
  const found = new Set<string>();
  const given = addresses.flatMap((address) => parametersOf(address?.trim()) ?? []);
  for (const parameters of [new Map<string, string>(), ...given]) {
    for (const path of await filesOf(parameters, set, files)) found.add(path);
  }
  return [...found];
}

function parametersOf(address: string | undefined): Parameters | undefined {
  if (address === undefined) return undefined;
  try {
    return isUri(address) ? parseUri(address, "") : parseKeywordValue(address, "");
  } catch {
    return undefined;
  }
}

async function filesOf(
  given: Parameters,
  env: (name: string) => string | undefined,
  files: AddressFiles,
): Promise<readonly string[]> {
  const variables = parametersOfEnvironment(env);
  const services = servicePaths(given, variables, env);
  const found = [...services];
  const sources = [given, variables];
  const names = new Set(
    [given.get("service"), variables.get("service")].filter((name) => name !== undefined),
  );
  for (const name of names) {
    sources.push(await readService(name, services, files, "").catch(() => new Map<string, string>()));
  }
  const home = env("HOME");
  for (const [name, atHome] of NAMING) {
    const named = sources.flatMap((source) => source.get(name) ?? []);
    appendAll(found, named.length > 0 || home === undefined ? named : [`${home}/${atHome}`]);
  }
  return found;
}

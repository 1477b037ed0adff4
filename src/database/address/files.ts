/** libpq's files: a service's parameters, and passwords. */
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { checkName } from "./parameters.ts";
import { badAddress, parameterCollector, type Parameters } from "./refusal.ts";

/** How files are read that an address names, or that stand where libpq looks. */
export interface AddressFiles {
  readTextFile(path: string): Promise<string>;
  /** Rejects when nothing is there. */
  stat(path: string): Promise<{ readonly isFile: boolean; readonly mode?: number | null }>;
}

/** The error for a file that is named and cannot be read. `name` is the parameter. */
export function unreadable(what: string, path: string, name: string): ProvisionError {
  return new ProvisionError("FP416", EXIT.usage, `The ${what} "${path}" cannot be read`, `Check ${name}`);
}

/** True when there is such a file. */
export async function isThere(path: string, files: AddressFiles): Promise<boolean> {
  try {
    return (await files.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** The parameters of a service; throws when no file has it. `paths` are tried in turn. */
export async function readService(
  service: string,
  paths: readonly string[],
  files: AddressFiles,
  source: string,
): Promise<Parameters> {
  for (const path of paths) {
    const text = await files.readTextFile(path).catch(() => undefined);
    const found = text === undefined ? undefined : sectionOf(text, service, `the service file "${path}"`);
    if (found !== undefined) return found;
  }
  throw badAddress(
    source,
    "the service that it names is in no service file",
    `${
      paths.length === 0 ? "Set PGSERVICEFILE" : `Looked into ${paths.map((p) => `"${p}"`).join(", ")}`
    }; PGSERVICEFILE names the file`,
  );
}

function sectionOf(text: string, service: string, source: string): Parameters | undefined {
  const { parameters, add } = parameterCollector(source);
  let inside = false;
  let found = false;
  let afterPassword = false;
  for (const line of text.split(/\r?\n/).map((l) => l.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (found && inside) break;
      inside = line === `[${service}]`;
      found ||= inside;
      continue;
    }
    if (!inside) continue;
    const equals = line.indexOf("=");
    if (equals < 0) throw badAddress(source, "a line of the service has no =");
    const name = line.slice(0, equals);
    if (name === "service" || name === "servicefile") throw badAddress(source, "a service names another one");
    checkName(name, source, afterPassword);
    add(name, line.slice(equals + 1));
    if (name === "password") afterPassword = true;
  }
  return found ? parameters : undefined;
}

/** What a line of a password file is compared with. */
export interface PasswordFor {
  /** `localhost` for a socket, as libpq has it for its own default; else the host. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The password of the first line that fits; undefined when none does. */
export function passwordIn(text: string, wanted: PasswordFor): string | undefined {
  const parts = [wanted.host, String(wanted.port), wanted.database, wanted.user];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/gs)].map(([, field = ""]) => field);
    const fits = parts.every((part, i) => fields[i] === "*" || fields[i]?.replace(/\\(.)/gs, "$1") === part);
    const password = fields[4];
    if (fits && password !== undefined && password !== "") return password.replace(/\\(.)/gs, "$1");
  }
  return undefined;
}

/**
 * Throws when others may use a file of secrets; libpq does not take such a one either. `forbidden` are the bits of the mode
 * that must not be set.
 */
export async function checkPrivate(
  path: string,
  what: string,
  forbidden: number,
  files: AddressFiles,
): Promise<void> {
  const { mode } = await files.stat(path);
  if (mode === undefined || mode === null || (mode & forbidden) === 0) return;
  throw new ProvisionError(
    "FP416",
    EXIT.usage,
    `The ${what} "${path}" may be read by others than its owner`,
    "libpq refuses such a file, too: chmod 0600 (in Kubernetes, defaultMode: 0400 of the volume)",
  );
}

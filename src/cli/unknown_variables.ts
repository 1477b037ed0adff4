/** Variables `FLAGSMITH_PROVISION_…`, or meant so, that are no option. */
import type { Command } from "@commander-js/extra-typings";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { nearest } from "../diagnostics/suggest.ts";
import { allCommands } from "./command_tree.ts";
import type { Io } from "./io.ts";
import { ENV_PREFIX, envName } from "./options.ts";

/** Variables that stand for no option. */
const WITHOUT_OPTION = [`${ENV_PREFIX}PROTECT`, `${ENV_PREFIX}RELOAD_TOKEN`];

/** Variables of the program, and names that may be one whose beginning is misspelt. */
const LIKE_OURS = /^_*FLAG[A-Z]{3,6}_?P(?!ORT(?:_|$))/i;

/** What Kubernetes makes of the name of a service, in each pod of its namespace. */
const OF_A_SERVICE =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Throws FP512 for a variable that was meant for an option, or for any other one with `strict`; gives the warnings about the
 * rest. A misspelt `FLAGSMITH_PROVISION_DRY_RUN` would otherwise apply for real. `everything` builds the program with all commands.
 */
export function checkVariables(
  everything: () => Command,
  io: Pick<Io, "envNames">,
  strict: boolean,
): readonly string[] {
  const names = io.envNames().filter((n) => LIKE_OURS.test(n)).sort();
  if (names.length === 0) return [];
  const options = allCommands(everything()).flatMap(({ command }) =>
    command.options.flatMap(({ long }) => long ?? [])
  );
  const known = new Set([...options.map(envName), ...WITHOUT_OPTION]);
  const warnings: string[] = [];
  for (const name of names) {
    if (known.has(name) || OF_A_SERVICE.test(name)) continue;
    const isOurs = name.toUpperCase().startsWith(ENV_PREFIX);
    const meant = meantBy(name, known);
    if (meant !== undefined) {
      throw new ProvisionError(
        "FP512",
        EXIT.usage,
        `${name} is not a variable of the program`,
        `Did you mean ${meant}?`,
      );
    }
    if (!isOurs) continue;
    const message = `${name} is not a variable of the program and is ignored`;
    if (strict) throw new ProvisionError("FP512", EXIT.usage, message, "--help of a command lists them");
    warnings.push(`${message} [FP512]`);
  }
  return warnings;
}

/** The variable that was meant: the same letters with other underscores or in other case, or a name that is near. */
function meantBy(name: string, known: ReadonlySet<string>): string | undefined {
  const letters = (text: string): string => text.replaceAll("_", "").toUpperCase();
  const same = [...known].find((other) => letters(other) === letters(name));
  if (same !== undefined) return same;
  const upper = name.toUpperCase();
  if (!upper.startsWith(ENV_PREFIX)) {
    // The beginning is misspelt, as in FLAGSMITH_PROVISIONING_DRY_RUN.
    const [, own] = ENV_PREFIX.match(/^(.*)_$/) ?? [];
    return [...known].find((other) => {
      const option = other.slice(ENV_PREFIX.length);
      const before = upper.endsWith(option) ? upper.slice(0, -option.length).replace(/_+$/, "") : "";
      return own !== undefined && nearest(before, [own]).length > 0;
    });
  }
  const rest = upper.slice(ENV_PREFIX.length);
  const [near] = nearest(rest, [...known].map((other) => other.slice(ENV_PREFIX.length)), 1);
  return near === undefined ? undefined : `${ENV_PREFIX}${near}`;
}

/** Options that commands share, and how their texts are read. */
import { InvalidArgumentError } from "commander";

/** Prefix of the environment variable that every option has. */
export const ENV_PREFIX = "FLAGSMITH_PROVISION_";

/** The environment variable of a long option: `--lock-timeout` → `FLAGSMITH_PROVISION_LOCK_TIMEOUT`. */
export function envName(long: string): string {
  return `${ENV_PREFIX}${long.replace(/^--/, "").replaceAll("-", "_").toUpperCase()}`;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What PostgreSQL takes as a time-out, and timers too, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** `500ms`, `60s`, `5m` → milliseconds. */
export function parseDuration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new InvalidArgumentError("It takes a duration such as 500ms, 60s or 5m.");
  const milliseconds = Number(number) * factor;
  if (milliseconds > LONGEST) throw new InvalidArgumentError("It takes 24 days at most.");
  return milliseconds;
}

/** `0600` → 384. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("It takes an octal file mode such as 0600.");
  return parseInt(text, 8);
}

/** Adds one more name of a variable. */
export function collectVariable(value: string, previous: readonly string[]): readonly string[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) {
    throw new InvalidArgumentError("It takes the name of an environment variable, not its value.");
  }
  return [...previous, value];
}

/** Adds one more value to a repeatable option. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

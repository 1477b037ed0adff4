/** Options that commands share, and how their texts are read. */
import { lookup } from "../diagnostics/lookup.ts";
import { InvalidArgumentError } from "commander";
import type { Migration } from "../snapshot/readiness.ts";
import { type Address, parseAddress, parseUpstream, type UpstreamAddress } from "../serve/address.ts";

/** Prefix of the environment variable that every option has. */
export const ENV_PREFIX = "FLAGSMITH_PROVISION_";

/** The environment variable of a long option: `--lock-timeout` → `FLAGSMITH_PROVISION_LOCK_TIMEOUT`. */
export function envName(long: string): string {
  return `${ENV_PREFIX}${long.replace(/^--/, "").replaceAll("-", "_").toUpperCase()}`;
}

const UNITS: Readonly<Record<string, number>> = lookup({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 });

/** What PostgreSQL takes as a time-out, and timers too, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** `500ms`, `60s`, `5m` → milliseconds; a number without a unit is seconds, as `connect_timeout` of libpq is. */
export function parseDuration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text) ?? [];
  const factor = unit === "" && number !== "" ? 1000 : UNITS[unit];
  if (factor === undefined) {
    throw new InvalidArgumentError(
      "It takes a duration such as 500ms, 60s or 5m; a number alone is seconds.",
    );
  }
  const milliseconds = Number(number) * factor;
  if (milliseconds > LONGEST) throw new InvalidArgumentError("It takes 24 days at most.");
  return milliseconds;
}

/** `features.0067`. */
export function parseMigration(text: string): Migration {
  const [, app, number] = /^([a-z][a-z0-9_]*)\.(\d{4})$/.exec(text) ?? [];
  if (app === undefined || number === undefined) {
    throw new InvalidArgumentError("It takes a migration such as features.0067.");
  }
  return { app, number };
}

/** `0600` → 384. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("It takes an octal file mode such as 0600.");
  return parseInt(text, 8);
}

/** `127.0.0.1:8001`, `[::1]:8001`. */
export function parseListen(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It takes HOST:PORT such as 127.0.0.1:8001.");
  return address;
}

/** `http://127.0.0.1:8000`; https, too. */
export function parseUpstreamUrl(text: string): UpstreamAddress {
  const address = parseUpstream(text);
  if (address === undefined) {
    throw new InvalidArgumentError(
      "It takes http://HOST:PORT or https://HOST:PORT, without path or password.",
    );
  }
  return address;
}

/** Adds one more name of a variable. */
export function collectVariable(value: string, previous: readonly string[]): readonly string[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) {
    throw new InvalidArgumentError("It takes the name of an environment variable, not its value.");
  }
  return [...previous, value];
}

/** Adds one more `TABLE.COLUMN=VALUE`; whether the database has the column is seen later. */
export function collectColumnDefault(value: string, previous: readonly string[]): readonly string[] {
  if (!/^[^.=\s]+\.[^.=\s]+=/.test(value)) {
    throw new InvalidArgumentError("It takes TABLE.COLUMN=VALUE.");
  }
  return [...previous, value];
}

/** Adds one more `TABLE.COLUMN`. */
export function collectColumn(value: string, previous: readonly string[]): readonly string[] {
  if (!/^[^.=\s]+\.[^.=\s]+$/.test(value)) throw new InvalidArgumentError("It takes TABLE.COLUMN.");
  return [...previous, value];
}

/** Adds one more value to a repeatable option. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** A point in time: an absolute one, or a duration before now. */
export type Moment =
  | { readonly kind: "at"; readonly milliseconds: number }
  | { readonly kind: "ago"; readonly milliseconds: number };

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** `2026-01-31`, `2026-01-31T12:00:00+01:00`, or a duration back from now: `90m`, `7d`. Without an offset it is UTC. */
export function parseMoment(text: string): Moment {
  const [, number, unit = ""] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  if (number !== undefined) {
    const factor = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }[unit] ?? 0;
    return { kind: "ago", milliseconds: Number(number) * factor };
  }
  const at = DATE.test(text)
    ? Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text)
    : NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError("It takes a time such as 2026-01-31, 2026-01-31T12:00:00Z or 24h.");
  }
  return { kind: "at", milliseconds: at };
}

/** Milliseconds since 1970 of a moment; undefined when it lies outside of what a date can be. */
export function momentAt({ kind, milliseconds }: Moment, now: number): number | undefined {
  const at = kind === "at" ? milliseconds : now - milliseconds;
  return Math.abs(at) <= 8.64e15 ? at : undefined;
}

/** `20` → 20, `all` → infinity. */
export function parseLimit(text: string): number {
  if (text === "all") return Infinity;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It takes a number from 1 on, or all.");
  return Number(text);
}

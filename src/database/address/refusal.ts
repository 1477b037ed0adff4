/** How an address is refused: with its source and the reason, and never with any part of it, since it may hold a password. */
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";

/** What a source gives as parameters of libpq: `host`, `dbname`, `sslmode` and so on. */
export type Parameters = ReadonlyMap<string, string>;

/** The form of an address, as the hint of errors that have no better one. */
export const FORM =
  "The form is postgresql://user:password@host:5432/name?sslmode=require; special characters are percent-encoded";

/** The error for an address that cannot be used. `why` ends the sentence and repeats nothing but names that we know. */
export function badAddress(source: string, why: string, hint: string = FORM): ProvisionError {
  return new ProvisionError(
    "FP402",
    EXIT.usage,
    `The database address in ${source} cannot be used: ${why}`,
    hint,
  );
}

/**
 * A parameter's name as it may be shown. Once a password has been read, what follows may be the rest of it (`a&b` or `a b`
 * without encoding), so that only names that are known are repeated.
 */
export function shownName(name: string, known: boolean, afterPassword: boolean): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]{0,40}$/.test(name);
  if (known || (plain && !afterPassword)) return `"${name}"`;
  return afterPassword ? "what follows the password" : "a parameter";
}

/** Collects parameters of one source; the same one twice is an error unless both say the same. */
export function parameterCollector(source: string): {
  readonly parameters: Map<string, string>;
  add(name: string, value: string): void;
} {
  const parameters = new Map<string, string>();
  return {
    parameters,
    add(name, value) {
      const former = parameters.get(name);
      if (former !== undefined && former !== value) {
        throw badAddress(
          source,
          `it gives ${name} twice, with different values`,
          `Give one ${name}${name === "host" ? ", before the first slash or as ?host=" : ""}`,
        );
      }
      parameters.set(name, value);
    },
  };
}

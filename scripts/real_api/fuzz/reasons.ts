/** Why the program and the API may differ: the list of `docs/real-api.md`, each as narrow as it can be told from outside. */
import { pythonStrip } from "../../../src/flagsmith/python/strip.ts";
import type { Json } from "../../../tests/support/dump.ts";
import type { Seen } from "./judge.ts";
import type { Trial } from "./trial.ts";

/** A finding for which the program alone refuses. */
export interface Refusal {
  /** As the table of `docs/real-api.md` names it. */
  readonly id: string;
  readonly code: string;
  readonly message: RegExp;
}

/** A difference that is known by what the API made of the request: the document that says the same as what is stored. */
export interface Rewrite {
  /** As the table of `docs/real-api.md` names it. */
  readonly id: string;
  readonly rewrite: (document: Trial["document"]) => Trial["document"];
}

/** Asked first, in this order. */
export const REWRITES: readonly Rewrite[] = [
  { id: "white space at the ends", rewrite: (document) => eachText(document, pythonStrip) },
];

/** What the API alone says. */
interface ApiRefusal {
  readonly id: string;
  /** The field that its answer names; empty for a page. */
  readonly field: string;
  readonly message: RegExp;
  /** What stands in the document as JSON, where the answer alone does not tell. */
  readonly document?: RegExp;
}

/** What the program refuses on purpose though the API does not. */
const REFUSALS: readonly Refusal[] = [
  { id: "white space at the ends", code: "FP111", message: /(begins|ends) with (white space|a line break)/ },
  { id: "line break in a line", code: "FP111", message: /has a line break inside/ },
];

/** What the API refuses though the program accepts it: the field that its answer names, and what it says about it. */
const API_REFUSALS: readonly ApiRefusal[] = [
  { id: "property without a name", field: "property", message: /^This field may not be blank\.$/ },
  { id: "nameless account", field: "first_name", message: /^This field may not be blank\.$/ },
  { id: "nameless account", field: "last_name", message: /^This field may not be blank\.$/ },
  { id: "rules of passwords", field: "password", message: /^(The|This) password / },
  { id: "key without rights", field: "is_admin", message: /^RBAC is not installed/ },
  { id: "owner without access", field: "owners", message: /do not have access to this project/ },
  { id: "member from elsewhere", field: "detail", message: /do not exist in this organisation$/ },
  // With a member beside one that is none the API fails while it words that message.
  {
    id: "member from elsewhere",
    field: "",
    message: /Server Error \(500\)/,
    document: /"groups".*"members".*"email"/,
  },
  { id: "name of a character", field: "", message: /Server Error \(500\)/, document: /\\\\N\{/ },
];

/** Names of all reasons. */
export const REASON_IDS: readonly string[] = [
  ...new Set([...REWRITES, ...REFUSALS, ...API_REFUSALS].map(({ id }) => id)),
];

/** The names of the reasons for a difference; undefined when there is something that none explains. */
export function reasonFor({ accepted, findings, answer, trial }: Seen): string | undefined {
  if (accepted.program === accepted.api) return undefined;
  const ids = accepted.api
    ? findings.map(({ code, message }) =>
      REFUSALS.find((refusal) => refusal.code === code && refusal.message.test(message))?.id
    )
    : complaints(answer.body, "").map(([field, message]) =>
      API_REFUSALS.find((refusal) =>
        refusal.field === field && refusal.message.test(message) &&
        (refusal.document?.test(JSON.stringify(trial.document)) ?? true)
      )?.id
    );
  return ids.length === 0 || ids.includes(undefined) ? undefined : [...new Set(ids)].join(", ");
}

/** What an answer says about fields, each with the name of the innermost one. */
function complaints(body: Json, field: string): readonly (readonly [string, string])[] {
  if (typeof body === "string") return [[field, body]];
  if (Array.isArray(body)) return body.flatMap((item) => complaints(item, field));
  return body === null || typeof body !== "object"
    ? []
    : Object.entries(body).flatMap(([name, inner]) => complaints(inner, name));
}

/** The document with all texts changed, keys of mappings included, but for the values of traits, which the API leaves alone. */
function eachText(document: Trial["document"], change: (text: string) => string): Trial["document"] {
  const visit = (value: Json, isTraits = false): Json => {
    if (typeof value === "string") return change(value);
    if (Array.isArray(value)) return value.map((item) => visit(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map((
        [key, inner],
      ) => [change(key), isTraits ? inner : visit(inner, key === "traits")]),
    );
  };
  return Object.fromEntries(Object.entries(document).map(([key, inner]) => [key, visit(inner)]));
}

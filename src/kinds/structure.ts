/** What stands around the leaves: optional fields, lists, and mappings with known or with free keys. */
import * as z from "zod";
import { type FieldIssue, isScalar, passOn } from "./leaf.ts";

/** The cure for a value in place of a list. */
export const BEGIN_ITEMS = 'Begin each item with "- "';

/** What a schema is made of, for the generators: an optional's inside, a list's item, a mapping's fields. */
export type Structure =
  | { readonly kind: "optional"; readonly inner: z.ZodType }
  | { readonly kind: "list"; readonly item: z.ZodType }
  | { readonly kind: "record"; readonly value: z.ZodType }
  | { readonly kind: "mapping"; readonly fields: Readonly<Record<string, z.ZodType>> };

/** Structure by schema; leaves are in `fieldDocs` instead. */
export const structures = new WeakMap<z.ZodType, Structure>();

const isUnset = (input: unknown): boolean =>
  input === undefined || (isScalar(input) && input.value === null && !input.interpolated);

/** A field that may be missing or null; both mean "not declared". */
export function optional<T>(inner: z.ZodType<T>): z.ZodOptional<z.ZodType<T | undefined>> {
  return unless(isUnset, inner);
}

/** A field that may be missing and that may be null, which is a value: only nothing after the colon is "not declared". */
export function nullable<T>(inner: z.ZodType<T>): z.ZodOptional<z.ZodType<T | undefined>> {
  return unless((input) => isUnset(input) && !isWrittenNull(input), inner);
}

/** True for a null that is written, as `null` or `~`. */
export function isWrittenNull(input: unknown): boolean {
  return isScalar(input) && input.value === null && input.text !== "";
}

/** An optional value that somebody chooses: a variable that is set but empty, or has an empty default, chooses none. */
export function chosen<T>(inner: z.ZodType<T>): z.ZodOptional<z.ZodType<T | undefined>> {
  const none = (input: unknown): boolean =>
    isUnset(input) || (isScalar(input) && input.interpolated && input.text === "");
  return unless(none, inner);
}

/** Two objects of zod's instead of the four of `preprocess`, which were a tenth of a start. */
function unless<T>(
  isMissing: (input: unknown) => boolean,
  inner: z.ZodType<T>,
): z.ZodOptional<z.ZodType<T | undefined>> {
  const schema = z.optional(z.transform((input: unknown, context): T | undefined => {
    if (isMissing(input)) return undefined;
    const result = inner.safeParse(input);
    passOn(result.error?.issues, [], context);
    return result.data;
  }));
  structures.set(schema, { kind: "optional", inner });
  return schema;
}

/**
 * A schema of a list or a mapping that refuses anything else. What zod itself needs is made by `make` when the first value is
 * read: an object takes zod longer to make than a short file to be read, and most kinds are in no file.
 */
function lazily<T>(what: "a list" | "a mapping", make: () => z.ZodType<T>): z.ZodType<T> {
  let made: z.ZodType<T> | undefined;
  return z.transform((input: unknown, context): T => {
    if (input !== undefined && !isScalar(input) && (what === "a list") === Array.isArray(input)) {
      made ??= make();
      const result = made.safeParse(input);
      passOn(result.error?.issues, [], context);
      return result.success ? result.data : z.NEVER;
    }
    const got = isScalar(input) ? "a single value" : Array.isArray(input) ? "a list" : "a mapping";
    const issue: FieldIssue = input === undefined
      ? { code: "FP103", message: `{field} is required` }
      : isUnset(input)
      ? { code: "FP108", message: `{field} is null; it takes ${what}` }
      : {
        code: "FP104",
        message: `{field} takes ${what}, not ${got}`,
        hint: what === "a list" ? BEGIN_ITEMS : undefined,
      };
    context.addIssue({ code: "custom", message: issue.message, params: { ...issue } });
    return z.NEVER;
  });
}

/** A list whose items all have one shape. */
export function list<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  const schema = lazily("a list", () => z.array(item));
  structures.set(schema, { kind: "list", item });
  return schema;
}

/** A mapping whose keys are free: text → values of one shape. zod's own drops the key "__proto__". */
export function record<T>(value: z.ZodType<T>): z.ZodType<Readonly<Record<string, T>>> {
  const schema = lazily(
    "a mapping",
    () =>
      z.transform((input: unknown, context): Readonly<Record<string, T>> =>
        Object.fromEntries(
          Object.entries(Object(input)).flatMap(([key, item]): [string, T][] => {
            const result = value.safeParse(item);
            passOn(result.error?.issues, [key], context);
            return result.success ? [[key, result.data]] : [];
          }),
        )
      ),
  );
  structures.set(schema, { kind: "record", value });
  return schema;
}

/** A mapping with known keys; any other key is a mistake. */
export function mapping<const S extends Readonly<Record<string, z.ZodType>>>(
  fields: S,
): z.ZodType<z.output<z.ZodObject<S>>> {
  const schema = lazily("a mapping", () => z.strictObject(fields) as z.ZodType<z.output<z.ZodObject<S>>>);
  structures.set(schema, { kind: "mapping", fields });
  return schema;
}

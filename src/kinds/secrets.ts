/** What is secret because the records of the kinds say so: keys of files here, columns in `TableMapping.secretColumns`. */
import type * as z from "zod";
import { fieldDocs, structures } from "./fields.ts";
import { ALL_SPECS, KIND_NAMES } from "./specs.ts";

/** Names of columns that hold a secret by default, in tables that no kind describes. */
export const LOOKS_SECRET = /secret|passw|passphrase|pwd|token|private|credential|api_?key/i;

/** The keys of the format, by whether their values are secret. */
export interface FormatKeys {
  /** Keys of secret fields of some kind. */
  readonly secret: ReadonlySet<string>;
  /** Keys whose values are not secret in any kind. */
  readonly public: ReadonlySet<string>;
  /** List or mapping inside of an item → its keys whose values are not secret, whatever the key means elsewhere. */
  readonly publicBelow: ReadonlyMap<string, ReadonlySet<string>>;
}

let known: FormatKeys | undefined;

/** The keys of all kinds; found once. */
export function formatKeys(): FormatKeys {
  return known ??= findKeys(KIND_NAMES.map((name) => ALL_SPECS[name].schema));
}

let lists: ReadonlySet<string> | undefined;

/** The keys of lists whose items have secret fields, top-level or nested; found once. */
export function listsWithSecrets(): ReadonlySet<string> {
  return lists ??= new Set(
    KIND_NAMES.map((name) => ALL_SPECS[name])
      .filter(({ schema }) => findKeys([schema]).secret.size > 0)
      .flatMap(({ list, nested }) => [list, nested])
      .filter((key) => key !== undefined),
  );
}

/** The keys of the items that these schemas read. */
export function findKeys(schemas: readonly z.ZodType[]): FormatKeys {
  const secret = new Set<string>();
  const others = new Set<string>();
  const publicBelow = new Map<string, Set<string>>();
  const walk = (schema: z.ZodType, path: readonly string[]): void => {
    const structure = structures.get(schema);
    const key = path.at(-1) ?? "";
    switch (structure?.kind) {
      case "optional":
        return walk(structure.inner, path);
      case "list":
        return walk(structure.item, path);
      case "record":
        return walk(structure.value, path);
      case "mapping":
        for (const [name, field] of Object.entries(structure.fields)) walk(field, [...path, name]);
        return;
      case undefined: {
        if (fieldDocs.get(schema)?.type === "secret") secret.add(key);
        else if (path.length === 1) others.add(key);
        else {
          const above = path.at(-2) ?? "";
          publicBelow.set(above, (publicBelow.get(above) ?? new Set()).add(key));
        }
      }
    }
  };
  for (const schema of schemas) walk(schema, []);
  return { secret, public: new Set([...others].filter((key) => !secret.has(key))), publicBelow };
}

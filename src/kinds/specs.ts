/** What the kinds let files declare, by name. */
import { KINDS } from "./index.ts";
import type { FieldReference, KindSpec } from "./kind.ts";
import type { Kind } from "./record.ts";

/** A kind's name, as it is in addresses and the log. */
export type KindName = typeof KINDS[number]["spec"]["name"];

/** The fields that an item of kind `K` declares. */
export type FieldsOf<K extends KindName> =
  Extract<typeof KINDS[number], { spec: { name: K } }>["spec"] extends KindSpec<infer F> ? F : never;

/** The union of what items may declare. */
export type AnyFields = FieldsOf<KindName>;

/** A reference, with the name of a kind that exists. */
export interface Reference extends FieldReference {
  readonly kind: KindName;
}

/** A kind's declaration, whatever its fields are; the kinds that it names exist. */
export interface AnySpec extends KindSpec<AnyFields, KindName> {
  readonly parent: KindName | undefined;
  readonly namedBy?: readonly ({ readonly path: string; readonly kind: KindName } | undefined)[];
  references?(fields: AnyFields): readonly Reference[];
}

/** The names, in the order of work. */
export const KIND_NAMES: readonly KindName[] = KINDS.map(({ spec }) => spec.name);

/** Every kind's declaration, by name. That the kinds which they name exist is a matter of `specs_test.ts`. */
export const ALL_SPECS = Object.fromEntries(KINDS.map(({ spec }) => [spec.name, spec])) as {
  readonly [K in KindName]: AnySpec;
};

/** Every kind's record, by name. */
export const ALL_KINDS = Object.fromEntries(KINDS.map((kind) => [kind.spec.name, kind])) as {
  readonly [K in KindName]: Kind<KindName, AnyFields>;
};

/** The name of an entity as its column holds it. */
export function storedName(kind: KindName, name: string): string {
  return ALL_SPECS[kind].stored?.(name) ?? name;
}

/** The fields of an item that its name is made of. */
export function namingFields(kind: KindName): readonly string[] {
  const { identityField, namedBy = [] } = ALL_SPECS[kind];
  return [...new Set([identityField, ...namedBy.flatMap((by) => by?.path ?? [])])];
}

/** True for a kind whose entities have one name, and a number that columns of other tables can refer to. */
export function isReferable(kind: KindName): boolean {
  const { spec, textKey } = ALL_KINDS[kind];
  return spec.single !== true && spec.namedBy === undefined && textKey !== true;
}

/** The kinds above a kind, nearest first: of an environment, project and organisation. */
export function ancestorsOf(kind: KindName): readonly KindName[] {
  const parent = ALL_SPECS[kind].parent;
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent)];
}

/** The kinds that may be nested in a kind. */
export function childKindsOf(kind: KindName): readonly KindName[] {
  return KIND_NAMES.filter((name) => ALL_SPECS[name].parent === kind && ALL_SPECS[name].nested !== undefined);
}

/** Keys of an item under which entities of other kinds stand, written from its side. */
export function shorthandKeysOf(kind: KindName): readonly string[] {
  const { shorthand } = ALL_SPECS[kind];
  return shorthand === undefined ? [] : [shorthand.key];
}

/** Kinds whose entities belong to nothing. */
export const TOP_KINDS: readonly KindName[] = KIND_NAMES.filter((kind) =>
  ALL_SPECS[kind].parent === undefined
);

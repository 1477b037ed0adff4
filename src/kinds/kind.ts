/** What a kind is: its place in the format, its identity, what it refers to. Its rows are in `rows.ts` of its folder. */
import type * as z from "zod";
import type { Code } from "../diagnostics/codes.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import type { MapEntry, Node } from "../source/node.ts";
import type { Secret } from "../source/secret.ts";

/** A path of keys and positions below an item. */
export type FieldPath = readonly (string | number)[];

/** A field that names another entity. */
export interface FieldReference {
  readonly path: FieldPath;
  readonly kind: string;
  readonly name: string;
  /**
   * Where the name is looked up: everywhere, below the organisation or project that the item itself belongs to, or below
   * the environment that an earlier reference of the item names.
   */
  readonly scope: "global" | "organisation" | "project" | "environment";
  /**
   * A text mentions it: it is written first, but the item can be written without it; the kind itself says when it must be
   * there.
   */
  readonly mention?: true;
  /** An entity that no file declares is declared by this reference, with these fields, unless it is live. */
  readonly implied?: Readonly<Record<string, unknown>>;
}

/** A plain, JSON-like value; what content hashes are made of. */
export type Content = string | number | boolean | null | readonly Content[] | {
  readonly [key: string]: Content;
};

/** True when the value at a path holds a secret, so that no message may repeat a part of it. */
export type SecretAt = (path: FieldPath) => boolean;

/** True when the value at a path stands for one that was reported: what depends on it says nothing. */
export type MockedAt = (path: FieldPath) => boolean;

/** What a problem is about: a value, by its path from the item, or the key at the end of that path. */
export type FieldPlace = FieldPath | { readonly keyAt: FieldPath };

/** Reports a problem of an item. */
export type ReportField = (at: FieldPlace, code: Code, message: string, hint?: string) => void;

/** A text whose longest length is decided by the settings with which Flagsmith's migrations ran. */
export interface SizedText {
  readonly path: FieldPath;
  readonly text: string;
  readonly table: string;
  readonly column: string;
  /** Which setting decides. */
  readonly setting: "featureValue" | "conditionValue";
}

/** A declared value that no two rows may have, by an index of the database. */
export interface UniqueValue<F> {
  readonly column: string;
  /** The key of the item that chooses it. */
  readonly field: string;
  /** The value in words: `username`, `prefix of the key`. */
  readonly what: string;
  /** The value as the column holds it; undefined when an item declares none. */
  value(fields: F): string | Secret | undefined;
  /** Where it may not be twice: in the whole table, or among the rows of one parent. */
  readonly within: "table" | "parent";
  /** What `rotate` alone replaces in a row that is there, in words: `client-side key`. */
  readonly rotated?: string;
  /** What to do when another row has it. */
  readonly hint: string;
}

/** A password or key of which the database keeps a hash only. */
export type GivenCredential =
  /** `text` is hashed, a `hash` is stored as it is. */
  | { readonly kind: "text" | "hash"; readonly field: string; readonly secret: Secret }
  /** One is made up. */
  | { readonly kind: "made" };

/** A name that leads to an entity, and where it is written. */
export interface WrittenName {
  readonly kind: string;
  readonly name: string;
  readonly span: Span;
  /** True for a name that is wrong where it is declared, which was reported there. */
  readonly mocked?: true;
}

/** An item of one of the lists, as if it had been written there. */
export interface ShorthandItem {
  readonly kind: string;
  readonly node: Node;
  /** The list it stands in, as an identity. */
  readonly list: object;
}

/** A key of an item under which entities of other kinds are written from its side. */
export interface Shorthand {
  readonly key: string;
  /** What these belong to: to the item, to what that belongs to, or to what they name themselves. */
  readonly below: "item" | "parent" | "named";
  /** The items that it stands for; `names` are those of the item and of what it belongs to, nearest first. */
  items(entry: MapEntry, names: readonly WrittenName[], diagnostics: Diagnostics): readonly ShorthandItem[];
}

/**
 * The declaration of one kind. `F` is what its schema reads an item into (without parents, policies and children). The functions are methods, so that
 * a declaration also stands for the union of all kinds.
 */
export interface KindSpec<F, N extends string = string> {
  /** As it is called in addresses and the log. */
  readonly name: N;
  /** Key of its top-level list; undefined when it only stands nested in its parent. */
  readonly list: string | undefined;
  /** Key under which it is in its parent. */
  readonly nested: string | undefined;
  /** A nested kind of which there is one at most is written as a mapping instead of a list. */
  readonly single?: boolean;
  /** As it is called in output: `master API key`. */
  readonly label: string;
  /** One paragraph for `docs/format.md`. */
  readonly doc: string;
  /** An example that CI applies, YAML of one list item. */
  readonly example: string;
  readonly schema: z.ZodType<F>;
  /** The kind it belongs to; the field of that name refers to it in the top-level form. */
  readonly parent: string | undefined;
  /** The name as written. */
  identity(fields: F): string;
  /** The name as compared; equal keys below one parent are one entity. */
  key(name: string): string;
  /** The name as its column holds it; as written when not given. */
  stored?(name: string): string;
  /** For entities that several names identify together: their keys, in the order of the address. */
  parts?(fields: F): readonly string[];
  /**
   * For entities that are known by the names of others: these, in the order of `parts`, by the path of the reference to
   * them; undefined for a part that is a name of its own.
   */
  readonly namedBy?: readonly ({ readonly path: string; readonly kind: string } | undefined)[];
  /** Which key of the item holds the identity, for messages. */
  readonly identityField: string;
  references?(fields: F): readonly FieldReference[];
  /**
   * Kinds that share a list tell their items by these keys: each that is true must be there, each that is false must not.
   */
  readonly when?: Readonly<Record<string, boolean>>;
  /** Many parents have entities of the same names, so that a reference to one in a top-level list names its parent, too. */
  readonly commonNames?: true;
  /** Entities of other kinds that are written inside of its items, from its side. */
  readonly shorthand?: Shorthand;
  /** What an item lacks with which a live entity could be changed, but none created. */
  lacks?(fields: F): { readonly what: string; readonly hint: string } | undefined;
  /** The password or key that an item gives; undefined when it gives none. */
  credential?(fields: F): GivenCredential | undefined;
  /** Checks that need the whole item; zod's own refinements would lose our codes. */
  check?(fields: F, report: ReportField, isSecret: SecretAt, isMocked: MockedAt): void;
  /** Values that a file may choose and that no two rows may have. */
  readonly unique?: readonly UniqueValue<F>[];
  /** Its texts that may be longer or shorter in one instance than in another (`docs/flagsmith/tables.md#sizes`). */
  sizedTexts?(fields: F): readonly SizedText[];
  /** The declared content without secrets, references, policies and children; undefined values are left out. */
  content(fields: F): Readonly<Record<string, Content | undefined>>;
  /** Fields for which Flagsmith has no column: they are kept in the log. */
  readonly loggedOnly?: readonly string[];
  /** How messages tie it to its parent: `feature state "Dev" for feature "x"`; `in` when not given. */
  readonly preposition?: "for";
  /** Reported in a line of its own, or as part of its parent's. */
  readonly line: "own" | "parent";
  /** What the parent's line says it gained: `members`. */
  readonly plural: string;
}

/** How an entity is treated (`docs/format.md#policies`). */
export interface Policy {
  readonly onExists: "skip" | "update" | "fail";
  readonly onMissing: "create" | "leave";
  readonly onlyIfNone: boolean;
  /** `absent`: the live entity is removed with everything below it, whoever made that. */
  readonly ensure: "present" | "absent";
  /** Of a user that goes, or is taken over: the organisations that the user belongs to go, too. */
  readonly withOrganisations: boolean;
  /** The name that the live entity still has. */
  readonly renamedFrom: string | undefined;
  /** Another text than the log's: the credential is replaced. */
  readonly rotate: string | undefined;
  /** Of a reset: a user or organisation goes first even if others made it. */
  readonly takeOver: boolean;
}

/** What files declare, before names are resolved. */
import type { Span } from "../diagnostics/source_file.ts";
import type { FieldsOf, KindName } from "../kinds/specs.ts";
import type { Policy } from "../kinds/kind.ts";
import type { MapNode } from "../source/node.ts";
import type { RawRow } from "./raw_rows.ts";
import type { Secret } from "../source/secret.ts";

/** Where a declared entity belongs: inside another one, or by name. */
export type ParentLink =
  | { readonly kind: "nested"; readonly entity: Declaration }
  | { readonly kind: "named"; readonly names: readonly ParentName[] }
  /** What it belongs to is missing or wrong, which was reported. */
  | { readonly kind: "unknown" };

/** One level of a parent's path, nearest first; only the first is always given. */
export interface ParentName {
  readonly kind: KindName;
  readonly name: string;
  readonly span: Span;
  /** True for a name that is wrong where it is declared, which was reported there. */
  readonly mocked?: true;
}

/** One declared entity. */
export interface Declaration<K extends KindName = KindName> {
  readonly kind: K;
  readonly fields: FieldsOf<K>;
  /** The name as written. */
  readonly name: string;
  readonly node: MapNode;
  /** The place that messages show: the value that identifies it. */
  readonly span: Span;
  readonly parent: ParentLink | undefined;
  readonly policy: Policy;
  /** How its name is wrong: nobody can tell it, or it is refused as it stands. Undefined when it is right. */
  readonly wrongName?: "unknown" | "refused";
  /** True when no item declares it, but another one's reference does. */
  readonly implied?: true;
  /** The list that it stands in, as an identity, and its place in the order of reading: for what is ordered by meaning. */
  readonly list: object;
  readonly position: number;
}

/** True when a declaration is of a kind; narrows its fields. */
export function isKind<K extends KindName>(
  declaration: Declaration,
  kind: K,
): declaration is Declaration<K> & Declaration {
  return declaration.kind === kind;
}

/** `app_domain`, with the place that set it. */
export interface DomainDeclaration {
  readonly domain: string;
  readonly span: Span;
  readonly policy: Policy;
}

/** A value that the files themselves put into the outputs file. */
export interface OutputDeclaration {
  /** The variable. */
  readonly name: string;
  /** Wrapped, because it may come from a variable that is secret. */
  readonly value: Secret;
  readonly span: Span;
}

/** Something that stands where entities are declared, and that could not be read as one. */
export interface Undeclared {
  readonly kinds: readonly KindName[];
  /** What they would have belonged to; undefined when nothing tells. */
  readonly parent: Declaration | undefined;
}

/** Everything that the files of a run say. */
export interface Declarations {
  readonly entities: readonly Declaration[];
  /** Mistakes that hide entities, so that references to such are not called unknown. */
  readonly undeclared: readonly Undeclared[];
  readonly domain: DomainDeclaration | undefined;
  /** Rows of tables without a kind, in file order. */
  readonly rows: readonly RawRow[];
  /** Texts to print after the commit, in file order. */
  readonly messages: readonly string[];
  /** What stands under `outputs`, in file order. */
  readonly outputs: readonly OutputDeclaration[];
  /** Names of the files, in the order of reading, for sorting diagnostics. */
  readonly files: readonly string[];
}

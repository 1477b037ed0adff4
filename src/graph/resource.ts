/** Entities with their names resolved to each other: what plan, log and output speak of. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import type { Declaration } from "../declarations/declaration.ts";
import type { RawRow } from "../declarations/raw_rows.ts";
import type { Entity } from "../kinds/entity.ts";
import { encodePart } from "../kinds/address.ts";
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";

/** One entity of a run: declared in a file, or only referred to and expected to be live. */
export interface Resource extends Entity {
  readonly kind: KindName;
  /** The name as compared. */
  readonly key: string;
  readonly parent: Resource | undefined;
  /** Undefined when no file declares it. */
  readonly declaration: Declaration | undefined;
  readonly references: ReadonlyMap<string, Resource>;
  readonly mentions: ReadonlyMap<string, Resource>;
  /** Where it is declared, or first referred to. */
  readonly span: Span;
}

/** All resources in the order of work. */
export interface Graph {
  readonly resources: readonly Resource[];
  /** Rows of tables without a kind, in the order of their addresses. */
  readonly rows: readonly RowResource[];
  /** Undefined when the files alone tell where every name is looked up. */
  readonly undecided?: Undecided;
}

/** Names whose place depends on what an undeclared entity belongs to: a group's, beside a project without organisation. */
export interface Undecided {
  /** The undeclared entities. */
  readonly names: readonly { readonly kind: KindName; readonly name: string }[];
  /** The graph once it is known what they belong to. */
  readonly located: (homes: Homes, diagnostics: Diagnostics) => Graph;
}

/** `homeKey()` of an undeclared entity → its own name, and that of what it belongs to. */
export type Homes = ReadonlyMap<string, { readonly name: string; readonly above: string }>;

/** One text for a name of a kind, as it is written. */
export function homeKey({ kind, name }: { readonly kind: KindName; readonly name: string }): string {
  return `${kind}\0${name}`;
}

/** A row of a table without a kind, with what it refers to. */
export interface RowResource {
  readonly row: RawRow;
  /** Table and key columns: `row:saml_samlconfiguration/name=acme`. */
  readonly address: string;
  /** Column of `key` or `set` → the entity whose primary key is meant. */
  readonly targets: ReadonlyMap<string, Resource>;
}

/**
 * The stable name of an entity in log and commands: `environment:Acme Corp/Web App/Development`. `livePath` may supply the
 * whole path of a reference that named no parent, once the database told it.
 */
export function addressOf(
  resource: Resource,
  livePath?: (resource: Resource) => readonly string[] | undefined,
): string {
  return `${resource.kind}:${pathOf(resource, livePath).join("/")}`;
}

function pathOf(
  resource: Resource,
  livePath?: (resource: Resource) => readonly string[] | undefined,
): readonly string[] {
  if (resource.parent === undefined) {
    const supplied = livePath?.(resource);
    if (supplied !== undefined) return supplied.map(encodePart);
    return ALL_SPECS[resource.kind].parent !== undefined
      ? ["*", encodePart(resource.key)]
      : [encodePart(resource.key)];
  }
  const above = pathOf(resource.parent, livePath);
  return ALL_SPECS[resource.kind].single === true
    ? above
    : [...above, ...resource.key.split(KEY_SEPARATOR).map(encodePart)];
}

/** The address of the same entity under another name; `address` is the one that it has. */
export function renamedAddress({ kind, key }: Resource, name: string, address: string): string {
  return address.slice(0, address.length - encodePart(key).length) + encodePart(ALL_SPECS[kind].key(name));
}

/** Between the parts of the key of an entity that several names identify together. */
export const KEY_SEPARATOR = "\u001f";

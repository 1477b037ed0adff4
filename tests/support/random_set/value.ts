/** What a random set is made of: entities with their fields, apart from the form in which a file says them. */
import type { KindName } from "../../../src/kinds/specs.ts";

/** A scalar that is written as it stands, without quotes. */
export class Plain {
  /** The source text. */
  readonly source: string;

  /** Keeps the source text. */
  constructor(source: string) {
    this.source = source;
  }
}

/** What a field holds. A `Map` where keys come from chance: an object would lose `__proto__`. */
export type Value =
  | string
  | number
  | boolean
  | Plain
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Fields;

/** Fields by name; undefined ones are left out. */
export interface Fields {
  readonly [name: string]: Value | undefined;
}

/** One entity. */
export interface Entity {
  readonly kind: KindName;
  /** What it belongs to. */
  readonly parent: Entity | undefined;
  /** The fields that identify it below its parent. */
  readonly identity: Readonly<Record<string, string>>;
  readonly fields: Fields;
}

/** What a file may declare, complete in itself. */
export interface RandomSet {
  readonly seed: number;
  readonly domain: string | undefined;
  /** Parents before children; segment overrides of one flag and environment without a priority in their order. */
  readonly entities: readonly Entity[];
}

/** The nearest entity of a kind at or above an entity. Throws when there is none. */
export function above(entity: Entity, kind: KindName): Entity {
  for (let at: Entity | undefined = entity; at !== undefined; at = at.parent) if (at.kind === kind) return at;
  throw new TypeError(`No ${kind} above a ${entity.kind}`);
}

/** The field of its own name: name, label, email or identifier. */
export function nameOf({ identity }: Entity): string {
  return identity["name"] ?? identity["label"] ?? identity["email"] ?? identity["identifier"] ?? "";
}

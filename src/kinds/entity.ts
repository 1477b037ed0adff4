/** What kinds need to know of an entity to write its rows: its place, its name, and what it belongs and refers to. */

/** One entity of a run, declared in a file or only referred to. */
export interface Entity {
  /** Position in the order of work; stable for one run. */
  readonly index: number;
  /** Name of its kind, as in its address. */
  readonly kind: string;
  /** The name as first written. */
  readonly name: string;
  /** What it belongs to; undefined for top-level kinds, and for a reference that names no parent. */
  readonly parent: Entity | undefined;
  /** What its fields refer to, by path (`members.0.email`). */
  readonly references: ReadonlyMap<string, Entity>;
  /** What its texts mention (`FieldReference.mention`), by path. */
  readonly mentions: ReadonlyMap<string, Entity>;
}

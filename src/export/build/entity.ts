/** Entities as an export tells them: every field that the database has, with a mark on those that need not be said. */
import type { KindName } from "../../kinds/specs.ts";
import type { Tree } from "./tree.ts";

/** One field of an entity. */
export interface Field {
  /** `["enabled"]`, `["settings", "force_2fa"]`. */
  readonly path: readonly string[];
  readonly value: Tree;
  /** True when leaving it out means the same: it is what a new entity has. */
  readonly implied: boolean;
  /** Everything there is to say, where the value leaves out a part that is implied. */
  readonly full?: Tree;
}

/** One entity and what belongs to it. */
export interface Entity {
  readonly kind: KindName;
  /** As it is distinguished from its siblings: a name, an address, an identifier. */
  readonly name: string;
  /** In the order of the kind's schema. */
  readonly fields: readonly Field[];
  /** In the order of the file. */
  readonly children: readonly Entity[];
  /** Name of the environment, of the states of a feature and of overrides. */
  readonly environment?: string;
  /** True when it exists without being said: an identity that an override names. */
  readonly implied?: boolean;
}

/** What is exported. */
export interface Export {
  readonly users: readonly Entity[];
  readonly organisation: Entity;
  readonly projects: readonly Entity[];
  /** Variables that stand for secrets, in the order of the file. */
  readonly variables: readonly string[];
  /** Whether the Flagsmith that was read refuses a segment with a condition on a flag that its project does not have. */
  readonly checksFlags: boolean;
}

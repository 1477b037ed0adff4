/** Entities as an export tells them: every field that the database has, with a mark on those that need not be said. */
import type { ExportedEntity, ExportedField } from "../../kinds/exported.ts";
import type { KindName } from "../../kinds/specs.ts";

/** One field of an entity. */
export type Field = ExportedField;

/** One entity and what belongs to it. */
export type Entity = ExportedEntity<KindName>;

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

/** The plan: what is to happen to each declared entity, and why. The same data serves `apply`, `--dry-run` and `plan`. */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Row } from "../flagsmith/cell.ts";
import type { Resource, RowResource } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";
import type { FieldChange } from "./field_change.ts";

/** What is there already, so that an entity with `only_if_none` is not created. */
export type Occupant =
  /** Entities of its kind, in the instance or in its parent. */
  | { readonly what: "alike"; readonly kind: KindName; readonly parent: KindName | null }
  /** What it belongs to. */
  | { readonly what: "parent"; readonly parent: KindName }
  /** Another domain of the instance. */
  | { readonly what: "domain" };

/** Why nothing happens to an entity. */
export type SkipReason =
  | { readonly kind: "exists" }
  | { readonly kind: "renamed"; readonly to: string }
  | { readonly kind: "occupied"; readonly by: Occupant }
  | { readonly kind: "left" }
  | { readonly kind: "absent" }
  /** Something that it needs does not exist; `of` is null for what a row of a table without a kind refers to. */
  | { readonly kind: "parent"; readonly name: string; readonly of: KindName | null };

/** Why `on_exists: fail` refuses: the entity is unknown to the log, has other content there, or was renamed. */
export type Refusal = "unknown" | "other_content" | "renamed";

/** What happens to one declared entity. */
export type Decision =
  | { readonly action: "create"; readonly resource: Resource; readonly hash: string }
  | {
    readonly action: "update";
    readonly resource: Resource;
    readonly hash: string;
    readonly live: LiveRow;
    /** Columns of the own row that are to be written. */
    readonly after: Row;
    /** What is written, field by field. */
    readonly changes: readonly FieldChange[];
    readonly adopted: boolean;
    /** The name that the entity had, when it gets a new one. */
    readonly renamedFrom?: string;
    /** True when its password or key is replaced. */
    readonly rotates?: boolean;
    /** Of a segment override whose place among those of its flag and environment changes. */
    readonly order?: OverrideOrder;
  }
  | { readonly action: "delete"; readonly resource: Resource; readonly hash: string; readonly live: LiveRow }
  | { readonly action: "adopt"; readonly resource: Resource; readonly hash: string; readonly live: LiveRow }
  | {
    readonly action: "skip";
    readonly resource: Resource;
    readonly hash: string;
    readonly live: LiveRow | undefined;
    readonly reason: SkipReason;
    /** True when the files say something else than what is there, and it is left as it is. */
    readonly differs: boolean;
    /** True when all is as declared, but the log knows another content: it learns this one. */
    readonly records?: boolean;
    /** With one the plan must not be carried out. */
    readonly refusal?: Refusal;
  };

/**
 * The segment overrides of one flag and environment that change places among themselves, as they are to come; one object for
 * all that take part.
 */
export type OverrideOrder = readonly Resource[];

/** What happens to the domain of `django_site` row 1. */
export type DomainDecision =
  | { readonly action: "none" }
  | {
    readonly action: "set";
    readonly from: string | undefined;
    readonly to: string;
    readonly restart: boolean;
    /** Wished under `only_if_none`; logged, since such a wish follows only what another such wish wrote. */
    readonly onlyIfNone: boolean;
  }
  | { readonly action: "left"; readonly current: string; readonly wanted: string };

/** All decisions, in the order of work. */
export interface Plan {
  readonly decisions: readonly Decision[];
  readonly domain: DomainDecision;
  /** Rows of tables without a kind, after all entities. */
  readonly rows: readonly RowDecision[];
}

/** True when applying the plan would write something. */
export function hasWork(plan: Plan): boolean {
  return plan.domain.action === "set" || plan.decisions.some((d) => d.action !== "skip") ||
    plan.rows.some((d) => d.action !== "skip");
}

/** True when there is something to write into the log, though nothing is to be done. */
export function hasRecords(plan: Plan): boolean {
  return plan.decisions.some((d) => d.action === "skip" && d.records === true);
}

/** Decisions so far, by resource index. */
export type Known = ReadonlyMap<number, Decision>;

/** An entity at the beginning of a sentence: `Master API key "CI"`. */
export function title(resource: Resource): string {
  const { label, single } = ALL_SPECS[resource.kind];
  const capital = capitalize(label);
  return single === true ? `${capital} of "${resource.parent?.name}"` : `${capital} "${resource.name}"`;
}

/** What happens to one row. */
export interface RowDecision {
  readonly action: "create" | "update" | "delete" | "adopt" | "skip";
  readonly resource: RowResource;
  readonly hash: string;
  /** Name of the primary key column. */
  readonly primaryKey: string;
  /** The live row; undefined when there is none. */
  readonly live: Readonly<Record<string, unknown>> | undefined;
  /** Columns that are to be written, as an update. */
  readonly changes: readonly ColumnChange[];
  readonly reason: SkipReason | undefined;
  readonly differs: boolean;
  readonly refusal?: Refusal;
}

/** A change of one column; `field` is its name. */
export type ColumnChange = Extract<FieldChange, { readonly field: string }>;

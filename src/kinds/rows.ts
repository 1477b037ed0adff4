/** What the row functions of all kinds get and give. They are pure: clock, ids, keys and hashes come in from outside. */
import { type Cell, type Id, idKey, type Row } from "../flagsmith/cell.ts";
import type { Clock } from "../flagsmith/clock.ts";
import type { HasColumn, SavingHabits } from "../flagsmith/releases.ts";
import type { RowBatch } from "../flagsmith/row_batch.ts";
import type { Entity } from "./entity.ts";
import type { LiveDetails } from "./detail_rows.ts";
import type { LiveRow, TableMapping } from "./live.ts";

/** An environment of a project: live before the run, or created in it. */
export interface ProjectEnvironment {
  readonly id: Id;
  readonly versioned: boolean;
}

/** A group that new members of its organisation join, live before the run. */
export interface DefaultGroup {
  readonly id: number;
  /** Those of the run's new members who are in it already. */
  readonly users: readonly number[];
}

/** An option of a feature that was live before the run. */
export interface LiveOption {
  readonly id: number;
  readonly key: string | null;
  readonly percentage: number;
}

/** A feature that was live before the run. */
export interface LiveFeature {
  readonly id: number;
  readonly enabled: boolean;
  readonly initialValue: string | null;
  readonly options: readonly LiveOption[];
}

/** The default state of a feature in an environment that this run writes, open to later saves of the same run. */
export interface DefaultState {
  state: Row;
  value: Row;
  readonly allocations: { readonly option: Id; row: Row }[];
}

/** A version of a flag that is being written: copies of all states of the live one, open to changes. */
export interface VersionDraft {
  readonly uuid: string;
  /** By the id of the state that was copied. */
  readonly states: ReadonlyMap<number, DraftState>;
}

/** A copied state. */
export interface DraftState extends DefaultState {
  /** The row that ties an override to its segment. */
  segment: Row | undefined;
}

/** An option with its share in states that are written after it. */
export interface BeginningOption {
  readonly id: Id;
  readonly percentage: number;
}

/** An option of a feature, live or of this run. */
export interface OptionReference {
  readonly id: Id;
  readonly key: string | null;
}

/** What a project holds, as far as new environments and features need to know. */
export interface ProjectContents {
  readonly preventFlagDefaults: boolean;
  /** Environments by id, live ones first; environments created in this run are added as they come. */
  readonly environments: ProjectEnvironment[];
  /** Features that were live before the run, by id. */
  readonly features: readonly LiveFeature[];
}

/** A credential of an entity that is created, ready to be stored. */
export interface Credential {
  /** The encoded hash. */
  readonly hash: string;
  /** Prefix of a master API key. */
  readonly prefix?: string;
}

/** Priorities by live id. */
export interface DeclaredPriorities {
  readonly ofStates: ReadonlyMap<number, number>;
  readonly ofRows: ReadonlyMap<number, number>;
}

/** Everything that a row function may look at. */
export interface RowContext {
  readonly batch: RowBatch;
  /** True when the live schema has a table, or a column of it. */
  readonly has: HasColumn;
  /** What the release does when it saves. */
  readonly habits: SavingHabits;
  /** What the release writes into new rows of a table instead of what the row models say. */
  readonly defaults: (table: string) => Row;
  readonly clock: Clock;
  /** A random version 4 uuid. */
  readonly uuid: () => string;
  /** A random client-side environment key. */
  readonly clientKey: () => string;
  /** A random server-side environment key. */
  readonly serverKey: () => string;
  /** The id of an entity: live, or to be drawn in this run. */
  readonly idOf: (resource: Entity) => Id;
  readonly project: (resource: Entity) => ProjectContents;
  /** The default groups of an organisation that were live before the run. */
  readonly defaultGroups: (organisation: Entity) => readonly DefaultGroup[];
  readonly credential: (resource: Entity) => Credential;
  /** The own row of an entity: live, or created in this run. */
  readonly rowOf: (resource: Entity) => Row;
  /** Default states of this run by `stateKey()`. */
  readonly defaultStates: Map<string, DefaultState>;
  /** Options of a feature by `idKey()` of its id, in order; options of this run are added as they come. */
  readonly options: Map<string, OptionReference[]>;
  /** What states of live features that this run writes begin with: feature id → options in order, those of this run as they come. */
  readonly beginningOptions: Map<number, readonly BeginningOption[]>;
  /** Shares of options that this run adds in states that were live before, by the state's id. */
  readonly addedShares: Map<number, { readonly option: Id; row: Row }[]>;
  /** Priorities that files declare for live overrides, by the id of the state and of the row that ties it to its segment. */
  readonly declaredPriorities: DeclaredPriorities;
  /** Next free priority of segment overrides by `stateKey()`, of what is live. */
  readonly priorities: ReadonlyMap<string, number>;
  /** Rows that depend on live entities which this run changes. */
  readonly details: LiveDetails;
  /**
   * The new version of a flag in a live versioned environment that this run's changes go into, begun by the first of
   * them; undefined where no version is needed.
   */
  readonly draft: (feature: Entity, environment: Entity) => VersionDraft | undefined;
  /** The same by primary keys. */
  readonly draftOf: (feature: Id, environment: Id) => VersionDraft | undefined;
  /**
   * The priority of a new segment override that gives none: in the order written behind those of its flag that are live, of which
   * `next` is the first one behind.
   */
  readonly writtenPlace: (resource: Entity, next: number) => number;
}

/** What creating an entity gives: its own row. */
export interface Created {
  readonly id: Id;
  readonly row: Row;
}

/** Rows of one kind. `F` are its fields. */
export interface KindRows<F> {
  /** Where the rows are. */
  readonly mapping: TableMapping<F>;
  /**
   * For each of its tables a row as creating an entity without further wishes writes it, but for ids, names, keys and
   * times: which columns are filled, and with what by default. Tables of links need none.
   */
  readonly samples: Readonly<Record<string, Row>>;
  /** Writes all rows of a new entity into the batch. */
  create(fields: F, resource: Entity, context: RowContext): Created;
  /**
   * Replaces the credential of a live entity; `live` as it is after `update`. Gives the own row that counts from now on,
   * when it is another one.
   */
  rotate?(fields: F, resource: Entity, live: LiveRow, context: RowContext): Row | undefined;
  /** Writes what changes; `after` are the columns of the own row that differ. */
  update(fields: F, resource: Entity, live: LiveRow, after: Row, context: RowContext): void;
}

/** Text that is equal for the same feature in the same environment. */
export function stateKey(feature: Id, environment: Id): string {
  return `${idKey(feature)} ${idKey(environment)}`;
}

/** The columns that a file declares, without those it leaves out. */
export function declared(
  columns: Readonly<Record<string, Cell | undefined>>,
): Row {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell]])),
  );
}

/** The parent of an entity of a kind that always has one. */
export function parentOf(resource: Entity): Entity {
  if (resource.parent === undefined) {
    throw new TypeError(`Cannot write ${resource.kind} "${resource.name}": it has no parent`);
  }
  return resource.parent;
}

/** Changes the own row of an entity by its id, without history. */
export function updateOwn(table: string, live: LiveRow, after: Row, context: RowContext): Row {
  return context.batch.update(table, { id: live.id }, live.row, after);
}

/** The columns of a value that is an empty text, for samples. */
export const NO_VALUE = {
  type: "unicode",
  boolean_value: null,
  integer_value: null,
  string_value: null,
} as const;

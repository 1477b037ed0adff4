/** Rows that depend on live entities and that changing these needs: read once for all of a run. */
import type { Row } from "../flagsmith/cell.ts";

/** A live rule of a segment, with what stands below it, in the order of ids, which is the order of evaluation. */
export interface LiveRule {
  readonly row: Row;
  readonly conditions: readonly Row[];
  readonly rules: readonly LiveRule[];
}

/** A state of the version of a flag that is live in a versioned environment. */
export interface VersionedState {
  readonly state: Row;
  readonly value: Row;
  readonly allocations: readonly Row[];
  /** The row that ties an override to its segment; undefined for the environment's own state. */
  readonly segment: Row | undefined;
}

/** The shares of options in a default state. */
export interface DefaultShares {
  readonly state: number;
  /** Name of the environment. */
  readonly environment: string;
  readonly shares: readonly (readonly [option: number, percentage: number])[];
}

/** Details by live id. */
export interface LiveDetails {
  /** Feature id → ids of its states that are no overrides, of all versions, in order. */
  readonly defaultStates: ReadonlyMap<number, readonly number[]>;
  /** Feature id → what its options have in each of these states. */
  readonly defaultShares: ReadonlyMap<number, readonly DefaultShares[]>;
  /** Option id → its shares in states. */
  readonly shares: ReadonlyMap<number, readonly Row[]>;
  /** Segment id → its rules. */
  readonly rules: ReadonlyMap<number, readonly LiveRule[]>;
  /** Segment id → its rows in the index of conditions on flags. */
  readonly flagReferences: ReadonlyMap<number, readonly Row[]>;
  /** `app_label.model` → id of the content type. */
  readonly contentTypes: ReadonlyMap<string, number>;
  /** `stateKey()` → rows that tie the live overrides of a flag to their segments, outside of versions, in order. */
  readonly overrides: ReadonlyMap<string, readonly Row[]>;
  /** `stateKey()` of a feature and a versioned environment → the states of the live version, in order. */
  readonly versions: ReadonlyMap<string, readonly VersionedState[]>;
}

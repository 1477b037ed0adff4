/**
 * The rows of one feature in one environment: version, state, value, allocations
 * (`docs/flagsmith/features-and-states.md#rows-of-a-state`).
 */
import { type Id, idKey, type Row } from "../flagsmith/cell.ts";
import type { Entity } from "./entity.ts";
import { typeDeclaredValue, type TypedValue, typeInitialValue } from "../flagsmith/feature_value.ts";
import {
  allocationRow,
  featureStateRow,
  featureStateValueRow,
  featureVersionRow,
} from "../flagsmith/models/features.ts";
import type { FeatureValue } from "./fields.ts";
import { VALUE_COLUMN } from "./link_live_rows.ts";
import {
  type BeginningOption,
  type DefaultState,
  type OptionReference,
  parentOf,
  type ProjectEnvironment,
  type RowContext,
  stateKey,
} from "./rows.ts";
import type { StateFields } from "./state_fields.ts";

/** Tables that hold states. */
export const STATE_TABLES: readonly string[] = [
  "features_featurestate",
  "features_historicalfeaturestate",
  "features_featurestatevalue",
  "features_historicalfeaturestatevalue",
  "multivariate_multivariatefeaturestatevalue",
  "feature_versioning_environmentfeatureversion",
  "feature_versioning_historicalenvironmentfeatureversion",
];

/** What a feature's states are made from. */
export interface StateSource {
  readonly feature: Id;
  readonly enabled: boolean;
  readonly initialValue: string | null;
  /**
   * Options that exist already; their allocations are copied without history
   * (`docs/flagsmith/features-and-states.md#options`).
   */
  readonly options: readonly BeginningOption[];
}

/** The typed value of a feature's default state. */
export function defaultValue(initialValue: string | null, preventFlagDefaults: boolean): TypedValue {
  return typeInitialValue(preventFlagDefaults ? null : initialValue);
}

/**
 * Writes the environment default of a feature, and remembers it for later saves of the same run. In a versioned environment
 * it begins the first version of the flag, unless `draft` names the version that is being written.
 */
export function writeDefaultState(
  source: StateSource,
  environment: ProjectEnvironment,
  preventFlagDefaults: boolean,
  context: RowContext,
  draft?: string,
): DefaultState {
  const { batch, clock } = context;
  const version = environment.versioned
    ? draft ?? writeInitialVersion(source.feature, environment.id, context)
    : null;
  const liveFrom = version === null ? clock.tick() : null;
  const state = batch.insert(
    "features_featurestate",
    featureStateRow({
      id: batch.newId("features_featurestate"),
      feature: source.feature,
      environment: environment.id,
      enabled: source.enabled && !preventFlagDefaults,
      liveFrom,
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
      version,
      uuid: context.uuid(),
    }),
  );
  batch.history("features_featurestate", state, "+", clock.tick());
  const stateId = batch.idOf(state);
  const value = batch.insert(
    "features_featurestatevalue",
    featureStateValueRow({
      id: batch.newId("features_featurestatevalue"),
      state: stateId,
      value: defaultValue(source.initialValue, preventFlagDefaults),
      uuid: context.uuid(),
    }),
  );
  batch.history("features_featurestatevalue", value, "+", clock.tick());
  const written: DefaultState = { state, value, allocations: [] };
  for (const option of source.options) {
    written.allocations.push({
      option: option.id,
      row: writeAllocation(stateId, option.id, option.percentage, false, context),
    });
  }
  context.defaultStates.set(stateKey(source.feature, environment.id), written);
  return written;
}

/** Writes the share of an option in a state. */
export function writeAllocation(
  state: Id,
  option: Id,
  percentage: number,
  withHistory: boolean,
  context: RowContext,
): Row {
  const { batch, clock } = context;
  const row = batch.insert(
    "multivariate_multivariatefeaturestatevalue",
    allocationRow({
      id: batch.newId("multivariate_multivariatefeaturestatevalue"),
      state,
      option,
      percentage,
      uuid: context.uuid(),
    }),
  );
  if (withHistory) batch.history("multivariate_multivariatefeaturestatevalue", row, "+", clock.tick());
  return row;
}

/**
 * Saves what a file declares about a state that this run has just written, as later saves of the application would.
 * A new version is saved as a request saves it: state and value always, and of the value only what its type names.
 */
export function saveDefaultState(
  target: DefaultState,
  fields: StateFields,
  options: readonly OptionReference[],
  context: RowContext,
  inVersion = false,
): void {
  const { batch, clock } = context;
  if (fields.enabled !== undefined || inVersion) {
    target.state = batch.amend("features_featurestate", target.state, {
      ...(fields.enabled === undefined ? {} : { enabled: fields.enabled }),
      updated_at: clock.tick(),
    });
    batch.history("features_featurestate", target.state, "~", clock.tick());
  }
  if (fields.value !== undefined || inVersion) {
    const value = fields.value === undefined ? {} : storedValue(fields.value);
    target.value = batch.amend(
      "features_featurestatevalue",
      target.value,
      inVersion ? named(value) : { ...value },
    );
    batch.history("features_featurestatevalue", target.value, "~", clock.tick());
  }
  for (const { id, percentage } of sharesOf(fields, options)) {
    const allocation = target.allocations.find((a) => idKey(a.option) === idKey(id));
    if (allocation === undefined) {
      target.allocations.push({
        option: id,
        row: writeAllocation(batch.idOf(target.state), id, percentage, true, context),
      });
      continue;
    }
    allocation.row = batch.amend("multivariate_multivariatefeaturestatevalue", allocation.row, {
      percentage_allocation: percentage,
    });
    batch.history("multivariate_multivariatefeaturestatevalue", allocation.row, "~", clock.tick());
  }
}

/** The columns of a value that its type names; requests leave the others as they were (recordings, README). */
function named(value: Partial<TypedValue>): Row {
  const column = VALUE_COLUMN[value.type ?? ""];
  if (value.type === undefined || column === undefined) return {};
  return { type: value.type, [column]: { ...value }[column as keyof TypedValue] ?? null };
}

/** What an override depends on. */
export interface OverrideHolder {
  readonly feature: Entity;
  readonly environment: Entity;
  readonly identity: Id | null;
  readonly segment: Id | null;
  /** The feature version that a segment override belongs to; NULL outside of versioned environments and for identities. */
  readonly version: string | null;
  /** True for a version that is written after its environment, as requests write it. */
  readonly inVersion?: boolean;
}

/**
 * Writes the state of an override: its value begins as the feature's own and is saved again when one is declared
 * (`docs/flagsmith/features-and-states.md#options`).
 */
export function writeOverride(
  holder: OverrideHolder,
  fields: StateFields,
  context: RowContext,
): { id: Id; row: Row } {
  const { batch, clock, idOf, rowOf } = context;
  const feature = rowOf(holder.feature);
  const versioned = rowOf(holder.environment)["use_v2_feature_versioning"] === true;
  const id = batch.newId("features_featurestate");
  const row = batch.insert("features_featurestate", {
    ...featureStateRow({
      id,
      feature: idOf(holder.feature),
      environment: idOf(holder.environment),
      enabled: fields.enabled ?? false,
      liveFrom: versioned ? null : clock.tick(),
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
      version: holder.version,
      uuid: context.uuid(),
    }),
    identity_id: holder.identity,
    feature_segment_id: holder.segment,
  });
  batch.history("features_featurestate", row, "+", clock.tick());
  const initial = feature["initial_value"];
  const prevent = context.project(parentOf(holder.feature)).preventFlagDefaults;
  const value = batch.insert(
    "features_featurestatevalue",
    featureStateValueRow({
      id: batch.newId("features_featurestatevalue"),
      state: id,
      value: defaultValue(typeof initial === "string" ? initial : null, prevent),
      uuid: context.uuid(),
    }),
  );
  batch.history("features_featurestatevalue", value, "+", clock.tick());
  if (fields.value !== undefined) {
    batch.history(
      "features_featurestatevalue",
      batch.amend(
        "features_featurestatevalue",
        value,
        holder.inVersion === true ? named(storedValue(fields.value)) : { ...storedValue(fields.value) },
      ),
      "~",
      clock.tick(),
    );
  }
  const options = context.options.get(idKey(idOf(holder.feature))) ?? [];
  for (const { id: option, percentage } of sharesOf(fields, options)) {
    writeAllocation(id, option, percentage, true, context);
  }
  batch.touch(idOf(holder.environment));
  return { id, row };
}

/** The option that a file names by position (from 1) or by key; the plan has checked that it exists. */
export function optionNamed(options: readonly OptionReference[], name: string): OptionReference {
  const found = options.find((o) => o.key === name) ??
    (/^[0-9]+$/.test(name) ? options[Number(name) - 1] : undefined);
  if (found === undefined) {
    throw new RangeError("Cannot allocate to an option that the feature does not have");
  }
  return found;
}

/** The declared shares in the order of the options: that of the file means nothing. */
export function sharesOf(
  { multivariate = [] }: StateFields,
  options: readonly OptionReference[],
): readonly { readonly id: Id; readonly percentage: number }[] {
  return multivariate
    .map((share) => ({ option: optionNamed(options, share.option), percentage: share.percentage_allocation }))
    .sort((a, b) => options.indexOf(a.option) - options.indexOf(b.option))
    .map(({ option, percentage }) => ({ id: option.id, percentage }));
}

/** A declared value as columns. */
export function storedValue(value: FeatureValue): TypedValue {
  const typed = typeDeclaredValue(value);
  if (typed === undefined) throw new RangeError("Cannot store a value that does not fit 32 bits");
  return typed;
}

function writeInitialVersion(feature: Id, environment: Id, context: RowContext): string {
  const { batch, clock } = context;
  const uuid = context.uuid();
  const row = batch.insert(
    "feature_versioning_environmentfeatureversion",
    featureVersionRow({
      uuid,
      environment,
      feature,
      publishedAt: clock.tick(),
      liveFrom: clock.tick(),
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
    }),
  );
  batch.history("feature_versioning_environmentfeatureversion", row, "+", clock.tick());
  return uuid;
}

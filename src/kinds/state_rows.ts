/** The rows of one feature in one environment: version, state, value, allocations (`contract.md` 2.2 and 7). */
import type { Id } from "../flagsmith/cell.ts";
import { type TypedValue, typeInitialValue } from "../flagsmith/feature_value.ts";
import {
  allocationRow,
  featureStateRow,
  featureStateValueRow,
  featureVersionRow,
} from "../flagsmith/models/features.ts";
import type { LiveOption, ProjectEnvironment, RowContext } from "./rows.ts";

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
  /** Options that exist already; their allocations are copied without history (`contract.md` 2.2). */
  readonly options: readonly LiveOption[];
}

/** The typed value of a feature's default state. */
export function defaultValue(initialValue: string | null, preventFlagDefaults: boolean): TypedValue {
  return typeInitialValue(preventFlagDefaults ? null : initialValue);
}

/** Writes the environment default of a feature; gives the state's id. */
export function writeDefaultState(
  source: StateSource,
  environment: ProjectEnvironment,
  preventFlagDefaults: boolean,
  context: RowContext,
): Id {
  const { batch, clock } = context;
  const version = environment.versioned ? writeInitialVersion(source.feature, environment.id, context) : null;
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
  for (const option of source.options) writeAllocation(stateId, option.id, option.percentage, false, context);
  return stateId;
}

/** Writes the share of an option in a state. */
export function writeAllocation(
  state: Id,
  option: Id,
  percentage: number,
  withHistory: boolean,
  context: RowContext,
): void {
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

/**
 * Saves of a feature's default state: it was written with the feature or the environment, earlier in this run or long ago,
 * or is missing and written now.
 */
import {
  allocationRow,
  featureStateRow,
  featureStateValueRow,
  featureVersionRow,
} from "../../flagsmith/models/features.ts";
import { idKey } from "../../flagsmith/cell.ts";
import type { Entity } from "../entity.ts";
import { type DefaultState, type KindRows, NO_VALUE, parentOf, type RowContext, stateKey } from "../rows.ts";
import { saveState } from "../state_live_rows.ts";
import { saveDefaultState, writeDefaultState } from "../state_rows.ts";
import { featureStateLive } from "./live.ts";
import type { FeatureStateFields } from "./spec.ts";

/** Writes feature states. */
export const featureStateRows: KindRows<FeatureStateFields> = {
  mapping: featureStateLive,
  samples: {
    features_featurestate: featureStateRow({
      id: 0,
      feature: 0,
      environment: 0,
      enabled: false,
      liveFrom: null,
      createdAt: "",
      updatedAt: "",
      version: null,
      uuid: "",
    }),
    features_featurestatevalue: featureStateValueRow({ id: 0, state: 0, value: NO_VALUE, uuid: "" }),
    multivariate_multivariatefeaturestatevalue: allocationRow({
      id: 0,
      state: 0,
      option: 0,
      percentage: 0,
      uuid: "",
    }),
    feature_versioning_environmentfeatureversion: featureVersionRow({
      uuid: "",
      environment: 0,
      feature: 0,
      publishedAt: "",
      liveFrom: "",
      createdAt: "",
      updatedAt: "",
    }),
  },
  create(fields, resource, context) {
    const feature = context.idOf(parentOf(resource));
    const environment = resource.references.get("environment");
    if (environment === undefined) throw new TypeError("Cannot save a state without its environment");
    const target = context.defaultStates.get(stateKey(feature, context.idOf(environment))) ??
      writeMissingState(parentOf(resource), environment, context);
    saveDefaultState(target, fields, context.options.get(idKey(feature)) ?? [], context);
    return { id: context.batch.idOf(target.state), row: target.state };
  },
  update(fields, resource, live, _after, context) {
    const environment = resource.references.get("environment");
    if (environment === undefined) throw new TypeError("Cannot save a state without its environment");
    saveState(fields, parentOf(resource), environment, live, context);
  },
};

/**
 * Writes a state that the application writes with each feature and environment, and that is missing: as it would have
 * written it (`docs/flagsmith/features-and-states.md#rows-of-a-state`).
 */
function writeMissingState(feature: Entity, environment: Entity, context: RowContext): DefaultState {
  const { idOf, rowOf } = context;
  const { default_enabled: enabled, initial_value: initial } = rowOf(feature);
  const id = idOf(environment);
  const versioned = rowOf(environment)["use_v2_feature_versioning"] === true;
  context.batch.touch(id);
  return writeDefaultState(
    {
      feature: idOf(feature),
      enabled: enabled === true,
      initialValue: typeof initial === "string" ? initial : null,
      options: context.beginningOptions.get(Number(idOf(feature))) ?? [],
    },
    { id, versioned },
    context.project(parentOf(feature)).preventFlagDefaults,
    context,
    versioned ? context.draft(feature, environment)?.uuid : undefined,
  );
}

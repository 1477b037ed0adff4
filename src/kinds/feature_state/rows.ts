/** Saves of a feature's default state: it was written with the feature or the environment, earlier in this run or long ago. */
import {
  allocationRow,
  featureStateRow,
  featureStateValueRow,
  featureVersionRow,
} from "../../flagsmith/models/features.ts";
import { idKey } from "../../flagsmith/cell.ts";
import { type KindRows, NO_VALUE, parentOf, stateKey } from "../rows.ts";
import { saveState } from "../state_live_rows.ts";
import { saveDefaultState } from "../state_rows.ts";
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
    const target = context.defaultStates.get(stateKey(feature, context.idOf(environment)));
    if (target === undefined) throw new TypeError("Cannot save a state that this run did not write");
    saveDefaultState(target, fields, context.options.get(idKey(feature)) ?? [], context);
    return { id: context.batch.idOf(target.state), row: target.state };
  },
  update(fields, resource, live, _after, context) {
    const environment = resource.references.get("environment");
    if (environment === undefined) throw new TypeError("Cannot save a state without its environment");
    saveState(fields, parentOf(resource), environment, live, context);
  },
};

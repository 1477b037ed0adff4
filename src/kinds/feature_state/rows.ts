/** Saves of a feature's default state: it was written with the feature or the environment, earlier in this run or long ago. */
import { idKey } from "../../flagsmith/cell.ts";
import { type KindRows, parentOf, stateKey } from "../rows.ts";
import { saveState } from "../state_live_rows.ts";
import { saveDefaultState } from "../state_rows.ts";
import { featureStateLive } from "./live.ts";
import type { FeatureStateFields } from "./spec.ts";

/** Writes feature states. */
export const featureStateRows: KindRows<FeatureStateFields> = {
  mapping: featureStateLive,
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

/**
 * Rows of an identity override: a state that depends on the identity, never on a version
 * (`docs/flagsmith/identities.md#identity-overrides`).
 */
import { type KindRows, parentOf } from "../rows.ts";
import { saveLiveState } from "../state_live_rows.ts";
import { writeOverride } from "../state_rows.ts";
import { identityOverrideLive } from "./live.ts";
import type { IdentityOverrideFields } from "./spec.ts";

/** Writes identity overrides. */
export const identityOverrideRows: KindRows<IdentityOverrideFields> = {
  mapping: identityOverrideLive,
  samples: {},
  create(fields, resource, context) {
    const environment = resource.references.get("environment");
    const identity = resource.references.get("identifier");
    if (environment === undefined || identity === undefined) {
      throw new TypeError("Cannot write an override without environment and identity");
    }
    return writeOverride(
      {
        feature: parentOf(resource),
        environment,
        identity: context.idOf(identity),
        segment: null,
        version: null,
      },
      fields,
      context,
    );
  },
  update(fields, resource, live, _after, context) {
    saveLiveState(fields, parentOf(resource), live, context);
  },
};

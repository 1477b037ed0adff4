/** States of the ground's features for segments and for identities. */
import { pythonStrip } from "../../../../src/flagsmith/python/strip.ts";
import { field } from "../../client.ts";
import { refusesSdk } from "../ground.ts";
import { oddName } from "../odd_texts.ts";
import type { Subject } from "../trial.ts";
import { anyValue, shares, typed } from "./feature.ts";

/** States for segments, among them segments that belong to one feature. */
export const segmentOverride: Subject = {
  name: "segment override",
  draw(draw, ground) {
    const varied = draw.chance(0.5);
    const segment = draw.below(ground.segments.length);
    const enabled = draw.chance(0.5);
    const value = anyValue(draw);
    const priority = draw.maybe(0.4, () => draw.pick([0, 1, 7, 2147483647, 2147483648, -1]));
    const parts = varied && draw.chance(0.6) ? shares(draw, 3) : [];
    const feature = varied ? ground.ids.varied : ground.ids.feature;
    return {
      document: {
        segment_overrides: [{
          feature: varied ? ground.varied : ground.feature,
          project: ground.project,
          environment: ground.environment,
          segment: ground.segments[segment] ?? "",
          enabled,
          value,
          ...(priority === undefined ? {} : { priority }),
          ...(parts.length === 0
            ? {}
            : { multivariate: parts.map((share, at) => ({ option: at + 1, percentage_allocation: share })) }),
        }],
      },
      request: {
        method: "POST",
        path: `/api/v1/environments/${ground.key}/features/${feature}/create-segment-override/`,
        body: {
          enabled,
          feature_state_value: typed(value),
          feature_segment: {
            segment: ground.ids.segments[segment] ?? null,
            ...(priority === undefined ? {} : { priority }),
          },
          ...(parts.length === 0 ? {} : {
            multivariate_feature_state_values: ground.ids.options.map(({ option }, at) => ({
              multivariate_feature_option: option,
              percentage_allocation: parts[at] ?? 0,
            })),
          }),
        },
      },
      use: async (_answer, ask) => {
        const seen = await ask({
          method: "POST",
          path: "/api/v1/identities/",
          headers: { "X-Environment-Key": ground.key },
          body: { identifier: "fuzz", transient: true, traits: [{ trait_key: "plan", trait_value: "x" }] },
        });
        return seen.status === 200 ? await refusesSdk(ground, ask) : seen;
      },
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/features/feature-segments/${field(field(body, "feature_segment"), "id")}/`,
        }),
    };
  },
};

/** States for identities, which are made with them. */
export const identityOverride: Subject = {
  name: "identity override",
  draw(draw, ground) {
    const identifier = oddName(draw, 2000, 0.7);
    const varied = draw.chance(0.5);
    const enabled = draw.chance(0.5);
    const value = anyValue(draw);
    const feature = varied ? ground.ids.varied : ground.ids.feature;
    const path = `/api/v1/environments/${ground.key}/identities/`;
    return {
      document: {
        identity_overrides: [{
          feature: varied ? ground.varied : ground.feature,
          project: ground.project,
          environment: ground.environment,
          identifier,
          enabled,
          value,
        }],
      },
      request: { method: "POST", path, body: { identifier } },
      rest: async ({ body }, ask) => {
        const said = await ask({
          method: "POST",
          path: `${path}${field(body, "id")}/featurestates/`,
          body: { feature, enabled, feature_state_value: value },
        });
        if (said.status >= 300) return said;
        // A value that it cannot store it leaves out, and says 201 all the same.
        const stored = await ask({
          method: "GET",
          path: `${path}${field(body, "id")}/featurestates/${field(said.body, "id")}/`,
        });
        const kept = field(stored.body, "feature_state_value");
        return kept === (typeof value === "string" ? pythonStrip(value) : value) ? undefined : stored;
      },
      use: async (_answer, ask) => {
        const seen = await ask({
          method: "POST",
          path: "/api/v1/identities/",
          headers: { "X-Environment-Key": ground.key },
          body: { identifier: pythonStrip(identifier), traits: [] },
        });
        return seen.status === 200 ? await refusesSdk(ground, ask) : seen;
      },
      undo: async ({ body }, ask) => await ask({ method: "DELETE", path: `${path}${field(body, "id")}/` }),
    };
  },
};

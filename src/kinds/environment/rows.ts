/**
 * Rows of an environment, and the state of every feature that its project already has
 * (`docs/flagsmith/projects.md#environments`).
 */
import { environmentRow } from "../../flagsmith/models/projects.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { writeDefaultState } from "../state_rows.ts";
import { environmentLive } from "./live.ts";
import type { EnvironmentFields } from "./spec.ts";

const TABLE = "environments_environment";

/** Writes environments. */
export const environmentRows: KindRows<EnvironmentFields> = {
  mapping: environmentLive,
  samples: {
    environments_environment: environmentRow({
      id: 0,
      name: "",
      project: 0,
      apiKey: "",
      updatedAt: "",
      now: "",
      uuid: "",
    }),
  },
  create(fields, resource, context) {
    const { batch, clock, uuid, idOf, clientKey } = context;
    const project = parentOf(resource);
    const versioned = fields.settings?.use_v2_feature_versioning ?? false;
    const id = batch.newId(TABLE);
    const row = environmentRow({
      id,
      name: fields.name,
      project: idOf(project),
      apiKey: fields.api_key ?? clientKey(),
      updatedAt: clock.tick(),
      now: clock.tick(),
      uuid: uuid(),
    });
    const own = batch.insert(TABLE, {
      ...row,
      ...declared(environmentLive.columns(fields)),
      use_v2_feature_versioning: versioned,
    });
    batch.history(TABLE, own, "+", clock.tick());
    const contents = context.project(project);
    const environment = { id, versioned };
    for (const feature of contents.features) {
      writeDefaultState(
        { ...feature, feature: feature.id },
        environment,
        contents.preventFlagDefaults,
        context,
      );
    }
    contents.environments.push(environment);
    return { id, row: own };
  },
  rotate(fields, _resource, live, context) {
    const { batch, clock, clientKey } = context;
    const row = updateOwn(TABLE, live, { api_key: fields.api_key ?? clientKey() }, context);
    batch.history(TABLE, row, "~", clock.tick());
    if (typeof live.id === "number") batch.touch(live.id);
    return undefined;
  },
  update(_fields, _resource, live, after, context) {
    const row = updateOwn(TABLE, live, after, context);
    context.batch.history(TABLE, row, "~", context.clock.tick());
    if (typeof live.id === "number") context.batch.touch(live.id);
  },
};

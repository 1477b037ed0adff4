/** Rows of a feature: itself, its state in every environment of the project, its options (`contract.md` 2.2). */
import { type Id, idKey } from "../../flagsmith/cell.ts";
import { typeDeclaredValue } from "../../flagsmith/feature_value.ts";
import { featureRow, optionRow } from "../../flagsmith/models/features.ts";
import type { Resource } from "../../graph/resource.ts";
import {
  declared,
  type DefaultState,
  type KindRows,
  type OptionReference,
  parentOf,
  type RowContext,
  updateOwn,
} from "../rows.ts";
import { writeAllocation, writeDefaultState } from "../state_rows.ts";
import { featureLive } from "./live.ts";
import type { FeatureFields } from "./spec.ts";

const TABLE = "features_feature";

/** Writes features. */
export const featureRows: KindRows<FeatureFields> = {
  create(fields, resource, context) {
    const { batch, clock, uuid, idOf } = context;
    const project = parentOf(resource);
    const contents = context.project(project);
    const id = batch.newId(TABLE);
    const row = {
      ...featureRow({ id, name: fields.name, project: idOf(project), now: clock.tick(), uuid: uuid() }),
      ...declared(featureLive.columns(fields)),
      type: fields.type ?? "STANDARD",
    };
    const own = batch.insert(TABLE, row);
    batch.history(TABLE, own, "+", clock.tick());
    const states: DefaultState[] = [];
    for (const environment of contents.environments) {
      const source = {
        feature: id,
        enabled: fields.default_enabled ?? false,
        initialValue: fields.initial_value ?? null,
        options: [],
      };
      states.push(writeDefaultState(source, environment, contents.preventFlagDefaults, context));
      batch.touch(environment.id);
    }
    writeLinks(resource, id, context);
    return { id, row: writeOptions(fields, own, states, context) };
  },
  update(_fields, _resource, live, after, context) {
    const row = updateOwn(TABLE, live, after, context);
    context.batch.history(TABLE, row, "~", context.clock.tick());
    context.batch.touchProject(live.row["project_id"]);
  },
};

/** List of the file → link table and its column (`contract.md` 1.5). */
const LINKS = [
  ["tags", "features_feature_tags", "tag_id"],
  ["owners", "features_feature_owners", "ffadminuser_id"],
  ["group_owners", "features_feature_group_owners", "userpermissiongroup_id"],
] as const;

/** Links the feature to what its lists name; naming something twice links it once. */
function writeLinks(resource: Resource, feature: Id, { batch, idOf }: RowContext): void {
  for (const [list, table, column] of LINKS) {
    const targets = [...resource.references].filter(([path]) => path.startsWith(`${list}.`)).map((
      [, target],
    ) => target);
    for (const target of new Set(targets)) {
      batch.insert(table, { id: batch.newId(table), feature_id: feature, [column]: idOf(target) });
    }
  }
}

/** Adds the options one by one, as saving each does: history, its share in every state, and the first turns the feature multivariate. */
function writeOptions(
  fields: FeatureFields,
  feature: ReturnType<RowContext["batch"]["insert"]>,
  states: readonly DefaultState[],
  context: RowContext,
): typeof feature {
  const { batch, clock, uuid } = context;
  let own = feature;
  const options: OptionReference[] = [];
  context.options.set(idKey(batch.idOf(own)), options);
  for (const option of fields.multivariate_options ?? []) {
    const percentage = option.percentage_allocation ?? 100;
    const value = typeDeclaredValue(option.value);
    if (value === undefined) throw new RangeError("Cannot store an option's value: it does not fit 32 bits");
    const id = batch.newId("multivariate_multivariatefeatureoption");
    const row = batch.insert(
      "multivariate_multivariatefeatureoption",
      optionRow({ id, feature: batch.idOf(own), value, key: option.key ?? null, percentage, uuid: uuid() }),
    );
    batch.history("multivariate_multivariatefeatureoption", row, "+", clock.tick());
    for (const state of states) {
      state.allocations.push({
        option: id,
        row: writeAllocation(batch.idOf(state.state), id, percentage, true, context),
      });
    }
    options.push({ id, key: option.key ?? null });
    if (own["type"] !== "MULTIVARIATE") {
      own = batch.amend(TABLE, own, { type: "MULTIVARIATE" });
      batch.history(TABLE, own, "~", clock.tick());
    }
  }
  return own;
}

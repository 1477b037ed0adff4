/**
 * Rows of a feature: itself, its state in every environment of the project, its options
 * (`docs/flagsmith/features-and-states.md#features`).
 */
import { type Id, idKey, type Row } from "../../flagsmith/cell.ts";
import { featureRow, optionRow } from "../../flagsmith/models/features.ts";
import type { Entity } from "../entity.ts";
import { linkChanges, liveLinks } from "../link_live_rows.ts";
import type { LiveRow } from "../live.ts";
import {
  declared,
  type DefaultState,
  type KindRows,
  NO_VALUE,
  type OptionReference,
  parentOf,
  type RowContext,
  updateOwn,
} from "../rows.ts";
import { writeAllocation, writeDefaultState } from "../state_rows.ts";
import { featureLive, LINKS } from "./live.ts";
import { liveOptions, optionChanges, optionValue } from "./option_live_rows.ts";
import type { FeatureFields, OptionFields } from "./spec.ts";

const TABLE = "features_feature";
const OPTION = "multivariate_multivariatefeatureoption";

/** Writes features. */
export const featureRows: KindRows<FeatureFields> = {
  mapping: featureLive,
  samples: {
    features_feature: featureRow({ id: 0, name: "", project: 0, now: "", uuid: "" }),
    multivariate_multivariatefeatureoption: optionRow({
      id: 0,
      feature: 0,
      value: NO_VALUE,
      key: null,
      percentage: 0,
      uuid: "",
    }),
  },
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
  update(fields, resource, live, after, context) {
    const { batch, clock } = context;
    let row = live.row;
    if (Object.keys(after).length > 0) {
      row = updateOwn(TABLE, live, after, context);
      batch.history(TABLE, row, "~", clock.tick());
    }
    changeLinks(fields, resource, live, context);
    const changes = changeOptions(fields, live, row, context);
    if (changes || Object.keys(after).length > 0) batch.touchProject(live.row["project_id"]);
  },
};

/** Links the feature to what its lists name; naming something twice links it once. */
function writeLinks(resource: Entity, feature: Id, { batch, idOf }: RowContext): void {
  for (const { list, table, column } of LINKS) {
    for (const target of new Set(targetsOf(resource, list))) {
      batch.insert(table, { id: batch.newId(table), feature_id: feature, [column]: idOf(target) });
    }
  }
}

/** What a list names, in the order of work: the order in the file means nothing. */
function targetsOf(resource: Entity, list: string): readonly Entity[] {
  return [...resource.references].filter(([path]) => path.startsWith(`${list}.`)).map(([, target]) => target)
    .sort((a, b) => a.index - b.index);
}

/** Makes the links of the declared lists exactly what is written. */
function changeLinks(
  fields: FeatureFields,
  resource: Entity,
  live: LiveRow,
  { batch, idOf }: RowContext,
): void {
  for (const { list, table, column } of LINKS) {
    if (fields[list] === undefined) continue;
    const targets = [...new Set(targetsOf(resource, list))];
    const ids = targets.map((target) => {
      const id = idOf(target);
      return typeof id === "number" ? id : undefined;
    });
    const { added, removed } = linkChanges(ids, liveLinks(live.extra, list));
    for (const { id, target } of removed) {
      batch.remove(table, { id }, { id, feature_id: live.id, [column]: target });
    }
    for (const at of added) {
      const target = targets[at];
      if (target === undefined) continue;
      batch.insert(table, { id: batch.newId(table), feature_id: live.id, [column]: idOf(target) });
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
  const { batch, clock } = context;
  let own = feature;
  const options: OptionReference[] = [];
  context.options.set(idKey(batch.idOf(own)), options);
  for (const option of fields.multivariate_options ?? []) {
    if (option.ensure === "absent") continue;
    const id = writeOption(option, batch.idOf(own), context);
    for (const state of states) {
      state.allocations.push({
        option: id,
        row: writeAllocation(batch.idOf(state.state), id, option.percentage_allocation ?? 100, true, context),
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

function writeOption(option: OptionFields, feature: Id, { batch, clock, uuid }: RowContext): Id {
  const id = batch.newId(OPTION);
  const row = batch.insert(
    OPTION,
    optionRow({
      id,
      feature,
      value: optionValue(option),
      key: option.key ?? null,
      percentage: option.percentage_allocation ?? 100,
      uuid: uuid(),
    }),
  );
  batch.history(OPTION, row, "+", clock.tick());
  return id;
}

/**
 * Changes, adds and removes options of a live feature as the model's hooks do: a new one gets its share in every default
 * state, of old versions too; the first turns the feature multivariate, removing the last turns it back. True when
 * anything changed.
 */
function changeOptions(fields: FeatureFields, live: LiveRow, own: Row, context: RowContext): boolean {
  const { batch, clock } = context;
  const before = liveOptions(live.extra);
  const changes = optionChanges(fields.multivariate_options, before);
  const gone = new Set(changes.flatMap((c) => (c.action === "remove" ? [c.live["id"]] : [])));
  const options: OptionReference[] = before.filter((o) => !gone.has(o["id"])).map((o) => ({
    id: Number(o["id"]),
    key: typeof o["key"] === "string" ? o["key"] : null,
  }));
  const beginning = [...context.beginningOptions.get(Number(live.id)) ?? []];
  let row = own;
  const turn = (type: string): void => {
    if (row["type"] === type) return;
    row = batch.update(TABLE, { id: live.id }, row, { type });
    batch.history(TABLE, row, "~", clock.tick());
  };
  for (const change of changes) {
    if (change.action === "change") {
      const { id = null } = change.live;
      batch.history(OPTION, batch.update(OPTION, { id }, change.live, change.after), "~", clock.tick());
      const named = options.find((o) => o.id === id);
      const key = change.after["key"];
      if (named !== undefined && typeof key === "string") options[options.indexOf(named)] = { ...named, key };
    } else if (change.action === "add") {
      const id = writeOption(change.option, Number(live.id), context);
      const percentage = change.option.percentage_allocation ?? 100;
      for (const state of context.details.defaultStates.get(Number(live.id)) ?? []) {
        const share = writeAllocation(state, id, percentage, true, context);
        const { addedShares } = context;
        addedShares.set(state, [...addedShares.get(state) ?? [], { option: id, row: share }]);
      }
      // Those of environments that this run makes, which come before features.
      for (const { state, allocations } of context.defaultStates.values()) {
        if (state["feature_id"] !== live.id) continue;
        const share = writeAllocation(batch.idOf(state), id, percentage, true, context);
        allocations.push({ option: id, row: share });
      }
      beginning.push({ id, percentage });
      options.push({ id, key: change.option.key ?? null });
      turn("MULTIVARIATE");
    } else {
      removeOption(change.live, context);
      if (options.length === 0) turn("STANDARD");
    }
  }
  context.options.set(idKey(Number(live.id)), options);
  context.beginningOptions.set(Number(live.id), beginning);
  return changes.length > 0;
}

/** Deletes an option and its shares for good, as the application does, with history. */
function removeOption(option: Row, { batch, clock, details }: RowContext): void {
  const shares = "multivariate_multivariatefeaturestatevalue";
  for (const share of details.shares.get(Number(option["id"])) ?? []) {
    batch.remove(shares, { id: share["id"] ?? null }, share);
    batch.history(shares, share, "-", clock.tick());
  }
  batch.remove(OPTION, { id: option["id"] ?? null }, option);
  batch.history(OPTION, option, "-", clock.tick());
}

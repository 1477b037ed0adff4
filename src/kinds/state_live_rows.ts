/** Comparing and saving states that were live before the run, in environments without versions. */
import { type Id, idKey, type Row, rowOfJson } from "../flagsmith/cell.ts";
import { featureStateValueRow } from "../flagsmith/models/features.ts";
import { holdsValue, VALUE_COLUMN, valueOf } from "./link_live_rows.ts";
import { type Fragment, sql } from "../database/statement.ts";
import type { LiveRow, RelatedChange } from "./live.ts";
import type { TableSource } from "../database/table_source.ts";
import type { Entity } from "./entity.ts";
import { type DraftState, NO_VALUE, type OptionReference, type RowContext } from "./rows.ts";
import type { StateFields } from "./state_fields.ts";
import { optionNamed, saveDefaultState, sharesOf, storedValue, writeAllocation } from "./state_rows.ts";

function parts(table: TableSource): Fragment {
  return sql`'versioned', t.identity_id IS NULL AND (SELECT x.use_v2_feature_versioning FROM ${
    table("environments_environment")
  } x WHERE x.id = t.environment_id),
  'value', (SELECT row_to_json(x.*) FROM ${
    table("features_featurestatevalue")
  } x WHERE x.feature_state_id = t.id),
  'allocations', (SELECT json_agg(row_to_json(m.*) ORDER BY m.id) FROM ${
    table(SHARES)
  } m WHERE m.feature_state_id = t.id),
  'options', (SELECT json_agg(json_build_object('id', o.id, 'key', to_jsonb(o.*) ->> 'key') ORDER BY o.id) FROM ${
    table("multivariate_multivariatefeatureoption")
  } o WHERE o.feature_id = t.feature_id)`;
}

const SHARES = "multivariate_multivariatefeaturestatevalue";

/** JSON of a state's value row (which Django finds whatever its `deleted_at`, since a state has but one), its allocations, the feature's options and whether the environment is versioned. */
export function stateParts(table: TableSource): Fragment {
  return sql`json_build_object(${parts(table)})`;
}

/** The same with the row that ties an override to its segment. */
export function overrideParts(table: TableSource): Fragment {
  return sql`json_build_object(${parts(table)}, 'segment', (SELECT row_to_json(x.*) FROM ${
    table("features_featuresegment")
  } x WHERE x.id = t.feature_segment_id))`;
}

interface StateExtra {
  readonly versioned: boolean;
  readonly value: Row | undefined;
  readonly allocations: readonly Row[];
  readonly options: readonly { readonly id: number; readonly key: string | null }[];
  /** Of an override of a segment. */
  readonly segment: Row | undefined;
}

/** Reads what `stateParts` selected. */
export function stateExtra(live: LiveRow): StateExtra {
  const { versioned, value, allocations, options, segment }: Record<string, unknown> = Object(live.extra);
  return {
    versioned: versioned === true,
    segment: segment === null || segment === undefined ? undefined : rowOfJson(segment),
    value: value === null || value === undefined ? undefined : rowOfJson(value),
    allocations: (Array.isArray(allocations) ? allocations : []).map(rowOfJson),
    options: (Array.isArray(options) ? options : []).map((o: { id: number; key: string | null }) => ({
      id: o.id,
      key: o.key,
    })),
  };
}

/**
 * Which declared parts of a live state are other than wanted; `type` decides which value column counts
 * (`docs/flagsmith/features-and-states.md#typing-of-values`).
 */
export function stateDiffers(fields: StateFields, live: LiveRow): readonly RelatedChange[] {
  const { value, allocations, options } = stateExtra(live);
  const found: RelatedChange[] = [];
  if (fields.value !== undefined) {
    const wanted = storedValue(fields.value);
    // A state without a value row has no value.
    if (!holdsValue(value ?? {}, { ...wanted }, "type")) {
      found.push({
        field: "value",
        from: valueOf(value ?? {}, "type"),
        to: valueOf({ ...wanted }, "type"),
        columns: Object.values(VALUE_COLUMN),
      });
    }
  }
  if (changedShares(fields, allocations, options).length > 0) {
    found.push({ field: "multivariate", ...sharesChange(fields, allocations, options), columns: [] });
  }
  return found;
}

/** The shares of the options that a file names, as they are and as they will be. */
function sharesChange(
  fields: StateFields,
  allocations: readonly Row[],
  options: readonly { readonly id: number; readonly key: string | null }[],
): Pick<RelatedChange, "from" | "to"> {
  const wanted = fields.multivariate ?? [];
  return {
    from: wanted.map(({ option }) => {
      const known = options.some((o, at) => o.key === option || String(at + 1) === option);
      const id = known ? optionNamed(options, option).id : undefined;
      const share = allocations.find((a) => a["multivariate_feature_option_id"] === id)
        ?.["percentage_allocation"];
      return { option, percentage_allocation: typeof share === "number" ? share : null };
    }),
    to: wanted.map(({ option, percentage_allocation }) => ({ option, percentage_allocation })),
  };
}

/** The declared shares that are other than live; an option that this run adds has none yet. */
function changedShares(
  fields: StateFields,
  allocations: readonly Row[],
  options: readonly { readonly id: number; readonly key: string | null }[],
): NonNullable<StateFields["multivariate"]> {
  return (fields.multivariate ?? []).filter(({ option, percentage_allocation: percentage }) => {
    const known = options.some((o, at) => o.key === option || String(at + 1) === option);
    const id = known ? optionNamed(options, option).id : undefined;
    return allocations.find((a) => a["multivariate_feature_option_id"] === id)?.["percentage_allocation"] !==
      percentage;
  });
}

/** Saves what a file declares about a live state: in place, or in the draft of a new version. Gives the draft's state. */
export function saveState(
  fields: StateFields,
  feature: Entity,
  environment: Entity,
  live: LiveRow,
  context: RowContext,
): DraftState | undefined {
  const draft = context.draft(feature, environment);
  if (draft === undefined) {
    saveLiveState(fields, feature, live, context);
    return undefined;
  }
  const state = draft.states.get(Number(live.id));
  if (state === undefined) throw new TypeError("Cannot change a state that the live version does not have");
  if (state.segment !== undefined) {
    context.batch.history("features_featuresegment", state.segment, "~", context.clock.tick());
  }
  saveDefaultState(state, fields, optionsOf(feature, live, context), context, true);
  return state;
}

/** The options of a feature after the changes of this run. */
function optionsOf(feature: Entity, live: LiveRow, context: RowContext): readonly OptionReference[] {
  return context.options.get(idKey(context.idOf(feature))) ?? stateExtra(live).options;
}

/** Saves the share of an option that a live state had no share of: the run may have given it one with the option. */
function saveNewShare(state: number, option: Id, percentage: number, context: RowContext): void {
  const added = context.addedShares.get(state)?.find((share) => idKey(share.option) === idKey(option));
  if (added === undefined) {
    writeAllocation(state, option, percentage, true, context);
  } else if (added.row["percentage_allocation"] !== percentage) {
    const { batch, clock } = context;
    added.row = batch.amend("multivariate_multivariatefeaturestatevalue", added.row, {
      percentage_allocation: percentage,
    });
    batch.history("multivariate_multivariatefeaturestatevalue", added.row, "~", clock.tick());
  }
}

/** Saves what a file declares about a live state in place, with the history of each save. */
export function saveLiveState(
  fields: StateFields,
  feature: Entity,
  live: LiveRow,
  context: RowContext,
): void {
  const { batch, clock } = context;
  const { value, allocations } = stateExtra(live);
  const options = optionsOf(feature, live, context);
  if (fields.enabled !== undefined) {
    const saved = batch.update("features_featurestate", { id: live.id }, live.row, {
      enabled: fields.enabled,
      updated_at: clock.tick(),
    });
    batch.history("features_featurestate", saved, "~", clock.tick());
  }
  if (fields.value !== undefined && value === undefined) {
    const saved = batch.insert(
      "features_featurestatevalue",
      featureStateValueRow({
        id: batch.newId("features_featurestatevalue"),
        state: Number(live.id),
        value: { ...NO_VALUE, ...storedValue(fields.value) },
        uuid: context.uuid(),
      }),
    );
    batch.history("features_featurestatevalue", saved, "+", clock.tick());
  } else if (fields.value !== undefined && value !== undefined) {
    const saved = batch.update("features_featurestatevalue", { id: value["id"] ?? null }, value, {
      ...storedValue(fields.value),
    });
    batch.history("features_featurestatevalue", saved, "~", clock.tick());
  }
  for (const { id, percentage } of sharesOf(fields, options)) {
    const row = allocations.find((a) => idKey(Number(a["multivariate_feature_option_id"])) === idKey(id));
    if (row === undefined) {
      saveNewShare(Number(live.id), id, percentage, context);
      continue;
    }
    const saved = batch.update(SHARES, { id: row["id"] ?? null }, row, {
      percentage_allocation: percentage,
    });
    batch.history(SHARES, saved, "~", clock.tick());
  }
  const environment = live.row["environment_id"];
  if (typeof environment === "number") batch.touch(environment);
}

/** States and overrides begin with the initial value of their feature. */
export const INITIAL_VALUE = {
  from: "initial_value",
  columns: ["boolean_value", "integer_value", "string_value"],
} as const;

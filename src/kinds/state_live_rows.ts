/** Comparing and saving states that were live before the run, in environments without versions. */
import { type Cell, idKey, type Row } from "../flagsmith/cell.ts";
import type { LiveRow } from "./live.ts";
import type { RowContext } from "./rows.ts";
import type { StateFields } from "./state_fields.ts";
import { optionNamed, storedValue, writeAllocation } from "./state_rows.ts";

/** JSON of a state's value row, its allocations, the feature's options and whether the environment is versioned. */
export const STATE_EXTRA = `json_build_object(
  'versioned', e.use_v2_feature_versioning AND t.identity_id IS NULL,
  'value', (SELECT row_to_json(x) FROM features_featurestatevalue x WHERE x.feature_state_id = t.id AND x.deleted_at IS NULL),
  'allocations', (SELECT json_agg(row_to_json(m) ORDER BY m.id) FROM multivariate_multivariatefeaturestatevalue m WHERE m.feature_state_id = t.id),
  'options', (SELECT json_agg(json_build_object('id', o.id, 'key', o.key) ORDER BY o.id) FROM multivariate_multivariatefeatureoption o WHERE o.feature_id = t.feature_id))`;

interface StateExtra {
  readonly versioned: boolean;
  readonly value: Row | undefined;
  readonly allocations: readonly Row[];
  readonly options: readonly { readonly id: number; readonly key: string | null }[];
}

function cells(json: unknown): Row {
  return Object.fromEntries(
    Object.entries(Object(json)).map(([name, value]): [string, Cell] => [
      name,
      typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null,
    ]),
  );
}

/** Reads what `STATE_EXTRA` selected. */
export function stateExtra(live: LiveRow): StateExtra {
  const { versioned, value, allocations, options }: Record<string, unknown> = Object(live.extra);
  return {
    versioned: versioned === true,
    value: value === null || value === undefined ? undefined : cells(value),
    allocations: (Array.isArray(allocations) ? allocations : []).map(cells),
    options: (Array.isArray(options) ? options : []).map((o: { id: number; key: string | null }) => ({
      id: o.id,
      key: o.key,
    })),
  };
}

const VALUE_OF: Readonly<Record<string, string>> = {
  int: "integer_value",
  bool: "boolean_value",
  unicode: "string_value",
};

/** Which declared parts of a live state are other than wanted; `type` decides which value column counts (`contract.md` 1.5). */
export function stateDiffers(fields: StateFields, live: LiveRow): readonly string[] {
  const { value, allocations, options } = stateExtra(live);
  const found: string[] = [];
  if (fields.value !== undefined) {
    const wanted = storedValue(fields.value);
    const column = VALUE_OF[wanted.type] ?? "string_value";
    if (value?.["type"] !== wanted.type || value[column] !== Reflect.get(wanted, column)) found.push("value");
  }
  const shares = fields.multivariate ?? [];
  const differs = shares.some(({ option, percentage_allocation: percentage }) => {
    const known = options.some((o, at) => o.key === option || String(at + 1) === option);
    const id = known ? optionNamed(options, option).id : undefined;
    return allocations.find((a) => a["multivariate_feature_option_id"] === id)?.["percentage_allocation"] !==
      percentage;
  });
  if (differs) found.push("multivariate");
  return found;
}

/** Saves what a file declares about a live state, with the history of each save. */
export function saveLiveState(fields: StateFields, live: LiveRow, context: RowContext): void {
  const { batch, clock } = context;
  const { value, allocations, options } = stateExtra(live);
  if (fields.enabled !== undefined) {
    const saved = batch.update("features_featurestate", { id: live.id }, live.row, {
      enabled: fields.enabled,
      updated_at: clock.tick(),
    });
    batch.history("features_featurestate", saved, "~", clock.tick());
  }
  if (fields.value !== undefined && value !== undefined) {
    const saved = batch.update("features_featurestatevalue", { id: value["id"] ?? null }, value, {
      ...storedValue(fields.value),
    });
    batch.history("features_featurestatevalue", saved, "~", clock.tick());
  }
  for (const { option, percentage_allocation: percentage } of fields.multivariate ?? []) {
    const { id } = optionNamed(options, option);
    const row = allocations.find((a) => idKey(Number(a["multivariate_feature_option_id"])) === idKey(id));
    if (row === undefined) {
      writeAllocation(Number(live.id), id, percentage, true, context);
      continue;
    }
    const saved = batch.update("multivariate_multivariatefeaturestatevalue", { id: row["id"] ?? null }, row, {
      percentage_allocation: percentage,
    });
    batch.history("multivariate_multivariatefeaturestatevalue", saved, "~", clock.tick());
  }
  const environment = live.row["environment_id"];
  if (typeof environment === "number") batch.touch(environment);
}

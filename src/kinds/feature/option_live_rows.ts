/** Declared options of a feature against its live ones. */
import { type Fragment, sql } from "../../database/statement.ts";
import { type Row, rowOfJson } from "../../flagsmith/cell.ts";
import { typeDeclaredValue, type TypedValue } from "../../flagsmith/feature_value.ts";
import type { Content } from "../kind.ts";
import { countChanges, holdsValue, VALUE_COLUMN, valueOf } from "../link_live_rows.ts";
import type { RelatedChange } from "../live.ts";
import type { TableSource } from "../../database/table_source.ts";
import type { OptionFields } from "./spec.ts";

/** The options of the feature `t` as JSON, in order. */
export function optionsOf(table: TableSource): Fragment {
  return sql`(SELECT json_agg(row_to_json(x.*) ORDER BY x.id) FROM ${
    table("multivariate_multivariatefeatureoption")
  } x WHERE x.feature_id = t.id)`;
}

/** What is to be done with one option. */
export type OptionChange =
  | { readonly action: "add"; readonly option: OptionFields }
  | { readonly action: "change"; readonly live: Row; readonly after: Row }
  | { readonly action: "remove"; readonly live: Row };

/** Reads what `optionsOf` selected. */
export function liveOptions(extra: unknown): readonly Row[] {
  const list: unknown = Object(extra)["options"];
  return Array.isArray(list) ? list.map(rowOfJson) : [];
}

/** A declared option's value as columns. */
export function optionValue(option: OptionFields): TypedValue {
  const value = typeDeclaredValue(option.value);
  if (value === undefined) throw new RangeError("Cannot store an option's value: it does not fit 32 bits");
  return value;
}

/** The keys of the options as they will be after the changes that the files declare, in order. */
export function keysAfter(
  options: readonly OptionFields[] | undefined,
  live: readonly { readonly id: unknown; readonly key: string | null }[],
): readonly { readonly key: string | null }[] {
  const rows = live.map(({ id, key }) => ({ id: Number(id), key }));
  const changes = optionChanges(options, rows);
  const kept = rows.flatMap((row) => {
    const change = changes.find((c) => c.action !== "add" && c.live === row);
    if (change?.action === "remove") return [];
    const key = change?.action === "change" ? change.after["key"] : undefined;
    return [{ key: typeof key === "string" ? key : row.key }];
  });
  return [...kept, ...changes.flatMap((c) => (c.action === "add" ? [{ key: c.option.key ?? null }] : []))];
}

/**
 * Compares the options. An option is told by its key, else by its place in the list; a key that no live option has goes
 * to the option at its place when that has none yet. What the list leaves out is not touched.
 */
export function optionChanges(
  options: readonly OptionFields[] | undefined,
  live: readonly Row[],
): readonly OptionChange[] {
  const changes: OptionChange[] = [];
  for (const [at, option] of (options ?? []).entries()) {
    const place = live[at];
    const row = option.key === undefined
      ? place
      : live.find((l) => l["key"] === option.key) ?? (place?.["key"] === null ? place : undefined);
    if (row === undefined) {
      if (option.ensure !== "absent") changes.push({ action: "add", option });
      continue;
    }
    if (option.ensure === "absent") {
      changes.push({ action: "remove", live: row });
      continue;
    }
    const value = optionValue(option);
    const after: Row = {
      ...(holdsValue(row, { ...value }, "type") ? {} : value),
      ...(option.key === undefined || row["key"] === option.key ? {} : { key: option.key }),
      ...(option.percentage_allocation === undefined ||
          row["default_percentage_allocation"] === option.percentage_allocation
        ? {}
        : { default_percentage_allocation: option.percentage_allocation }),
    };
    if (Object.keys(after).length > 0) changes.push({ action: "change", live: row, after });
  }
  return changes;
}

/** The options that change, as they are and as they will be, by key or by place; nothing when none does. */
export function optionsChange(
  options: readonly OptionFields[] | undefined,
  extra: unknown,
): readonly RelatedChange[] {
  const live = liveOptions(extra);
  const changes = optionChanges(options, live);
  if (changes.length === 0) return [];
  // Keys are anybody's: an object literal would take "__proto__" for its prototype.
  const from = new Map<string, Content>();
  const to = new Map<string, Content>();
  const shown = (row: Readonly<Record<string, unknown>>): Content => ({
    value: valueOf(row, "type"),
    percentage_allocation: Number(row["default_percentage_allocation"]),
    ...(typeof row["key"] === "string" ? { key: row["key"] } : {}),
  });
  const named = (key: unknown, place: number): string => (typeof key === "string" ? key : String(place + 1));
  let added = live.length;
  for (const change of changes) {
    if (change.action === "add") {
      const { key, percentage_allocation: share } = change.option;
      to.set(
        named(key, added++),
        shown({ ...optionValue(change.option), key, default_percentage_allocation: share ?? 100 }),
      );
      continue;
    }
    const name = named(change.live["key"], live.indexOf(change.live));
    from.set(name, shown(change.live));
    if (change.action === "change") to.set(name, shown({ ...change.live, ...change.after }));
  }
  return [{
    field: "multivariate_options",
    counts: countChanges(changes),
    from: Object.fromEntries(from),
    to: Object.fromEntries(to),
    columns: [...Object.values(VALUE_COLUMN), "key"],
  }];
}

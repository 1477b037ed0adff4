/** What tables have in the live schema that no recorded release has, and that a run gets along with (`docs/releases.md`). */
import type { Catalog } from "../database/catalog.ts";
import type { TableRules } from "../database/table_rules.ts";
import { KNOWN_SCHEMA, KNOWN_TABLES } from "../flagsmith/known_schema.ts";
import { isModelled } from "../kinds/known_columns.ts";

/** What the program does not know of tables that it writes. */
export interface UnknownParts {
  /** Columns, as `table.column`, that may be NULL or that the database fills. */
  readonly columns: readonly string[];
  /** Checks, and what is unique. */
  readonly constraints: readonly { readonly table: string; readonly name: string }[];
  /** Columns of unknown tables, as `table.column`, and the table that they refer to. */
  readonly referrers: readonly { readonly column: string; readonly target: string }[];
}

/** Everything is known. */
export const NOTHING_UNKNOWN: UnknownParts = { columns: [], constraints: [], referrers: [] };

/** What is unknown of some tables; of tables that the program never writes by itself, nothing. */
export function unknownParts(
  { tables }: Catalog,
  rules: ReadonlyMap<string, TableRules>,
  names: readonly string[],
): UnknownParts {
  const each = names.flatMap((table) => {
    const known = KNOWN_SCHEMA[table];
    if (known === undefined) return [];
    const columns = new Set(known.columns.split(" "));
    const definitions = new Set(known.constraints);
    const { constraints = [], referrers = [] } = rules.get(table) ?? {};
    return [{
      columns: [...tables.get(table)?.values() ?? []]
        .filter((column) => !columns.has(column.name) && (!column.notNull || column.hasDefault))
        .map((column) => `${table}.${column.name}`),
      constraints: constraints.filter(({ definition }) => !definitions.has(definition))
        .map(({ name }) => ({ table, name })),
      referrers: referrers.filter((referrer) =>
        !KNOWN_TABLES.has(referrer.table) && !isModelled(referrer.table)
      )
        .map((referrer) => ({ column: `${referrer.table}.${referrer.column}`, target: table })),
    }];
  });
  return {
    columns: each.flatMap((one) => one.columns),
    constraints: each.flatMap((one) => one.constraints),
    referrers: each.flatMap((one) => one.referrers),
  };
}

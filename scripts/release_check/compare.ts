/** The tables of a checkout of Flagsmith against what the program knows. Pure. */

/** A column as migrations declare it. */
export interface DeclaredColumn {
  /** Django's class: `BooleanField`. */
  readonly kind: string;
  readonly null: boolean;
  /** Source of the default, `auto_now` or `auto_now_add`; null for none. */
  readonly default: string | null;
  /** Source of the default that the database has. */
  readonly database_default: string | null;
  /** The table that it refers to. */
  readonly target: string | null;
  /** `app.0001_name`, the one that added it. */
  readonly migration: string;
}

/** What the migrations of a checkout lead to. */
export interface DeclaredSchema {
  readonly tables: Readonly<
    Record<string, { readonly migration: string; readonly columns: Readonly<Record<string, DeclaredColumn>> }>
  >;
  /** `table` or `table.column` → the migration that dropped or renamed it. */
  readonly dropped: Readonly<Record<string, string>>;
}

/** What the program knows. */
export interface KnownSchema {
  /** Table → the columns that the program fills. */
  readonly written: ReadonlyMap<string, readonly string[]>;
  /** `table.column` of every foreign key of the tested releases. */
  readonly references: ReadonlySet<string>;
}

/** What is new in tables that the program writes, a line each; empty when nothing is. */
export function newIn(
  { tables, dropped }: DeclaredSchema,
  { written, references }: KnownSchema,
): readonly string[] {
  const lines: string[] = [];
  for (const [table, { columns }] of Object.entries(tables).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = written.get(table);
    if (known !== undefined) {
      for (const [column, declared] of Object.entries(columns)) {
        if (known.includes(column)) continue;
        lines.push(`new column    ${table}.${column}: ${words(declared)} (${declared.migration})`);
      }
      continue;
    }
    for (const [column, { target, null: isNull, migration }] of Object.entries(columns)) {
      if (target === null || !written.has(target) || references.has(`${table}.${column}`)) continue;
      lines.push(
        `new reference ${table}.${column} → ${target}: ${isNull ? "null" : "not null"} (${migration})`,
      );
    }
  }
  for (const [table, known] of written) {
    const there = tables[table]?.columns;
    if (there === undefined) {
      const migration = dropped[table];
      if (migration !== undefined) lines.push(`dropped table  ${table} (${migration})`);
      continue;
    }
    for (const column of known) {
      const migration = dropped[`${table}.${column}`];
      if (!(column in there) && migration !== undefined) {
        lines.push(`dropped column ${table}.${column} (${migration})`);
      }
    }
  }
  return lines;
}

function words(
  { kind, null: isNull, default: value, database_default: database, target }: DeclaredColumn,
): string {
  return [
    `${kind}${target === null ? "" : ` → ${target}`}`,
    isNull ? "null" : "not null",
    value === null ? "no default" : `default ${value}`,
    ...(database === null ? [] : [`default of the database ${database}`]),
  ].join(", ");
}

/** The foreign keys of a schema file, as `table.column`. */
export function referencesIn(schema: string): readonly string[] {
  return [
    ...schema.matchAll(/^ALTER TABLE (?:ONLY )?"?([\w-]+)"? ADD CONSTRAINT \S+ FOREIGN KEY \("?(\w+)"?\)/gm),
  ].map((
    [, table = "", column = ""],
  ) => `${table}.${column}`);
}

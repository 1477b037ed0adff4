/** Rows in every table of a schema, hung on given ones: what a database in use may hold, features of other editions too. */
import type { Sql } from "postgres";

/** Table → primary key of the row that columns pointing to it take; rows that are added join it. */
export type Anchors = Map<string, string | number>;

interface ColumnFacts {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly max: number | null;
  readonly required: boolean;
  readonly target: string | null;
  readonly key: boolean;
}

/**
 * Adds one row to each table that a foreign key leads from to an anchored one, again and again until no table is left.
 * Gives the tables that got a row. Values are made of `mark`, so that two calls do not collide.
 */
export async function fillTables(sql: Sql, anchors: Anchors, mark: number): Promise<readonly string[]> {
  const facts = await sql<ColumnFacts[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
      case when a.atttypmod > 4 and t.typname in ('varchar', 'bpchar') then a.atttypmod - 4 end as max,
      a.attnotnull and not a.atthasdef and a.attidentity = '' as required,
      (select f.relname from pg_constraint k join pg_class f on f.oid = k.confrelid
       where k.contype = 'f' and k.conrelid = c.oid and k.conkey = array[a.attnum]) as target,
      exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey)) as key
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like 'django_%'
      and c.relname not like 'auth_%' and c.relname not like 'task_processor_%' and c.relname <> 'provisioning_log'
    order by c.relname, a.attnum`;
  const tables = Map.groupBy(facts, (f) => f.table);
  const filled: string[] = [];
  for (let progress = true; progress;) {
    progress = false;
    for (const [table, columns] of tables) {
      if (anchors.has(table)) continue;
      const links = columns.filter((c) => c.target !== null && anchors.has(c.target));
      const missing = columns.some((c) => c.required && c.target !== null && !anchors.has(c.target));
      if (links.length === 0 || missing) continue;
      const values = columns.flatMap((c): [string, unknown][] => {
        if (c.target !== null) {
          const anchor = anchors.get(c.target);
          return anchor === undefined ? [] : [[c.column, anchor]];
        }
        return c.required ? [[c.column, valueFor(c, mark)]] : [];
      });
      const key = columns.find((c) => c.key)?.column ?? "id";
      const names = values.map(([name]) => `"${name}"`).join(", ");
      const places = values.map((_, at) => `$${at + 1}`).join(", ");
      const [row] = await sql.unsafe(
        `insert into public."${table}" (${names}) values (${places}) on conflict do nothing returning "${key}" as key`,
        values.map(([, value]) => value) as never[],
      );
      // One row of a kind may be all that there can be, and be there.
      const [there] = row === undefined
        ? await sql.unsafe(
          `select "${key}" as key from public."${table}" where "${links[0]?.column}" = $1 limit 1`,
          [anchors.get(links[0]?.target ?? "") ?? null],
        )
        : [row];
      anchors.set(table, there?.["key"] as string | number);
      if (row !== undefined) filled.push(table);
      progress = true;
    }
  }
  return filled;
}

function valueFor({ type, max }: ColumnFacts, mark: number): unknown {
  if (/^character|^text/.test(type)) return String(mark).slice(0, max ?? 10);
  if (/int|numeric|double/.test(type)) return mark;
  if (type === "boolean") return false;
  if (type === "uuid") return crypto.randomUUID();
  if (/^timestamp|^date/.test(type)) return "2026-01-01T00:00:00Z";
  if (type === "jsonb" || type === "json") return {};
  if (type.endsWith("[]")) return "{}";
  if (type === "inet") return "127.0.0.1";
  if (type === "interval") return "1 day";
  throw new Error(`Cannot invent a value of type ${type}`);
}

/** The floor of writing: what plain `COPY` takes for the same rows in one transaction. */
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Sql } from "postgres";

/** Rows of one table as `COPY` writes and reads them. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  readonly data: Buffer;
}

/**
 * The rows of all tables that are empty in `template` and not in `filled`, but for the tool's own log, of which the
 * floor knows nothing.
 */
export async function copyOut(filled: Sql, template: Sql): Promise<readonly CopiedTable[]> {
  const tables = await filled<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
    and relname <> 'provisioning_log' order by relname`;
  const copied: CopiedTable[] = [];
  for (const { name } of tables) {
    const count = async (sql: Sql): Promise<number> =>
      Number((await sql`select count(*)::int as n from ${sql(name)}`)[0]?.["n"]);
    const rows = await count(filled);
    if (rows === 0 || await count(template) > 0) continue;
    const [line] = await filled<{ data: string }[]>`
      select string_agg(${filled.unsafe(await lineOf(filled, name))} || chr(10), '') as data from ${
      filled(name)
    }`;
    copied.push({ table: name, rows, data: Buffer.from(line?.data ?? "") });
  }
  return copied;
}

/** An expression for a row in the text format of `COPY`; the driver's own reading of that format does not always end. */
async function lineOf(sql: Sql, table: string): Promise<string> {
  const columns = await sql<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = ${`public."${table}"`}::regclass and attnum > 0 and not attisdropped order by attnum`;
  const escaped = columns.map(({ name }) => {
    const text = `replace("${name}"::text, chr(92), chr(92) || chr(92))`;
    const rest = [[9, "t"], [10, "n"], [13, "r"]].reduce(
      (inner, [code, letter]) => `replace(${inner}, chr(${code}), chr(92) || '${letter}')`,
      text,
    );
    return `coalesce(${rest}, chr(92) || 'N')`;
  });
  return escaped.join(" || chr(9) || ");
}

/** Seconds that one transaction takes which copies the rows into equal empty tables, its durable commit included. */
export async function copyIn(empty: Sql, tables: readonly CopiedTable[]): Promise<number> {
  await empty`select 1`;
  const begin = performance.now();
  await empty.begin(async (transaction) => {
    for (const { table, data } of tables) {
      await pipeline(
        Readable.from(pieces(data)),
        await transaction`copy ${transaction(table)} from stdin`.writable(),
      );
    }
  });
  return (performance.now() - begin) / 1000;
}

/** As `psql` sends a file. */
function* pieces(data: Buffer): Generator<Buffer> {
  const SIZE = 65_536;
  for (let at = 0; at < data.length; at += SIZE) yield data.subarray(at, at + SIZE);
}

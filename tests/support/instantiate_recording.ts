/** A recording with values in place of its symbols: what some database might have held after the operation. */
import { type Json, keyColumn, type Row } from "./dump.ts";
import { randomText } from "./password_hash.ts";
import { parseSymbol, type Recording } from "./recordings.ts";
import { randomKinds } from "./recorded_facts.ts";

/** Where the values come from. */
export interface Source {
  /** A primary key for a row of `table`; asked in the order of the recorded numbers. */
  id(table: string): number;
  /** Value of a column whose recorded value is the name of a content type. */
  contentType(name: string): Json;
  /** An encoded hash of `password`; `hasher` is algorithm and iterations. */
  password(password: string, hasher: string): string;
  /** A timestamp for `$now`; `order` grows with the recorded clock, equal where that is equal. */
  now(order: number): string;
  /** A timestamp for `$then` in a row. */
  then(table: string, row: Row, column: string): string;
}

/** Values in place of symbols. */
export interface Instance {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly deleted: ReadonlyMap<string, readonly Row[]>;
  readonly updated: ReadonlyMap<
    string,
    readonly { readonly row: Json; readonly before: Row; readonly after: Row }[]
  >;
  /** Symbol → value. */
  readonly symbols: ReadonlyMap<string, Json>;
}

const keyAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Replaces every symbol. `known` holds values of symbols that stand for rows which exist already. */
export function instantiate(
  recording: Recording,
  source: Source,
  known: ReadonlyMap<string, Json>,
): Instance {
  const symbols = new Map(known);
  allocate(recording, source, symbols);
  let last = Math.max(0, ...Object.values(recording.clock).flatMap((columns) => Object.values(columns)));
  const fill = (table: string, row: Row, key: string, part: Row = row): Row =>
    Object.fromEntries(
      Object.entries(part).map(([column, value]): [string, Json] => {
        if (value === "$now") {
          const rank = (recording.clock[key] ?? recording.clock[`${table}:${key}`])?.[column];
          return [column, source.now(rank ?? ++last)];
        }
        if (value === "$then") return [column, source.then(table, row, column)];
        if (value === "$unusable") return [column, `!${randomText(40)}`];
        if (typeof value === "object" && value !== null && "$password" in value) {
          return [column, source.password(String(value["$password"]), String(value["$hasher"]))];
        }
        if (column === "content_type_id" && typeof value === "string") {
          return [column, source.contentType(value)];
        }
        return [column, parseSymbol(value) === undefined ? value : symbols.get(String(value)) ?? null];
      }),
    );
  const all = (section: Readonly<Record<string, readonly Row[]>>) =>
    new Map(
      Object.entries(section).map(([table, rows]) => [
        table,
        rows.map((row) => fill(table, row, String(row[keyColumn(row) ?? ""]))),
      ]),
    );
  const rows = all(recording.rows);
  const updated = new Map(
    Object.entries(recording.updated).map(([table, list]) => [
      table,
      list.map(({ row, before, after }) => {
        const key = row.slice(row.indexOf("$"));
        return {
          row: symbols.get(key) ?? null,
          before: fill(table, { id: key }, key, before),
          after: fill(table, { id: key }, key, after),
        };
      }),
    ]),
  );
  return { rows, deleted: all(recording.deleted), updated, symbols };
}

/** Gives every symbol of the recording a value that has none yet: ids in the order of their numbers. */
function allocate(recording: Recording, source: Source, symbols: Map<string, Json>): void {
  const text = JSON.stringify([recording.rows, recording.updated, recording.deleted]);
  const found = [...new Set([...text.matchAll(/\$[a-z_0-9]+\.\d+/g)].map((match) => match[0]))]
    .map((name) => ({ name, symbol: parseSymbol(name) }))
    .sort((a, b) => (a.symbol?.number ?? 0) - (b.symbol?.number ?? 0));
  for (const row of recording.rows["api_keys_masterapikey"] ?? []) {
    const prefix = unusedPrefix(symbols);
    const hash = source.password(`${prefix}.${SECRET}`, "pbkdf2_sha256$1000000");
    symbols.set(String(row["prefix"]), prefix).set(String(row["hashed_key"]), hash);
    symbols.set(String(row["id"]), `${prefix}.${hash}`);
  }
  for (const { name, symbol } of found) {
    if (symbol === undefined || symbols.has(name)) continue;
    symbols.set(name, randomKinds.has(symbol.kind) ? random(symbol.kind, source) : source.id(symbol.kind));
  }
}

/** The secret part of all master keys here. */
const SECRET = randomText(32);

const prefixes: string[] = [];

/** A random prefix of a master key that no symbol stands for; the same ones for each recording, since a hash of a key takes long. */
function unusedPrefix(symbols: ReadonlyMap<string, Json>): string {
  const used = new Set(symbols.values());
  const known = prefixes.find((prefix) => !used.has(prefix));
  if (known !== undefined) return known;
  const prefix = randomText(8);
  prefixes.push(prefix);
  return prefix;
}

function random(kind: string, source: Source): string {
  switch (kind) {
    case "client_key":
      return randomText(22, keyAlphabet);
    case "server_key":
      return `ser.${randomText(22, keyAlphabet)}`;
    case "auth_token":
      return randomText(40, "0123456789abcdef");
    case "master_key_id":
      return `${randomText(8)}.${source.password(randomText(41), "pbkdf2_sha256$1000000")}`;
    case "uuid":
      return crypto.randomUUID();
    default:
      throw new Error(`Cannot invent a value for a symbol of kind "${kind}"`);
  }
}

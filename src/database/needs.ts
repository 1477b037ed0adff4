/** The rights that statements need: read from their texts, or named by who knows what a command may come to do. */
import { shapeOf } from "./render.ts";
import type { Statement } from "./statement.ts";

/** A right on a table. */
export type TableRight = "SELECT" | "INSERT" | "UPDATE" | "DELETE";

/** A right on a table, as far as it is known on which of its columns. */
export interface TableNeed {
  readonly table: string;
  readonly right: TableRight;
  /** Words of which some are the columns, `*` for all columns; undefined where nothing is known of them. */
  readonly words: ReadonlySet<string> | undefined;
}

const SEQUENCE = /\bnextval\('((?:[^']|'')+)'::regclass\)/g;
/** A table with its schema, and the verb before it. */
const TABLE =
  /(?:\b(INSERT INTO|UPDATE|DELETE FROM|LOCK TABLE|TABLE|ON) )?"((?:[^"]|"")+)"\."((?:[^"]|"")+)"(?!\.)/g;
/** Django's own table, which stands without a schema where that is not known yet. */
const MIGRATIONS = /\bFROM (django_migrations)\b/g;
/** A table whose rows are locked. */
const LOCKED = /\bFROM "(?:[^"]|"")+"\."((?:[^"]|"")+)"(?:(?!\bFROM\b)[^;])*? FOR UPDATE\b/g;
/** What reads the table that it writes: rows are looked for before they are changed. */
const LOOKS = /\b(WHERE|USING)\b/;
/** What a table is called in a statement. */
const ALIAS = /^ (?:AS )?([a-z][a-z0-9_]*)/;
/** The columns that are filled. */
const INSERTED = /^ ?\n? *\(([^()]*)\)/;
/** What columns are set to. */
const CHANGED = /\bSET (.*?)(?:\s(?:FROM|WHERE)\b|$)/s;
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/g;

/** What a verb before a table needs; nothing for those that define or describe one. */
const RIGHTS: ReadonlyMap<string | undefined, TableRight> = new Map<string | undefined, TableRight>([
  [undefined, "SELECT"],
  ["INSERT INTO", "INSERT"],
  ["UPDATE", "UPDATE"],
  ["DELETE FROM", "DELETE"],
  ["LOCK TABLE", "UPDATE"],
]);

/** Rights on the tables and sequences of one schema. */
export class Needs {
  readonly #tables = new Map<string, Map<TableRight, Set<string> | undefined>>();
  readonly #sequences = new Set<string>();

  /** Rights on a table of whose columns nothing is known. */
  add(table: string, ...rights: readonly TableRight[]): this {
    for (const right of rights) this.#add(table, right, undefined);
    return this;
  }

  /** The right to draw from a sequence, which the catalog names with or without its schema. */
  addSequence(name: string): this {
    this.#sequences.add(unqualified(name));
    return this;
  }

  /** What statements need that name the tables of a schema. */
  addStatements(statements: readonly Statement[], schema: string): this {
    for (const { sql } of statements) this.#addText(shapeOf(sql), schema);
    return this;
  }

  /** What others need. */
  addAll({ tables, sequences }: Pick<Needs, "tables" | "sequences">): this {
    for (const { table, right, words } of tables) this.#add(table, right, words);
    for (const name of sequences) this.#sequences.add(name);
    return this;
  }

  /** What is left of them for whoever only looks. */
  get reading(): Needs {
    const tables = this.tables.filter(({ right }) => right === "SELECT");
    return new Needs().addAll({ tables, sequences: [] });
  }

  /** Rights on tables, in no order. */
  get tables(): readonly TableNeed[] {
    return [...this.#tables].flatMap(([table, rights]) =>
      [...rights].map(([right, words]) => ({ table, right, words }))
    );
  }

  /** Names of sequences, without their schema. */
  get sequences(): readonly string[] {
    return [...this.#sequences];
  }

  #addText(text: string, schema: string): void {
    const words = wordsOf(text);
    for (const [, name = ""] of text.matchAll(SEQUENCE)) this.addSequence(name.replaceAll("''", "'"));
    for (const [, name = ""] of text.matchAll(MIGRATIONS)) this.#add(name, "SELECT", words);
    for (const [, name = ""] of text.matchAll(LOCKED)) this.#add(unquoted(name), "UPDATE", undefined);
    for (const { 0: found, 1: verb, 2: first = "", 3: second = "", index } of text.matchAll(TABLE)) {
      const right = RIGHTS.get(verb);
      if (right === undefined || unquoted(first) !== schema) continue;
      const table = unquoted(second);
      const rest = text.slice(index + found.length);
      const [, alias] = ALIAS.exec(rest) ?? [];
      const read = alias !== undefined && text.includes(` ${alias}.*`) || text.includes(`(${alias}.*)`)
        ? new Set([...words, "*"])
        : words;
      switch (right) {
        case "SELECT":
          this.#add(table, right, read);
          break;
        case "INSERT":
          this.#add(table, right, wordsOf(INSERTED.exec(rest)?.[1] ?? rest));
          break;
        case "UPDATE":
          this.#add(table, right, verb === "UPDATE" ? wordsOf(CHANGED.exec(rest)?.[1] ?? rest) : undefined);
          if (LOOKS.test(rest)) this.#add(table, "SELECT", words);
          break;
        case "DELETE":
          this.#add(table, right, undefined);
          if (LOOKS.test(rest)) this.#add(table, "SELECT", words);
      }
    }
  }

  #add(table: string, right: TableRight, words: ReadonlySet<string> | undefined): void {
    const rights = this.#tables.get(table) ?? new Map<TableRight, Set<string> | undefined>();
    this.#tables.set(table, rights);
    const known = rights.get(right);
    if (words === undefined) rights.set(right, known);
    else rights.set(right, new Set([...known ?? [], ...words]));
  }
}

function unquoted(name: string): string {
  return name.replaceAll('""', '"');
}

/** `public.tags_tag_id_seq` or `public."Tag"` without the schema and the quotes. */
function unqualified(name: string): string {
  const last = /(?:"((?:[^"]|"")+)"|([^."]+))$/.exec(name);
  return last?.[1] === undefined ? last?.[2] ?? name : unquoted(last[1]);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(WORD)].map(([word]) => word));
}

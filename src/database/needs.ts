/** Which tables statements name and what they do to them, read from their texts: for the rights that a user lacks. */

/** A right on a table that is not SELECT. */
export type WriteRight = "INSERT" | "UPDATE" | "DELETE";

const WRITES: ReadonlyMap<string, WriteRight> = new Map([
  ["INSERT INTO", "INSERT"],
  ["UPDATE", "UPDATE"],
  ["DELETE FROM", "DELETE"],
  ["LOCK TABLE", "UPDATE"],
]);

/** A writing verb before a table, with or without a schema; identifiers are quoted. */
const VERB = /\b(INSERT INTO|UPDATE|DELETE FROM|LOCK TABLE) (?:"[^"]+"\.)?"([^"]+)"/g;
/** A table whose rows are locked. */
const LOCKED = /\bFROM (?:"[^"]+"\.)?"([^"]+)"(?:(?!\bFROM\b)[^;])*? FOR UPDATE\b/g;
/** A word that may be the name of a table or a sequence. */
const WORD = /[a-z][a-z0-9]*_[a-z0-9_]+/g;

/** What statements ask of the database's tables. A literal that looks like a statement can only add a name too many. */
export class Needs {
  readonly #names = new Set<string>();
  readonly #writes = new Map<string, Set<WriteRight>>();

  readonly #texts: string[] = [];

  /** Takes in the text of statements; it is read only when somebody asks. */
  add(text: string): void {
    this.#texts.push(text);
  }

  #read(): void {
    for (const text of this.#texts.splice(0)) this.#readText(text);
  }

  #readText(text: string): void {
    for (const [word] of text.matchAll(WORD)) this.#names.add(word);
    for (const [, verb = "", table = ""] of text.matchAll(VERB)) this.#write(table, WRITES.get(verb));
    for (const [, table = ""] of text.matchAll(LOCKED)) this.#write(table, "UPDATE");
  }

  /** Names of tables and sequences, among other words. */
  names(): readonly string[] {
    this.#read();
    return [...this.#names];
  }

  /** Tables that are written, each with one of the rights that this needs. */
  writes(): readonly (readonly [table: string, right: WriteRight])[] {
    this.#read();
    return [...this.#writes].flatMap(([table, rights]) =>
      [...rights].map((right): readonly [string, WriteRight] => [table, right])
    );
  }

  #write(table: string, right: WriteRight | undefined): void {
    if (right === undefined) return;
    this.#names.add(table);
    const rights = this.#writes.get(table) ?? new Set();
    this.#writes.set(table, rights.add(right));
  }
}

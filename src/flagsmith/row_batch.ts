/** The rows of a run, as data: who owns them, what is inserted, what is changed. Nothing here talks to a database. */
import type { Cell, Id, NewId, Row } from "./cell.ts";
import { idKey, isNewId } from "./cell.ts";
import { HISTORY, historyRow } from "./history.ts";

/** The owner of rows that belong to no resource. */
const NOBODY = -1;

/** A row to insert, with the resource that it belongs to. */
export interface Insert {
  readonly owner: number;
  readonly table: string;
  readonly row: Row;
}

/** A row to change: only the columns that differ. */
export interface Update {
  readonly owner: number;
  readonly table: string;
  /** Column and value that identify the row. */
  readonly key: Readonly<Record<string, Cell>>;
  readonly before: Row;
  readonly after: Row;
  /** The row as it will be, as far as the live one was read. */
  readonly row: Row;
}

/** A row to delete for good, as it stands: the log keeps it, so that the deletion can be taken back. */
export interface Delete {
  readonly owner: number;
  readonly table: string;
  /** Column and value that identify the row. */
  readonly key: Readonly<Record<string, Cell>>;
  readonly row: Row;
}

/** Collects rows in the order in which the application would write them. */
export class RowBatch {
  readonly inserts: Insert[] = [];
  readonly updates: Update[] = [];
  readonly deletes: Delete[] = [];
  readonly #counts = new Map<string, number>();
  readonly #positions = new Map<Row, number>();
  /** How many of the inserts `#positions` knows: few runs ever ask for a position. */
  #known = 0;
  /** Places of rows by ids in some columns, as `find` was asked for, and how many of the inserts each knows. */
  readonly #places = new Map<string, { known: number; readonly byIds: Map<string, number> }>();
  readonly #projects = new Set<number>();
  readonly #touched = new Map<string, Id>();
  #owner = NOBODY;

  /** Rows added from now on belong to this resource. */
  begin(owner: number): void {
    this.#owner = owner;
  }

  /** Rows added from now on belong to no resource: whoever adds them logs them. */
  end(): void {
    this.#owner = NOBODY;
  }

  /** The resource that rows belong to now. */
  get owner(): number {
    return this.#owner;
  }

  /** An id that the table's sequence will give. */
  newId(table: string): NewId {
    const ordinal = this.#counts.get(table) ?? 0;
    this.#counts.set(table, ordinal + 1);
    return { newIdOf: table, ordinal };
  }

  /** How many ids each table needs. */
  get idCounts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** The integer primary key of a row of this batch. */
  idOf(row: Row): Id {
    const { id } = row;
    if (typeof id === "number" || isNewId(id)) return id;
    throw new TypeError("Cannot take the id of a row without an integer key");
  }

  /** Adds a row. */
  insert(table: string, row: Row): Row {
    this.inserts.push({ owner: this.#owner, table, row });
    return row;
  }

  /** Adds the history row of a base row as it stands now. */
  history(table: string, row: Row, type: "+" | "~" | "-", at: string): void {
    const history = HISTORY[table];
    if (history === undefined) throw new TypeError(`Cannot write history: ${table} has none`);
    this.insert(history.table, historyRow(history, row, type, at, this.newId(history.table)));
  }

  /** Adds a change; gives the row as it will be. */
  update(table: string, key: Readonly<Record<string, Cell>>, live: Row, after: Row): Row {
    const before: Record<string, Cell> = {};
    for (const column of Object.keys(after)) before[column] = live[column] ?? null;
    const row = { ...live, ...after };
    this.updates.push({ owner: this.#owner, table, key, before, after, row });
    return row;
  }

  /** Deletes a live row that the application would delete for good too (a link, a trait). */
  remove(table: string, key: Readonly<Record<string, Cell>>, row: Row): void {
    this.deletes.push({ owner: this.#owner, table, key, row });
  }

  /**
   * The row of this batch, as it is now, that has given ids in some columns, which nobody amends: what an earlier step of the
   * same run wrote. The newest of several; undefined when there is none.
   */
  find(table: string, ids: Readonly<Record<string, Id>>): Row | undefined {
    const columns = Object.keys(ids);
    const name = `${table} ${columns.join(" ")}`;
    const places = this.#places.get(name) ?? { known: 0, byIds: new Map<string, number>() };
    this.#places.set(name, places);
    for (; places.known < this.inserts.length; places.known++) {
      const insert = this.inserts[places.known];
      const key = insert?.table === table ? idKeys(insert.row, columns) : undefined;
      if (key !== undefined) places.byIds.set(key, places.known);
    }
    const at = places.byIds.get(idKeys(ids, columns) ?? "") ?? -1;
    return this.inserts[at]?.row;
  }

  /** Changes a row that is not written yet, as a second save in the same transaction would; gives the row as it will be. */
  amend(table: string, row: Row, after: Row): Row {
    for (; this.#known < this.inserts.length; this.#known++) {
      const known = this.inserts[this.#known];
      if (known !== undefined) this.#positions.set(known.row, this.#known);
    }
    const at = this.#positions.get(row) ?? -1;
    const insert = this.inserts[at];
    if (insert === undefined || insert.table !== table) {
      throw new TypeError(`Cannot change a row of ${table}: it is not part of this run`);
    }
    const changed = { ...insert.row, ...after };
    this.inserts[at] = { ...insert, row: changed };
    this.#positions.delete(row);
    this.#positions.set(changed, at);
    return changed;
  }

  /** Remembers a project whose flags all may look different now. */
  touchProject(project: Cell | undefined): void {
    if (typeof project === "number") this.#projects.add(project);
  }

  /** Ids of such projects. */
  get touchedProjects(): readonly number[] {
    return [...this.#projects].sort((a, b) => a - b);
  }

  /** Remembers an environment that existed before and whose flags change in this run. */
  touch(environment: Id): void {
    if (typeof environment === "number") this.#touched.set(idKey(environment), environment);
  }

  /** Ids of the environments that existed before and whose flags change. */
  get touchedEnvironments(): readonly number[] {
    return [...this.#touched.values()].filter((id) => typeof id === "number").sort((a, b) => a - b);
  }
}

/** The ids of a row in some columns as one key; undefined when one of them holds no id. */
function idKeys(row: Row, columns: readonly string[]): string | undefined {
  const keys: string[] = [];
  for (const column of columns) {
    const cell = row[column];
    if (typeof cell !== "number" && !isNewId(cell)) return undefined;
    keys.push(idKey(cell));
  }
  return keys.join(" ");
}

/**
 * Databases that a test is done with and that keep their connections for the next test of the same isolate: PostgreSQL looks
 * up what it knows of a database anew in each session, which takes longer than what most tests ask.
 */
import type { TestDatabase } from "./database.ts";
import type { KeptConnections } from "./kept_connections.ts";

/** A database with its connections, all idle and as new ones would be. */
export interface WarmDatabase {
  readonly database: TestDatabase;
  readonly kept: KeptConnections;
  /** How often it was used. */
  readonly uses: number;
}

/** How many an isolate keeps: tests of a file mostly begin with the same content, or with no other's. */
const MOST = 2;

/** Those of one isolate, by content; those used last are kept. */
export class WarmDatabases {
  readonly #list: { readonly content: string; readonly warm: WarmDatabase }[] = [];

  /** Takes a database with that content out; undefined when there is none. */
  take(content: string): WarmDatabase | undefined {
    const at = this.#list.findLastIndex((entry) => entry.content === content);
    return at < 0 ? undefined : this.#list.splice(at, 1)[0]?.warm;
  }

  /** Puts a database in; `cool` is called for each that there is no room for. */
  async put(content: string, warm: WarmDatabase, cool: Cool): Promise<void> {
    this.#list.push({ content, warm });
    await this.#shrink(MOST, cool);
  }

  /** Calls `cool` for all. */
  async empty(cool: Cool): Promise<void> {
    await this.#shrink(0, cool);
  }

  async #shrink(most: number, cool: Cool): Promise<void> {
    while (this.#list.length > most) {
      const oldest = this.#list.shift();
      if (oldest !== undefined) await cool(oldest.content, oldest.warm);
    }
  }
}

/** What is done to a database that is not kept: its connections are ended. */
export type Cool = (content: string, warm: WarmDatabase) => Promise<void>;

/** One draw: the same thing as a document for the program and as requests to the API. */
import type { Json } from "../../../tests/support/dump.ts";
import type { Draw } from "../../../tests/support/random_set/draw.ts";
import type { Answer, Request } from "../client.ts";
import type { Ask, Ground } from "./ground.ts";

/** What is put to both. */
export interface Trial {
  /** The lists of the document that says it. */
  readonly document: Readonly<Record<string, Json>>;
  /** The request that says it, or makes what the rest is said of. */
  readonly request: Request;
  /** Says the rest, where one request cannot: gives the first answer that refuses it. */
  readonly rest?: (answer: Answer, ask: Ask) => Promise<Answer | undefined>;
  /**
   * Uses what the API accepted, as SDKs would: gives the first request that makes it fail, or `undefined`. What is stored
   * without a word and breaks the API when it is read counts as refused.
   */
  readonly use?: (answer: Answer, ask: Ask) => Promise<Answer | undefined>;
  /** Removes what the API made. */
  readonly undo: (answer: Answer, ask: Ask) => Promise<unknown>;
}

/** A kind of thing that is drawn. */
export interface Subject {
  readonly name: string;
  draw(draw: Draw, ground: Ground): Trial;
}

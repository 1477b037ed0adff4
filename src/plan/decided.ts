/** A plan with all that it was made from. */
import type { RowSet } from "../database/row_set.ts";
import type { LiveContents } from "../snapshot/contents.ts";
import type { DatabaseState } from "../snapshot/state.ts";
import type { Plan } from "./plan.ts";

/** What a run decided, and what from. */
export interface Decided {
  readonly plan: Plan;
  readonly state: DatabaseState;
  readonly contents: LiveContents;
  /** Rows that go before anything is written: what is to be absent, with everything below it. */
  readonly removed: RowSet;
}

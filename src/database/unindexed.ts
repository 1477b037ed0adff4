/** Conditions that the planner is kept from beginning with. */
import { type Fragment, identifier, sql } from "./statement.ts";

/**
 * The same condition in a form for which no index is taken. Where there are no statistics, as right after thousands of
 * rows were written, the planner expects one row in two hundred where `deleted_at IS NULL` stands, and would read
 * everything that is live for each row that it looks up.
 */
export function unindexed(condition: Fragment): Fragment {
  return sql`(CASE WHEN ${condition} THEN true END)`;
}

/** The condition that the application has not deleted a row, in that form; `alias` is the row's name in the statement. */
export function isNotDeleted(alias: string): Fragment {
  return unindexed(sql`${identifier(alias)}.deleted_at IS NULL`);
}

/** Conditions that the planner is kept from beginning with. */

/**
 * The same condition in a form for which no index is taken. Where there are no statistics, as right after thousands of
 * rows were written, the planner expects one row in two hundred where `deleted_at IS NULL` stands, and would read
 * everything that is live for each row that it looks up.
 */
export function unindexed(condition: string): string {
  return condition === "true" ? condition : `(CASE WHEN ${condition} THEN true END)`;
}

/** The same of each `x.deleted_at IS NULL` in a text of SQL; columns are written with one letter and a dot. */
export function patiently(sql: string): string {
  return sql.replaceAll(/\b[a-z]\.deleted_at IS NULL/g, unindexed);
}

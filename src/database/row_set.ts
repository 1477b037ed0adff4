/** Rows by table: primary keys as text. */
export type RowSet = ReadonlyMap<string, ReadonlySet<string>>;

/** What names rows in the log whose primary key holds a secret: that of a master API key is made of its hash. */
import { LIVE_TABLES } from "./tables.ts";

/** Table → the unique column that stands for its rows; tables whose primary key may be shown have none. */
export const PUBLIC_KEYS: ReadonlyMap<string, string> = new Map(
  Object.values(LIVE_TABLES).flatMap(({ table, primaryKey, secretColumns = {} }) =>
    "id" in secretColumns ? [[table, primaryKey] as const] : []
  ),
);

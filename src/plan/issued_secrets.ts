/** Keys of environments, read back after the commit: of what was created as well as of what existed before. */
import { ids } from "../database/render.ts";
import { identifier, query, tableIn } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { READ_BACK } from "../database/session.ts";
import { KINDS } from "../kinds/index.ts";
import { ALL_KINDS, type KindName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Plan } from "./plan.ts";

/** Where the keys are that can be read back. */
const KEYS = KINDS.flatMap(({ spec: { name: kind }, handsOut }) =>
  typeof handsOut === "object" ? [{ kind, table: LIVE_TABLES[kind].table, column: handsOut.column }] : []
);

/** True for the kinds whose keys can be read back. */
export function hasReadableKey(kind: KindName): boolean {
  return typeof ALL_KINDS[kind].handsOut === "object";
}

/**
 * Client-side and server-side keys by resource index; entities that do not exist have none. `created` tells the ids of
 * what the run made.
 */
export async function readKeys(
  ask: Ask,
  schema: string,
  plan: Plan,
  created: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, string>> {
  const wanted = plan.decisions.flatMap((decision) => {
    const at = KEYS.findIndex((k) => k.kind === decision.resource.kind);
    const id = decision.action === "create"
      ? created.get(decision.resource.index)
      : decision.action === "delete"
      ? undefined
      : decision.live?.id;
    return at < 0 || typeof id !== "number" ? [] : [{ at, id, index: decision.resource.index }];
  });
  if (wanted.length === 0) return new Map();
  // Only tables are read of which there is something to say: the user may have no right on the others.
  const places = [...Map.groupBy(wanted, ({ at }) => at)];
  const answers = await ask(
    READ_BACK,
    places.flatMap(([at, list]) => {
      const key = KEYS[at];
      return key === undefined ? [] : [
        query`SELECT id, ${identifier(key.column)} AS key FROM ${tableIn(schema, key.table)} WHERE id = ANY(${
          ids(list.map(({ id }) => id))
        })`,
      ];
    }),
  );
  const keys = new Map(
    answers.flatMap((rows, n) =>
      rows.map((row) => [`${places[n]?.[0]} ${row["id"]}`, String(row["key"])] as const)
    ),
  );
  return new Map(wanted.flatMap(({ at, id, index }) => {
    const key = keys.get(`${at} ${id}`);
    return key === undefined ? [] : [[index, key] as const];
  }));
}

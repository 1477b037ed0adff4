/** Keys of environments, read back after the commit: of what was created as well as of what existed before. */
import { arrayLiteral, identifier } from "../database/literal.ts";
import type { Ask } from "../database/ask.ts";
import { READ_BACK } from "../database/session.ts";
import type { Plan } from "./plan.ts";

/** Where the key of a kind is. */
const KEYS = [
  { kind: "environment", table: "environments_environment", column: "api_key" },
  { kind: "server_side_environment_key", table: "environments_environmentapikey", column: "key" },
] as const;

/** True for the kinds whose keys can be read back. */
export function hasReadableKey(kind: string): boolean {
  return KEYS.some((k) => k.kind === kind);
}

/**
 * Client-side and server-side keys by resource index; entities that do not exist have none. `created` tells the ids of
 * what the run made.
 */
export async function readKeys(
  ask: Ask,
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
  const answers = await ask(
    READ_BACK,
    KEYS.map(({ table, column }, at) =>
      `SELECT id, ${identifier(column)} AS key FROM ${identifier(table)} WHERE id = ANY(${
        arrayLiteral(wanted.filter((w) => w.at === at).map((w) => w.id), "int4")
      })`
    ),
  );
  const keys = new Map(
    answers.flatMap((rows, at) => rows.map((row) => [`${at} ${row["id"]}`, String(row["key"])] as const)),
  );
  return new Map(wanted.flatMap(({ at, id, index }) => {
    const key = keys.get(`${at} ${id}`);
    return key === undefined ? [] : [[index, key] as const];
  }));
}

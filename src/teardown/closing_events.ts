/** What a teardown writes into the log: events that close the ones it undid. Pure. */
import type { ActiveEvent, NewEvent } from "../log/events.ts";
import type { RowSet } from "../database/row_set.ts";
import type { RemovalRequest } from "../removal/remove_entities.ts";
import type { Dependants } from "./dependent_rows.ts";
import type { Restoration } from "./restore.ts";

/** Keys that only name a row; another one may be a credential, such as `authtoken_token.key`. */
const NUMBER_OR_UUID = /^(?:-?\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** False for events that only took an entity into the log. */
export function touchesRows({ event, rows }: ActiveEvent): boolean {
  return event !== "adopted" ||
    [rows.inserted, rows.updated, rows.deleted].some((part) => Object.keys(part ?? {}).length > 0);
}

/** One event an entity: what was undone, newest entity first. */
export function closing(
  undone: ReadonlySet<ActiveEvent>,
  open: readonly ActiveEvent[],
  removed: RowSet,
  restoration: Restoration,
  cascaded: readonly Dependants[],
  leaving: RemovalRequest["leaving"],
): readonly NewEvent[] {
  const byAddress = Map.groupBy([...undone].sort((a, b) => b.seq - a.seq), (e) => e.address);
  const staying = Map.groupBy(open.filter((e) => !undone.has(e)), (e) => e.address);
  const keptBySeq = Map.groupBy(restoration.kept, (k) => k.seq);
  const events: NewEvent[] = [...byAddress].map(([address, group]) => {
    const created = group.find((e) => e.event === "created");
    const seqs = group.map((e) => e.seq).sort((a, b) => a - b);
    const kept = seqs.flatMap((seq) => keptBySeq.get(seq) ?? []).map(({ table, column, why }) => ({
      table,
      column,
      why,
    }));
    const last = staying.get(address)?.at(-1);
    const rotate = last?.details["rotate"];
    // A column that cannot be restored keeps a value that nobody may see.
    const secret = created === undefined
      ? secretColumns([...group, ...last === undefined ? [] : [last]])
      : [];
    const corrects = group.flatMap((e) => restoration.corrections.get(e.seq) ?? []);
    return {
      event: created === undefined ? "restored" : "deleted",
      kind: group[0]?.kind ?? "",
      address,
      contentHash: last?.contentHash,
      rows: {},
      details: {
        undoes: seqs,
        ...(rotate === undefined ? {} : { rotate }),
        ...(secret.length === 0 ? {} : { secret }),
        ...(kept.length === 0 ? {} : { kept }),
        ...(corrects.length === 0 ? {} : { corrects }),
      },
    };
  });
  for (const { kind, address } of leaving) {
    if (byAddress.has(address)) continue;
    events.push({
      event: "deleted",
      kind,
      address,
      contentHash: undefined,
      rows: {},
      details: { undoes: [] },
    });
  }
  if (cascaded.length === 0) return events;
  // Work of others that went with ours: named in an event of its own, since no entity of ours stands for it.
  return [...events, {
    event: "deleted",
    kind: "rows",
    address: "rows:cascade",
    contentHash: undefined,
    rows: {},
    details: {
      cascaded: cascaded.map(({ table, count, examples }) => ({
        table,
        count,
        examples,
        ids: [...removed.get(table) ?? []].filter((id) => NUMBER_OR_UUID.test(id)),
      })),
    },
  }];
}

/** Columns whose values came from secret sources. */
function secretColumns(events: readonly ActiveEvent[]): readonly string[] {
  return [
    ...new Set(
      events.flatMap(({ details: { secret } }) => (Array.isArray(secret) ? secret.map(String) : [])),
    ),
  ].sort();
}

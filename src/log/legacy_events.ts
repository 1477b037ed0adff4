/** What the first releases left out of the log and what later ones need: completed from other events. Pure. */
import type { ActiveEvent, OwnRow } from "./events.ts";
import { addressDepth, partsOfAddress } from "../kinds/address.ts";
import { ALL_SPECS, KIND_NAMES, type KindName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/**
 * Events whose own row has neither a uuid nor a row that it depends on: the first releases logged nothing more. The row that
 * it depends on is the one of the parent's own event; where the log has none, the event stays as it is.
 */
export function withParents(events: readonly ActiveEvent[]): readonly ActiveEvent[] {
  if (!events.some(lacksParent)) return events;
  const owners = new Map<string, OwnRow>();
  for (const { address, rows: { own } } of events) if (own !== undefined) owners.set(address, own);
  return events.map((event) => {
    const { own } = event.rows;
    const kind = KIND_NAMES.find((name) => name === event.kind);
    if (own === undefined || kind === undefined || !lacksParent(event)) return event;
    const above = parentAddress(kind, event.address);
    const parent = above === undefined ? undefined : owners.get(above);
    const column = LIVE_TABLES[kind].parentColumn;
    if (parent?.uuid === undefined || column === undefined) return event;
    return {
      ...event,
      rows: {
        ...event.rows,
        own: { ...own, parent: { column, table: parent.table, uuid: parent.uuid } },
      },
    };
  });
}

function lacksParent({ rows: { own } }: ActiveEvent): boolean {
  return own !== undefined && own.uuid === undefined && own.parent === undefined;
}

/** The address of what an entity belongs to: the first names of its own address. */
function parentAddress(kind: KindName, address: string): string | undefined {
  const { parent } = ALL_SPECS[kind];
  if (parent === undefined) return undefined;
  return `${parent}:${partsOfAddress(address).slice(0, addressDepth(parent)).join("/")}`;
}

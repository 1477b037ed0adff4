/**
 * Live rows that the log knows by another address: somebody renamed them, and the files followed. What it says of such a row
 * counts for the address that the entity has now (`docs/decisions/0017-addresses-and-renames.md`). Pure.
 */
import type { Answer } from "../database/session.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow } from "../kinds/live.ts";
import type { LastEvent } from "../log/events.ts";
import { type EventOfRow, readEventsOfRows, type WantedRow } from "../log/events_of_rows.ts";
import type { Rename } from "../log/former_addresses.ts";
import { isActive } from "../log/is_active.ts";
import type { CompareOwn } from "../log/latest_events.ts";
import { compareRow, type RowInTable } from "../log/own_rows.ts";
import type { LiveRows } from "./live.ts";

/** Resources with what is live of them and what the log says of their addresses. */
export interface Known {
  readonly resources: readonly Resource[];
  readonly live: LiveRows;
  /** Address of each resource, by index. */
  readonly addresses: readonly string[];
  readonly events: ReadonlyMap<string, LastEvent>;
}

/** A live row that the log may know by another address. */
export interface UnknownRow extends WantedRow {
  readonly address: string;
  readonly live: RowInTable;
  /** The newest event of its address, which is about another row or undone. */
  readonly event: LastEvent | undefined;
}

/** Live rows of whose address the log says nothing, or something of another row. */
export function unknownRows({ resources, live, addresses, events }: Known): readonly UnknownRow[] {
  return resources.flatMap((resource): readonly UnknownRow[] => {
    const address = addresses[resource.index] ?? "";
    const event = events.get(address);
    const { nameColumn, identity } = LIVE_TABLES[resource.kind];
    // What has no name of its own is replaced rather than renamed, by each new version of a flag for instance.
    if (isActive(event) && nameColumn === undefined) return [];
    const row = rowInTable(resource, live);
    if (row === undefined || (isActive(event) && compareRow(event.rows.own, row) !== "other")) return [];
    return [{
      n: resource.index,
      kind: resource.kind,
      key: identity(row.row).key,
      address,
      live: row,
      event,
    }];
  });
}

/** How the own row of an event and the live row of an address stand to each other. */
export function comparerOf({ resources, live, addresses }: Omit<Known, "events">): CompareOwn {
  let rows: ReadonlyMap<string, Resource> | undefined;
  return (address, event) => {
    rows ??= new Map(resources.map((resource) => [addresses[resource.index] ?? "", resource]));
    const resource = rows.get(address);
    const row = resource === undefined ? undefined : rowInTable(resource, live);
    return row === undefined ? "unknown" : compareRow(event.rows.own, row);
  };
}

/** What the log says of rows that it knows by another address. */
export interface KnownElsewhere {
  /** By the address that the entity has now. */
  readonly events: ReadonlyMap<string, LastEvent>;
  readonly renames: readonly Rename[];
}

/** Nothing is known by another address. */
export const NOWHERE: KnownElsewhere = { events: new Map(), renames: [] };

/** Reads the answer to `eventsOfRowsStatement` for unknown rows: what is about a row that only has the same key is left out. */
export function readKnownElsewhere(
  answer: readonly Answer[],
  wanted: readonly UnknownRow[],
): KnownElsewhere {
  const events = new Map<string, LastEvent>();
  const renames: Rename[] = [];
  const rows = new Map(wanted.map((row) => [row.n, row]));
  for (const found of readEventsOfRows(answer)) {
    const row = rows.get(found.n);
    if (row === undefined || found.event.seq === row.event?.seq) continue;
    if (compareRow(found.own, row.live) !== "same") continue;
    events.set(row.address, found.event);
    if (found.address !== row.address) renames.push(renameTo(row, found));
  }
  return { events, renames };
}

function renameTo({ address, event, live }: UnknownRow, { address: from, until }: EventOfRow): Rename {
  const isOther = event !== undefined && compareRow(event.rows.own, live) === "other";
  return { seq: isOther ? event.seq : -1, until, from, to: address };
}

/** The one live row of a resource, with what recognises it; undefined when there is none, or several. */
export function rowInTable(
  { index, kind, parent }: Resource,
  live: LiveRows,
): (RowInTable & Pick<LiveRow, "row">) | undefined {
  const [first, ...more] = live.get(index) ?? [];
  if (first === undefined || more.length > 0) return undefined;
  const uuid = parent === undefined ? undefined : live.get(parent.index)?.[0]?.row["uuid"];
  return {
    table: LIVE_TABLES[kind].table,
    row: first.row,
    parentUuid: typeof uuid === "string" ? uuid : undefined,
  };
}

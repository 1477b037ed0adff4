/** The rights that undoing what the log says may need. */
import { loggingNeeds } from "../apply/apply_needs.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed, Read } from "../database/session.ts";
import { query } from "../database/statement.ts";
import { ANCHOR } from "../database/begin.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import {
  type ActiveEvent,
  correctionsStatement,
  openEventsStatement,
  readActiveEvents,
} from "../log/active_events.ts";
import { publicCatalog } from "../log/catalog.ts";
import { underAddresses } from "../log/renames.ts";
import { LOG_TABLE } from "../log/table.ts";
import { isHistory } from "../removal/edges.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { removalNeeds } from "../removal/removal_needs.ts";
import { headNeeds } from "../log/head_needs.ts";
import type { Selection } from "./teardown.ts";

/** Gives the events that are undone. */
export type Choose = (open: readonly ActiveEvent[]) => Iterable<ActiveEvent>;

/** What `teardown` may need. */
export function teardownNeeds(selection: Selection, links: LinkChoices | undefined): MayNeed {
  return async (read) => {
    const choose: Choose = (open) => {
      switch (selection.kind) {
        case "all":
          return open;
        case "run":
          return open.filter(({ runId }) => runId === selection.runId);
        case "addresses":
          return underAddresses(open, selection.addresses);
      }
    };
    const { schema } = await publicCatalog(read);
    const removing = await undoingNeeds(read, schema, choose, links);
    return {
      looks: headNeeds().add("django_content_type", "SELECT").addAll(removing.reading),
      removing,
      writing: loggingNeeds(),
      creates: LOG_TABLE,
    };
  };
}

/**
 * What undoing events may need; all events that stand are compared with the live rows. Where the log cannot be read, any of its
 * events may be one of them.
 */
export async function undoingNeeds(
  read: Read,
  schema: string,
  choose: Choose,
  links: LinkChoices | undefined,
): Promise<Needs> {
  const open = await readOpen(read, schema);
  if (open === undefined) {
    const needs = await removalNeeds(read, schema, new Set(mappings().map(({ table }) => table)), links);
    for (const { writes, removes = [] } of mappings()) {
      for (const table of writes) if (!isHistory(table)) needs.add(table, "SELECT", "UPDATE");
      for (const table of removes) needs.add(table, "SELECT", "INSERT");
    }
    return needs;
  }
  const roots = new Set<string>();
  const needs = new Needs();
  for (const { rows } of open) {
    const { own, inserted = {} } = rows;
    for (const table of [own?.table, own?.parent?.table, ...Object.keys(inserted)]) {
      if (table !== undefined) needs.add(table, "SELECT");
    }
  }
  for (const { rows: { inserted = {}, updated = [], deleted = [] } } of choose(open)) {
    for (const table of Object.keys(inserted)) roots.add(table);
    for (const { table } of updated) needs.add(table, "SELECT", "UPDATE");
    for (const { table } of deleted) needs.add(table, "SELECT", "INSERT");
  }
  return needs.addAll(await removalNeeds(read, schema, roots, links));
}

/** What comparing the events that stand with the live rows may need. */
export async function comparingNeeds(read: Read, schema: string): Promise<Needs> {
  return (await undoingNeeds(read, schema, () => [], undefined)).reading.add("django_content_type", "SELECT");
}

function mappings(): readonly (typeof LIVE_TABLES)[keyof typeof LIVE_TABLES][] {
  return Object.values(LIVE_TABLES);
}

/** The events that stand, none without a log; undefined where the user may not read it. */
async function readOpen(read: Read, schema: string): Promise<readonly ActiveEvent[] | undefined> {
  const [answer] = await read([
    query`SELECT has_table_privilege(l.oid, 'SELECT') AND has_schema_privilege(l.relnamespace, 'USAGE') AS readable
FROM pg_class l JOIN pg_class o ON o.relnamespace = l.relnamespace WHERE o.oid = ${ANCHOR} AND l.relname = ${LOG_TABLE}`,
  ]);
  const [log] = answer ?? [];
  if (log === undefined) return [];
  if (log["readable"] !== true) return undefined;
  const [events, corrections] = await read([openEventsStatement(schema), correctionsStatement(schema)]);
  return readActiveEvents(events ?? [], corrections ?? []);
}

/** The rights that a reset may need: to undo, to remove, to empty, and to apply. */
import { type AppliedNeeds, writingNeeds } from "../apply/apply_needs.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed, Read } from "../database/session.ts";
import { addressOf } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { publicCatalog } from "../log/catalog.ts";
import { underAddresses } from "../log/renames.ts";
import { LOG_TABLE } from "../log/table.ts";
import { edgeStatements, readRowGraph } from "../removal/edges.ts";
import { removalNeeds, rootTables } from "../removal/removal_needs.ts";
import { decisionNeeds, lookNeeds } from "../snapshot/look_needs.ts";
import { undoingNeeds } from "../teardown/teardown_needs.ts";
import { KEPT_TABLES } from "./flush.ts";
import { TAKEN_OVER } from "./others.ts";

/** What a reset is about. */
export interface ResetNeeds extends AppliedNeeds {
  readonly takeOver: boolean;
  readonly flush: boolean;
  /** True when it is done again and again: a later one undoes what this one writes. */
  readonly repeats?: true;
}

/** What `reset` may need. */
export function resetNeeds(reset: ResetNeeds): MayNeed {
  return async (read) => {
    const catalog = await publicCatalog(read);
    const removing = reset.flush
      ? await emptyingNeeds(read, catalog.schema)
      : await takingNeeds(read, catalog.schema, reset);
    const looks = lookNeeds(reset.graph, catalog).addAll(decisionNeeds(reset.graph, catalog));
    return {
      looks: looks.add("django_content_type", "SELECT").addAll(removing.reading),
      removing,
      writing: writingNeeds(reset, catalog),
      creates: LOG_TABLE,
    };
  };
}

async function takingNeeds(
  read: Read,
  schema: string,
  { graph, links, takeOver, repeats }: ResetNeeds,
): Promise<Needs> {
  const declared = graph.resources.filter((r) => r.declaration !== undefined);
  const addresses = [...declared.map((r) => addressOf(r)), ...graph.rows.map(({ address }) => address)];
  const needs = await undoingNeeds(read, schema, (open) => underAddresses(open, addresses), links);
  const taken = declared.filter(({ kind, declaration }) => {
    const policy = declaration?.policy;
    return policy?.ensure === "absent" ||
      (TAKEN_OVER.has(kind) && (takeOver || policy?.takeOver === true));
  });
  const written = repeats === true
    ? [...declared.map(({ kind }) => LIVE_TABLES[kind].writes), graph.rows.map(({ row }) => row.table)]
    : [];
  const roots = new Set([...taken.map(rootTables), ...written].flat());
  return needs.addAll(await removalNeeds(read, schema, roots, links));
}

async function emptyingNeeds(read: Read, schema: string): Promise<Needs> {
  const { keys } = readRowGraph(schema, await read(edgeStatements(schema)));
  const needs = new Needs().add("django_site", "SELECT", "UPDATE");
  for (const table of keys.keys()) {
    if (!KEPT_TABLES.has(table) && table !== LOG_TABLE) needs.add(table, "DELETE");
  }
  return needs;
}

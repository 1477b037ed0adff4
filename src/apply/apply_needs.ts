/** The rights that applying a graph may need, whatever the database holds. */
import type { Catalog } from "../database/catalog.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import { sql } from "../database/statement.ts";
import { touchStatements } from "../database/touch.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { publicCatalog } from "../log/catalog.ts";
import { LOG_TABLE } from "../log/table.ts";
import { absenceNeeds } from "../plan/plan_needs.ts";
import { isHistory } from "../removal/edges.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { decisionNeeds, lookNeeds, mayChange } from "../snapshot/look_needs.ts";

/** What a run is about. */
export interface AppliedNeeds {
  readonly graph: Graph;
  readonly domain: DomainDeclaration | undefined;
  readonly links: LinkChoices | undefined;
}

/** What `apply` may need. */
export function applyNeeds(applied: AppliedNeeds): MayNeed {
  return async (read) => {
    const { graph, links } = applied;
    const catalog = await publicCatalog(read);
    const removing = await absenceNeeds(read, graph, catalog, links);
    return {
      looks: lookNeeds(graph, catalog).addAll(decisionNeeds(graph, catalog)).addAll(removing.reading),
      removing,
      writing: writingNeeds(applied, catalog),
      creates: LOG_TABLE,
    };
  };
}

/** Rights to append to the log. */
export function loggingNeeds(): Needs {
  return new Needs().add(LOG_TABLE, "SELECT", "INSERT");
}

/** What writing a graph may need, rows of tables without a kind, domain and log included. */
export function writingNeeds({ graph, domain }: Omit<AppliedNeeds, "links">, catalog: Catalog): Needs {
  const needs = loggingNeeds();
  if (domain !== undefined) needs.add("django_site", "SELECT", "UPDATE");
  for (const resource of graph.resources) {
    if (resource.declaration?.policy.ensure === "present") addEntity(needs, resource, catalog);
  }
  for (const { row } of graph.rows) {
    if (row.policy.ensure === "absent") continue;
    addInserting(needs.add(row.table, "SELECT"), row.table, catalog);
    if (row.policy.onExists === "update") needs.add(row.table, "UPDATE");
  }
  return needs;
}

function addEntity(needs: Needs, resource: Resource, catalog: Catalog): void {
  const { writes, removes = [], onlyChanged = [] } = LIVE_TABLES[resource.kind];
  const changes = mayChange(resource);
  for (const table of writes) {
    if (changes || !onlyChanged.includes(table)) addInserting(needs, table, catalog);
    if (changes && !isHistory(table)) needs.add(table, "SELECT", "UPDATE");
  }
  for (const table of removes) {
    // What has the column is marked as deleted.
    if (changes && catalog.tables.get(table)?.has("deleted_at") === false) {
      needs.add(table, "SELECT", "DELETE");
    }
  }
  // A new override moves the others of its flag.
  if (isSegmentOverride(resource.kind)) needs.add("features_featuresegment", "SELECT", "UPDATE");
  if (writes.some((table) => FLAG_TABLES.includes(table))) {
    needs.addStatements(
      touchStatements(catalog.schema, catalog.tables.has("environment-documents"), sql`true`),
      catalog.schema,
    );
  }
}

/** Tables whose rows flags are made of. */
const FLAG_TABLES: readonly string[] = ["features_featurestate", "segments_segment"];

/** The right to insert, with the sequence that ids are drawn from. */
function addInserting(needs: Needs, table: string, catalog: Catalog): void {
  needs.add(table, "INSERT");
  const columns = catalog.tables.get(table);
  const { sequence } = columns?.get("history_id") ?? columns?.get("id") ?? {};
  if (sequence !== undefined) needs.addSequence(sequence);
}

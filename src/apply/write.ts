/** Writes what a run has planned: rows, what makes SDKs notice them, the site's domain, and the log. */
import {
  type Allocation,
  allocationStatement,
  deleteStatements,
  insertStatements,
  readAllocation,
  updateStatements,
} from "../database/bulk.ts";
import { placeholderStatements } from "../database/placeholders.ts";
import { ids, typed, typeName } from "../database/render.ts";
import { castType } from "../database/column_value.ts";
import { command, identifier, list, query, sql, type Statement, tableIn } from "../database/statement.ts";
import { appendStatement, type NewEvent, type RunFacts } from "../log/events.ts";
import { withSequel } from "../database/errors.ts";
import { prepareLogStatements } from "../log/table.ts";
import type { Ask } from "../database/ask.ts";
import { touchStatements } from "../database/touch.ts";
import type { Plan } from "../plan/plan.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { arrivedStatements, checkArrived } from "./arrived_rows.ts";
import { eventsOf } from "./events.ts";
import { type FillSources, fillText, fillUnknownColumns, unknownCellStatements } from "./fill_columns.ts";
import { type KeptIds, withKeptIds } from "./kept_ids.ts";
import { rawRowEvents, writeRawRows, writtenRowsStatements } from "./raw_rows.ts";
import type { PlannedRows } from "./rows.ts";
import { withSecrets } from "./secret_cells.ts";

/** What is written, and how. */
export interface Write {
  readonly plan: Plan;
  readonly rows: PlannedRows;
  readonly state: Snapshot;
  readonly contents: Surroundings;
  readonly facts: RunFacts;
  readonly uuid: () => string;
  /** What unknown columns are filled from. */
  readonly fillSources: FillSources;
  /** Ids that new entities take over from those that a reset removed. */
  readonly keptIds: KeptIds | undefined;
}

/**
 * Draws ids, writes all rows and their events, and has PostgreSQL check every constraint, so that nothing is left to
 * the commit. Two round trips, three when rows without a kind are written: those are read back, since only the database
 * knows what its defaults have made of them. Gives the ids that were drawn.
 */
export async function writeRows(
  ask: Ask,
  { plan, rows, state, contents, facts, uuid, fillSources, keptIds }: Write,
): Promise<Allocation> {
  const { catalog } = state;
  const raw = writeRawRows(plan.rows, rows.batch, rows.idOf, uuid, state);
  const draw = allocationStatement(rows.batch.idCounts, catalog);
  const unknown = unknownCellStatements(rows.batch, catalog);
  const writesWith = (allocation: Allocation): readonly Statement[] => {
    const secret = withSecrets(rows.batch, plan, state);
    return [
      ...prepareLogStatements(catalog),
      ...touchedStatements(rows, state),
      ...placeholderStatements(secret.updates, secret.inserts, { ...catalog, rules: contents.rules }),
      ...insertStatements(secret.inserts, allocation, catalog),
      ...updateStatements(secret.updates, allocation, catalog),
      ...deleteStatements(secret.deletes, catalog),
      ...domainStatements(plan, state, fillSources),
    ];
  };
  const logging = appendStatement(catalog.schema, facts, []);
  const [drawnIds = [], ...cells] = draw === undefined && unknown.length === 0 ? [] : await withSequel(
    "nothing",
    ask("draw ids", [draw ?? query`SELECT 1 WHERE false`, ...unknown]),
    () => [...writesWith(anyIds(rows.batch.idCounts)), logging],
  );
  fillUnknownColumns(rows.batch, catalog, cells, fillSources);
  const allocation = withKeptIds(readAllocation(drawnIds), rows, plan, keptIds);
  const events = eventsOf(plan, rows, allocation, state);
  const writes = writesWith(allocation);
  const log = (list: readonly NewEvent[]): readonly Statement[] =>
    list.length === 0 ? [] : [appendStatement(catalog.schema, facts, list)];
  const last = command`SET CONSTRAINTS ALL IMMEDIATE`;
  if (raw.length === 0) {
    await withSequel("nothing", ask("write the rows", [...writes, ...log(events), last]));
  } else {
    const written = writtenRowsStatements(raw, allocation, catalog);
    const arrived = arrivedStatements(raw, rows.idOf, allocation, state);
    const all = (await withSequel(
      "nothing",
      ask("write the rows", [...writes, ...written, ...arrived]),
      () => [logging],
    )).slice(writes.length);
    const answers = all.slice(0, written.length);
    checkArrived(raw, all.slice(written.length));
    await withSequel(
      "nothing",
      ask("write the rows", [
        ...log([...events, ...rawRowEvents(raw, allocation, catalog, answers)]),
        last,
      ]),
    );
  }
  return allocation;
}

/** Any ids, for statements that are looked at and not run. */
function anyIds(counts: ReadonlyMap<string, number>): Allocation {
  return new Map([...counts].map(([table, count]) => [table, [...Array(count).keys()]]));
}

/** Sets the domain of `django_site`, when the plan does (`docs/flagsmith/projects.md#the-domain`). */
function domainStatements(
  plan: Plan,
  { catalog }: Snapshot,
  sources: FillSources,
): readonly Statement[] {
  if (plan.domain.action !== "set") return [];
  const table = tableIn(catalog.schema, "django_site");
  const domain = plan.domain.to;
  if (plan.domain.from !== undefined) return [command`UPDATE ${table} SET domain = ${domain} WHERE id = 1`];
  const fills = catalog.fills.get("django_site") ?? [];
  const names = ["id", "domain", "name", ...fills.map((fill) => fill.column)].map(identifier);
  const values = [
    sql`1`,
    sql`${domain}`,
    sql`left(${domain}, 50)`,
    ...fills.map((fill) => typed(fillText(fill, sources), typeName(castType(fill.type)))),
  ];
  return [command`INSERT INTO ${table} (${list(names)}) VALUES (${list(values)})`];
}

/**
 * Touches environments that existed before and whose flags changed. To be run before anything else is written: then
 * environments that this run makes keep the times they are made with, and keys are those that are in the cache.
 */
function touchedStatements(rows: PlannedRows, { catalog }: Snapshot): readonly Statement[] {
  const environments = rows.batch.touchedEnvironments;
  const projects = rows.batch.touchedProjects;
  if (environments.length === 0 && projects.length === 0) return [];
  return touchStatements(
    catalog.schema,
    catalog.tables.has("environment-documents"),
    sql`(id = ANY(${ids(environments)}) OR (project_id = ANY(${ids(projects)}) AND deleted_at IS NULL))`,
  );
}

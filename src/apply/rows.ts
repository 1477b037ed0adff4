/** Plan → rows: calls each kind's row functions in the order of work. Pure but for the random numbers handed in. */
import { type Id, idKey, type Row } from "../flagsmith/cell.ts";
import type { Clock } from "../flagsmith/clock.ts";
import { RowBatch } from "../flagsmith/row_batch.ts";
import { writtenRanks } from "../graph/priorities.ts";
import type { Resource } from "../graph/resource.ts";
import type { KindName } from "../kinds/kind.ts";
import { ROWS } from "../kinds/registry.ts";
import type { Credential, ProjectContents, RowContext } from "../kinds/rows.ts";
import { contentsOf, type LiveContents } from "../plan/contents.ts";
import type { Decision, Plan } from "../plan/plan.ts";
import type { DatabaseState } from "../plan/state.ts";

/** The rows of a run, and the own row of each entity that it creates or changes. */
export interface PlannedRows {
  readonly batch: RowBatch;
  readonly own: ReadonlyMap<number, Row>;
}

/** What row functions need beside the plan. */
export interface RowSources {
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly clientKey: () => string;
  readonly serverKey: () => string;
  readonly credentials: ReadonlyMap<number, Credential>;
}

/** Builds all rows. */
export function planRows(
  plan: Plan,
  state: DatabaseState,
  live: LiveContents,
  sources: RowSources,
): PlannedRows {
  const batch = new RowBatch();
  const ids = new Map<number, Id>();
  const own = new Map<number, Row>();
  // By id, because two references may lead to the same live project.
  const projects = new Map<string, ProjectContents>();
  const liveIdOf = (resource: Resource): Id | undefined => {
    const id = state.live.get(resource.index)?.[0]?.id;
    return typeof id === "number" ? id : undefined;
  };
  const created = plan.decisions.filter((d) => d.action === "create").map((d) => d.resource);
  const ranks = writtenRanks(created);
  const context: RowContext = {
    batch,
    clock: sources.clock,
    uuid: sources.uuid,
    clientKey: sources.clientKey,
    serverKey: sources.serverKey,
    idOf: (resource) => {
      const id = ids.get(resource.index) ?? liveIdOf(resource);
      if (id === undefined) {
        throw new TypeError(
          `Cannot refer to ${resource.kind} "${resource.name}": it is neither live nor created`,
        );
      }
      return id;
    },
    project: (resource) => {
      const key = idKey(context.idOf(resource));
      const known = projects.get(key) ?? contentsOf(resource, plan, state, live);
      projects.set(key, known);
      return known;
    },
    defaultGroups: (organisation) => live.defaultGroups.get(Number(liveIdOf(organisation) ?? -1)) ?? [],
    rowOf: (resource) => own.get(resource.index) ?? state.live.get(resource.index)?.[0]?.row ?? {},
    defaultStates: new Map(),
    options: new Map([...live.options].map(([id, list]) => [idKey(id), [...list]])),
    priorities: live.priorities,
    writtenRank: (resource) => ranks.get(resource) ?? 0,
    credential: (resource) => {
      const credential = sources.credentials.get(resource.index);
      if (credential === undefined) {
        throw new TypeError(`Cannot write ${resource.kind} "${resource.name}": its credential was not made`);
      }
      return credential;
    },
  };
  for (const decision of plan.decisions) {
    const row = writeDecision(decision, context, ids);
    if (row !== undefined) own.set(decision.resource.index, row);
  }
  return { batch, own };
}

function writeDecision(decision: Decision, context: RowContext, ids: Map<number, Id>): Row | undefined {
  const { resource } = decision;
  const { declaration } = resource;
  if (declaration === undefined) return undefined;
  const rows = ROWS[resource.kind satisfies KindName];
  context.batch.begin(resource.index);
  if (decision.action === "create") {
    const created = rows.create(declaration.fields, resource, context);
    ids.set(resource.index, created.id);
    return created.row;
  }
  if (decision.action === "update") {
    rows.update(declaration.fields, resource, decision.live, decision.after, context);
    return decision.live.row;
  }
  return decision.action === "adopt" ? decision.live.row : undefined;
}

/** Plan → rows: calls each kind's row functions in the order of work. Pure but for the random numbers handed in. */
import { type Id, idKey, type Row } from "../flagsmith/cell.ts";
import type { Clock } from "../flagsmith/clock.ts";
import { formerDefaults, type HasColumn, savingHabits } from "../flagsmith/releases.ts";
import { RowBatch } from "../flagsmith/row_batch.ts";
import { isKind } from "../declarations/declaration.ts";
import { writtenPlaces } from "../graph/priorities.ts";
import type { Resource } from "../graph/resource.ts";
import type { Entity } from "../kinds/entity.ts";
import { segmentOverrideSpec } from "../kinds/segment_override/spec.ts";
import { ALL_SPECS, type AnyFields, type KindName } from "../kinds/specs.ts";
import { KIND_ROWS } from "../kinds/tables.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import {
  type Credential,
  type DeclaredPriorities,
  type ProjectContents,
  type RowContext,
  stateKey,
} from "../kinds/rows.ts";
import { beginVersion, type OpenDraft, publishVersion } from "../kinds/version_rows.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import { orderOverrides } from "./override_order.ts";
import { contentsOf } from "./project_contents.ts";
import type { Decision, Plan } from "../plan/plan.ts";
import { settledContents } from "../plan/settled.ts";
import { removedByNewVersion } from "../plan/state_checks.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** The rows of a run, and the own row of each entity that it creates or changes. */
export interface PlannedRows {
  readonly batch: RowBatch;
  readonly own: ReadonlyMap<number, Row>;
  /** The primary key of an entity: live, or to be drawn. */
  readonly idOf: (resource: Resource) => Id;
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
  state: Snapshot,
  contents: Surroundings,
  sources: RowSources,
): PlannedRows {
  const live = settledContents(contents, plan);
  const batch = new RowBatch();
  const ids = new Map<number, Id>();
  const own = new Map<number, Row>();
  // By id, because two references may lead to the same live project.
  const projects = new Map<string, ProjectContents>();
  const liveIdOf = (resource: Entity): Id | undefined => {
    const id = state.live.get(resource.index)?.[0]?.id;
    return typeof id === "number" ? id : undefined;
  };
  const created = plan.decisions.filter((d) => d.action === "create").map((d) => d.resource);
  const places = writtenPlaces(plan.decisions.map((d) => d.resource), created);
  const leaving = new Set(
    plan.decisions.flatMap((
      d,
    ) => (d.action === "delete" && removedByNewVersion(d) ? [Number(d.live.id)] : [])),
  );
  const has: HasColumn = (table, column) =>
    column === undefined
      ? state.catalog.tables.has(table)
      : state.catalog.tables.get(table)?.has(column) === true;
  const drafts = new Map<string, OpenDraft & { readonly owner: number }>();
  const context: RowContext = {
    batch,
    has,
    habits: savingHabits(has),
    defaults: (table) => formerDefaults(table, state.catalog.level),
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
    beginningOptions: new Map(live.options),
    addedShares: new Map(),
    declaredPriorities: declaredPriorities(plan),
    priorities: live.priorities,
    details: live.details,
    draft: (feature, environment) => context.draftOf(context.idOf(feature), context.idOf(environment)),
    draftOf: (featureId, environmentId) => {
      const key = stateKey(featureId, environmentId);
      const states = live.details.versions.get(key);
      if (states === undefined) return undefined;
      const staying = states.filter(({ state }) => !leaving.has(Number(state["id"])));
      const draft = drafts.get(key) ??
        { ...beginVersion(featureId, environmentId, staying, context), owner: batch.owner };
      drafts.set(key, draft);
      return draft;
    },
    writtenPlace: (resource, next) => places.get(resource.index)?.(next) ?? next,
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
  orderOverrides(plan, own, context);
  for (const draft of drafts.values()) {
    batch.begin(draft.owner);
    publishVersion(draft, context);
  }
  return { batch, own, idOf: context.idOf };
}

/** The fields of an entity of which only the name counts. */
function ownName({ kind, name }: Resource): AnyFields {
  return { [ALL_SPECS[kind].identityField]: name } as unknown as AnyFields;
}

function writeDecision(decision: Decision, context: RowContext, ids: Map<number, Id>): Row | undefined {
  const { resource } = decision;
  const { declaration } = resource;
  if (declaration === undefined) return undefined;
  const rows = KIND_ROWS[resource.kind satisfies KindName];
  context.batch.begin(resource.index);
  if (decision.action === "create") {
    const created = rows.create(declaration.fields, resource, context);
    ids.set(resource.index, created.id);
    return created.row;
  }
  if (decision.action === "delete") {
    if (!removedByNewVersion(decision)) return undefined;
    const { feature_id: feature, environment_id: environment } = decision.live.row;
    context.draftOf(Number(feature), Number(environment));
    return decision.live.row;
  }
  if (decision.action === "update") {
    const { live, after, renamedFrom, rotates } = decision;
    // A name or credential alone changes whatever on_exists says; then the rest stays as it is.
    const fields = declaration.policy.onExists === "update" || (renamedFrom === undefined && rotates !== true)
      ? declaration.fields
      : ownName(resource);
    if (rotates !== true || decision.changes.some(({ kind }) => kind !== "rotated")) {
      rows.update(fields, resource, live, after, context);
    }
    if (rotates !== true) return live.row;
    const changed = { ...live, row: { ...live.row, ...after } };
    return rows.rotate?.(declaration.fields, resource, changed, context) ?? live.row;
  }
  if (decision.action === "skip") return decision.records === true ? decision.live?.row : undefined;
  return decision.live.row;
}

/** What is skipped keeps the priority that it has, whatever its file says. */
function declaredPriorities(plan: Plan): DeclaredPriorities {
  const ofStates = new Map<number, number>();
  const ofRows = new Map<number, number>();
  for (const decision of plan.decisions) {
    const { declaration } = decision.resource;
    if (declaration === undefined || !isKind(declaration, segmentOverrideSpec.name)) continue;
    const live = decision.action === "create" ? undefined : decision.live;
    const { priority } = declaration.fields;
    if (live === undefined || priority === undefined || declaration.policy.onExists !== "update") continue;
    ofStates.set(Number(live.id), priority);
    ofRows.set(Number(stateExtra(live).segment?.["id"]), priority);
  }
  return { ofStates, ofRows };
}

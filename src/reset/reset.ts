/**
 * `reset`: what the files own is removed and created again in one transaction, so that nobody sees a gap (`docs/cli.md#reset`).
 */
import { applyLocked, type ApplyOptions, type ApplyResult } from "../apply/apply.ts";
import { texts } from "../database/render.ts";
import { column, query, tableIn } from "../database/statement.ts";
import { type Committed, type LockedRun, runLocked } from "../log/run.ts";
import { guarded } from "../source/node.ts";
import type { Ask } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations } from "../declarations/declaration.ts";
import type { Graph } from "../graph/resource.ts";
import type { KeptIds } from "../apply/kept_ids.ts";
import { NOT_DELETED } from "../kinds/live.ts";
import { ALL_KINDS, KIND_NAMES, type KindName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { readWritableSchema, type Snapshot, takeSnapshot } from "../snapshot/state.ts";
import type { RowSet } from "../database/row_set.ts";
import { refuseProtected } from "../log/protect.ts";
import type { RemovalRequest } from "../removal/remove_entities.ts";
import { teardownLocked, type TeardownResult } from "../teardown/teardown.ts";
import { flushLocked } from "./flush.ts";
import { TAKEN_OVER } from "./others.ts";
import { shortenStatements } from "../log/shorten.ts";

/** How a reset behaves. */
export interface ResetOptions extends ApplyOptions {
  /** Each declared user and organisation goes first, whoever made it; a document may say so of itself. */
  readonly takeOver: boolean;
  /** Every table of the application is emptied first. */
  readonly flush: boolean;
  /** Drops what earlier runs of the same command left in the log and this one made void. */
  readonly shortensLog?: boolean;
}

/** What a reset did. */
export interface ResetResult {
  /** What went; undefined after a flush. */
  readonly torn: Omit<TeardownResult, keyof Committed> | undefined;
  readonly applied: ApplyResult;
}

/** What a reset did, before it is committed. */
interface LockedReset {
  readonly result:
    | { readonly torn: ResetResult["torn"]; readonly applied: Omit<ApplyResult, keyof Committed> }
    | undefined;
  readonly write: boolean;
}

/**
 * Resets. Returns undefined when the database showed mistakes in the input, which are then in `diagnostics`; throws
 * `ProvisionError` when the world refused. In both cases nothing was changed.
 */
export async function reset(
  session: Session,
  graph: Graph,
  declarations: Declarations,
  options: ResetOptions,
  diagnostics: Diagnostics,
): Promise<ResetResult | undefined> {
  const { result, written, confirmedAfterReconnect } = await runLocked(
    session,
    options,
    async (run) => {
      const locked = await resetLocked(run, graph, declarations, options, diagnostics);
      const { result, write } = locked;
      if (result !== undefined && write && !options.dryRun) {
        await options.beforeCommit?.(run.ask, result.applied);
      }
      return locked;
    },
  );
  return result === undefined
    ? undefined
    : { ...result, applied: { ...result.applied, written, confirmedAfterReconnect } };
}

async function resetLocked(
  run: LockedRun,
  graph: Graph,
  declarations: Declarations,
  options: ResetOptions,
  diagnostics: Diagnostics,
): Promise<LockedReset> {
  const { ask } = run;
  const catalog = await readWritableSchema(ask, graph, options.columnDefaults);
  const state = await takeSnapshot(ask, graph, lookAtAll(catalog));
  const { schema, logVersion } = state.catalog;
  await refuseProtected(ask, logVersion === 0 ? undefined : schema, options.protect);
  const keptIds = await chosenIds(ask, graph, state);
  let torn: ResetResult["torn"];
  if (options.flush) {
    await flushLocked(run, state.catalog, options);
  } else {
    const declared = graph.resources.filter((r) => r.declaration !== undefined);
    torn = await teardownLocked(run, {
      kind: "addresses",
      addresses: new Set([
        ...declared.map((r) => state.addresses[r.index] ?? ""),
        ...graph.rows.map((row) => row.address),
      ]),
    }, { ...options, cascade: true, also: await takenOver(ask, graph, state, options) });
  }
  const applying = { ...options, allowDelete: true, keptIds };
  const { result, write } = await applyLocked(run, graph, declarations, applying, diagnostics);
  if (result === undefined) return { result: undefined, write: false };
  const gone = options.flush || (torn?.undone.length ?? 0) > 0;
  // Only the owner of the log may drop events.
  if (options.shortensLog === true && state.catalog.ownsLog && (write || gone)) {
    options.onPhase?.("shorten the log");
    const { release } = state.catalog;
    const { command, toolVersion, source } = options;
    const facts = { runId: run.runId, command, toolVersion, schemaRelease: release, source };
    await ask("shorten the log", shortenStatements(schema, facts));
  }
  return { result: { torn, applied: withDeleted(result, torn, state) }, write: write || gone };
}

/** What was to be absent and went before the plan was made is reported as deleted. */
function withDeleted<R extends Omit<ApplyResult, keyof Committed>>(
  result: R,
  torn: ResetResult["torn"],
  before: Snapshot,
): R {
  const went = new Set((torn?.undone ?? []).filter((u) => u.event === "deleted").map((u) => u.address));
  const decisions = result.plan.decisions.map((decision) => {
    const { action, resource, hash } = decision;
    const live = before.live.get(resource.index)?.[0];
    return action === "skip" && decision.reason.kind === "absent" && live !== undefined &&
        went.has(before.addresses[resource.index] ?? "")
      ? { action: "delete" as const, resource, hash, live }
      : decision;
  });
  return { ...result, plan: { ...result.plan, decisions } };
}

/** The ids of entities that hold a key which the files choose and keep their ids with it. */
async function chosenIds(ask: Ask, graph: Graph, state: Snapshot): Promise<KeptIds> {
  const wanted = KIND_NAMES.flatMap((kind) => {
    const { keepsId, spec: { unique = [] } } = ALL_KINDS[kind];
    const chosen = unique.find(({ column }) => column === keepsId);
    const keys = graph.resources.flatMap(({ kind: own, declaration }) => {
      const key = own === kind && declaration !== undefined ? chosen?.value(declaration.fields) : undefined;
      if (key === undefined || declaration === undefined) return [];
      return [typeof key === "string" ? guarded(key, declaration.node) : key];
    });
    return keepsId === undefined || keys.length === 0 ? [] : [{ kind, keepsId, keys }];
  });
  if (wanted.length === 0) return new Map();
  const answers = await ask(
    "look for chosen keys",
    wanted.map(({ kind, keepsId, keys }) => {
      const key = column("t", keepsId);
      const table = tableIn(state.catalog.schema, LIVE_TABLES[kind].table);
      return query`SELECT ${key} AS key, t.id FROM ${table} t WHERE ${key} = ANY(${texts(keys)})`;
    }),
  );
  return new Map(wanted.map(({ kind }, at) => [
    kind,
    new Map((answers[at] ?? []).map((row) => [String(row["key"]), Number(row["id"])])),
  ]));
}

/** What goes although the log does not name it: absent entities; with `takeOver` declared users and organisations. */
async function takenOver(
  ask: Ask,
  graph: Graph,
  state: Snapshot,
  options: ResetOptions,
): Promise<RemovalRequest> {
  const leaving: RemovalRequest["leaving"][number][] = [];
  const names = new Map<KindName, string[]>();
  for (const { index, kind, declaration, key } of graph.resources) {
    if (declaration === undefined) continue;
    const absent = declaration.policy.ensure === "absent";
    const taken = (options.takeOver || declaration.policy.takeOver) && TAKEN_OVER.has(kind);
    if (!absent && !taken) continue;
    if (taken) names.set(kind, [...names.get(kind) ?? [], key]);
    const live = state.live.get(index)?.[0];
    if (live === undefined) continue;
    leaving.push({
      kind,
      live,
      withOrganisations: declaration.policy.withOrganisations,
      address: state.addresses[index] ?? "",
    });
  }
  return { leaving, roots: await deletedNamesakes(ask, names, state) };
}

/** Entities of these names that were deleted in the application: they stay as rows and hold names and keys. */
async function deletedNamesakes(
  ask: Ask,
  names: ReadonlyMap<KindName, readonly string[]>,
  state: Snapshot,
): Promise<RowSet> {
  const wanted = [...names].filter(([kind]) => LIVE_TABLES[kind].live.includes(NOT_DELETED));
  if (wanted.length === 0) return new Map();
  const answers = await ask(
    "look for deleted organisations",
    wanted.map(([kind, keys]) => {
      const { table, nameColumn = "name" } = LIVE_TABLES[kind];
      return query`SELECT t.id FROM ${
        tableIn(state.catalog.schema, table)
      } t WHERE t.deleted_at IS NOT NULL AND ${column("t", nameColumn)} = ANY(${texts(keys)})`;
    }),
  );
  return new Map(wanted.flatMap(([kind], at) => {
    const ids = new Set((answers[at] ?? []).map((row) => String(row["id"])));
    return ids.size === 0 ? [] : [[LIVE_TABLES[kind].table, ids]];
  }));
}

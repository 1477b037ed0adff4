/**
 * `reset`: what the files own is removed and created again in one transaction, so that nobody sees a gap (`docs/cli.md#reset`).
 */
import { applyLocked, type ApplyOptions, type ApplyResult } from "../apply/apply.ts";
import { texts } from "../database/render.ts";
import { query, tableIn } from "../database/statement.ts";
import { type Committed, type LockedRun, runLocked } from "../log/run.ts";
import { guarded } from "../source/node.ts";
import type { Ask } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { type Declarations, isKind } from "../declarations/declaration.ts";
import type { Graph } from "../graph/resource.ts";
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
  const environmentIds = await chosenEnvironments(ask, graph, state);
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
  const applying = { ...options, allowDelete: true, environmentIds };
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

/** Environments that hold a key which the files choose: key → primary key. */
async function chosenEnvironments(
  ask: Ask,
  graph: Graph,
  state: Snapshot,
): Promise<ReadonlyMap<string, number>> {
  const keys = graph.resources.flatMap(({ declaration }) =>
    declaration !== undefined && isKind(declaration, "environment") &&
      declaration.fields.api_key !== undefined
      ? [guarded(declaration.fields.api_key, declaration.node)]
      : []
  );
  if (keys.length === 0) return new Map();
  const [answer] = await ask("look for chosen keys", [
    query`SELECT api_key, id FROM ${
      tableIn(state.catalog.schema, "environments_environment")
    } WHERE api_key = ANY(${texts(keys)})`,
  ]);
  return new Map((answer ?? []).map((row) => [String(row["api_key"]), Number(row["id"])]));
}

/** What goes although the log does not name it: absent entities; with `takeOver` declared users and organisations. */
async function takenOver(
  ask: Ask,
  graph: Graph,
  state: Snapshot,
  options: ResetOptions,
): Promise<RemovalRequest> {
  const leaving: RemovalRequest["leaving"][number][] = [];
  const names: string[] = [];
  for (const { index, kind, declaration, key } of graph.resources) {
    if (declaration === undefined) continue;
    const absent = declaration.policy.ensure === "absent";
    const taken = (options.takeOver || declaration.policy.takeOver) && TAKEN_OVER.has(kind);
    if (!absent && !taken) continue;
    if (taken && kind === "organisation") names.push(key);
    const live = state.live.get(index)?.[0];
    if (live === undefined) continue;
    leaving.push({
      kind,
      live,
      withOrganisations: declaration.policy.withOrganisations,
      address: state.addresses[index] ?? "",
    });
  }
  return { leaving, roots: await deletedOrganisations(ask, names, state) };
}

/** Organisations of these names that were deleted in the application: they stay as rows and hold names and keys. */
async function deletedOrganisations(
  ask: Ask,
  names: readonly string[],
  state: Snapshot,
): Promise<RowSet> {
  if (names.length === 0) return new Map();
  const [answer] = await ask("look for deleted organisations", [
    query`SELECT id FROM ${
      tableIn(state.catalog.schema, "organisations_organisation")
    } WHERE deleted_at IS NOT NULL AND name = ANY(${texts(names)})`,
  ]);
  const ids = new Set((answer ?? []).map((row) => String(row["id"])));
  return ids.size === 0 ? new Map() : new Map([["organisations_organisation", ids]]);
}

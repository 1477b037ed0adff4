/** One run: look, lock, decide, write, commit (`docs/architecture.md#life-of-an-apply`). */
import type { KeptIds } from "./kept_ids.ts";
import type { RunFacts } from "../log/events.ts";
import { type Committed, type LockedRun, runLocked, type RunOptions } from "../log/run.ts";
import { type Ask, readOnly } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations } from "../declarations/declaration.ts";
import { steppingClock } from "../flagsmith/clock.ts";
import { newClientKey, newServerKey } from "../flagsmith/keys.ts";
import type { Graph } from "../graph/resource.ts";
import { readContents } from "../snapshot/contents.ts";
import { makePlan } from "../plan/make_plan.ts";
import { hasRecords, hasWork, type Plan } from "../plan/plan.ts";
import type { RowSet } from "../database/row_set.ts";
import { type Decided, decideRun, removedRows } from "../plan/decided.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { plannedFills, plannedUnknown } from "../plan/planned_fills.ts";
import type { ColumnDefaults } from "../snapshot/column_defaults.ts";
import type { ColumnFill } from "../database/column_fill.ts";
import { readWritableSchema, type Snapshot, takeSnapshot } from "../snapshot/state.ts";
import { NOTHING_UNKNOWN, type UnknownParts } from "../snapshot/unknown_parts.ts";
import { LOG_VERSION } from "../log/table.ts";
import { refuseProtected } from "../log/protect.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { removeRows } from "../removal/remove_entities.ts";
import { passwordIterations } from "../flagsmith/releases.ts";
import type { Secret } from "../source/secret.ts";
import { checkNestedRemovals } from "../plan/nested_removals.ts";
import { checkDeletions, checkFreedKeys } from "../plan/plan_checks.ts";
import { type HashSecret, makeCredentials } from "./credentials.ts";
import { createdIds, type NewUser, newUsers } from "./created.ts";
import { planRows } from "./rows.ts";
import { writeRows } from "./write.ts";

/** How a run behaves. */
export interface ApplyOptions extends RunOptions {
  /** True when the findings so far must stop the run. */
  readonly refuses: (diagnostics: Diagnostics) => boolean;
  /** `ensure: absent` may delete. */
  readonly allowDelete: boolean;
  /** `FLAGSMITH_PROVISION_PROTECT`: when it, or the log, protects the instance, nothing is deleted. */
  readonly protect: string | undefined;
  /** Values of columns that the program does not know; without them such a column is refused. */
  readonly columnDefaults?: ColumnDefaults;
  /** What becomes of rows that refer to what goes by a column that the program does not know. */
  readonly links?: LinkChoices;
  /** Ids that new entities take over from those that a reset removed. */
  readonly keptIds?: KeptIds;
  /** Hashes passwords and keys; a server that resets again and again remembers them, since hashing is meant to be slow. */
  readonly hash?: HashSecret;
  /** How many passwords and keys are hashed at a time. */
  readonly parallelism: number;
  /**
   * Called when everything is written, right before the commit, so that what must not fail afterwards is tried; what it
   * throws rolls the run back. Not called for dry runs, nor when nothing is written.
   */
  readonly beforeCommit?: (ask: Ask, result: UncommittedResult) => Promise<void>;
  /** Told what was decided under the lock, before anything is written for good; what it throws stops the run. */
  readonly expect?: (decided: Decided) => void;
}

/** What a run did. */
export interface ApplyResult extends Committed {
  /** Schema of Flagsmith's tables. */
  readonly schema: string;
  readonly plan: Plan;
  /** Rows that were removed before anything was written. */
  readonly removed: RowSet;
  /** Address of each resource, by index. */
  readonly addresses: readonly string[];
  readonly dryRun: boolean;
  /** Values of master API keys that were created, by resource index. */
  readonly masterKeys: ReadonlyMap<number, Secret>;
  /** Passwords that were made up for created users, by resource index. */
  readonly passwords: ReadonlyMap<number, Secret>;
  /** Ids of created environments and server-side keys, by resource index. */
  readonly created: ReadonlyMap<number, number>;
  /** Created users without a usable password. */
  readonly newUsers: readonly NewUser[];
  /** Domain of `django_site` after the run. */
  readonly site: string | undefined;
  /** Columns that the program does not know and that new rows of the run fill. */
  readonly fills: readonly ColumnFill[];
  /** What the program does not know of the tables that the run wrote. */
  readonly unknown: UnknownParts;
}

/** A result, but for what only the commit tells. */
export type UncommittedResult = Omit<ApplyResult, keyof Committed>;

/**
 * Applies a graph. Returns undefined when the database showed mistakes in the input, which are then in `diagnostics`;
 * throws `ProvisionError` when the world refused. In both cases nothing was changed.
 */
export async function apply(
  session: Session,
  graph: Graph,
  declarations: Declarations,
  options: ApplyOptions,
  diagnostics: Diagnostics,
): Promise<ApplyResult | undefined> {
  const look = readOnly(session, options.lockTimeout);
  const state = await takeSnapshot(
    look,
    graph,
    lookAtAll(await readWritableSchema(look, graph, options.columnDefaults)),
  );
  // What is found here counts only when it ends the run: under the lock everything is looked at again.
  const found = new Diagnostics();
  const plan = makePlan(graph, declarations.domain, state, found);
  checkDeletions(plan, options, found);
  const stops = options.refuses(found);
  const isDone = !hasWork(plan) && !hasRecords(plan);
  if (stops || isDone) diagnostics.addAll(found);
  if (stops) return undefined;
  if (isDone) {
    if (options.expect !== undefined) {
      const contents = await readContents(look, plan.decisions, [], state);
      options.expect({ plan, state, contents, removal: undefined, nested: [] });
    }
    return { ...nothingDone(plan, state, options), written: false, confirmedAfterReconnect: false };
  }
  const { result, written, confirmedAfterReconnect } = await runLocked(
    session,
    options,
    async (run) => {
      const locked = await applyLocked(run, graph, declarations, options, diagnostics);
      const { result, write } = locked;
      if (result !== undefined && write && !options.dryRun) await options.beforeCommit?.(run.ask, result);
      return locked;
    },
  );
  return result === undefined ? undefined : { ...result, written, confirmedAfterReconnect };
}

/** What `applyLocked` gives: the result, but for what only the commit tells. */
export interface LockedResult {
  readonly result: UncommittedResult | undefined;
  readonly write: boolean;
}

function nothingDone(
  plan: Plan,
  state: Snapshot,
  options: RunOptions,
): Omit<ApplyResult, keyof Committed> {
  const { addresses } = state;
  return {
    plan,
    removed: new Map(),
    addresses,
    dryRun: options.dryRun,
    masterKeys: new Map(),
    passwords: new Map(),
    created: new Map(),
    newUsers: [],
    schema: state.catalog.schema,
    site: state.site,
    fills: [],
    unknown: NOTHING_UNKNOWN,
  };
}

/**
 * Applies a graph inside the transaction of a run: decides under the lock, writes rows and log. The result is undefined
 * when the database showed mistakes in the input, which are then in `diagnostics`.
 */
export async function applyLocked(
  { runId, ask, compute, now }: LockedRun,
  graph: Graph,
  declarations: Declarations,
  options: ApplyOptions,
  diagnostics: Diagnostics,
): Promise<LockedResult> {
  const phase = options.onPhase ?? (() => {});
  const clock = steppingClock(now);
  const decided = await decideRun(
    ask,
    graph,
    declarations.domain,
    { refuses: options.refuses, locks: true, columnDefaults: options.columnDefaults, links: options.links },
    diagnostics,
  );
  if (decided === undefined) return { result: undefined, write: false };
  const { plan, state, contents, removal, nested } = decided;
  checkDeletions(plan, options, diagnostics);
  checkFreedKeys(removal, options, diagnostics);
  checkNestedRemovals(nested, options, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  options.expect?.(decided);
  if (!hasWork(plan) && !hasRecords(plan)) return { result: nothingDone(plan, state, options), write: false };
  const hashing = "hash passwords and keys";
  phase(hashing);
  const credentials = await compute(
    hashing,
    (interruption) =>
      makeCredentials(plan, {
        hash: options.hash,
        iterations: passwordIterations(state.catalog.level),
        parallelism: options.parallelism,
        interruption,
      }),
  );
  const { catalog } = state;
  const facts: RunFacts = {
    runId,
    command: options.command,
    toolVersion: options.toolVersion,
    schemaRelease: catalog.release,
    source: options.source,
  };
  if (removal !== undefined) {
    phase("remove the rows");
    // Freeing a key that only a deleted row of ours holds takes nothing from anybody.
    if (removal.leaving.length > 0 || plan.rows.some((d) => d.action === "delete")) {
      await refuseProtected(ask, catalog.logVersion === 0 ? undefined : catalog.schema, options.protect);
    }
    await removeRows(ask, catalog, removal, facts);
  }
  phase("write the rows");
  const rows = planRows(plan, state, contents, {
    clock,
    uuid: options.uuid,
    clientKey: () => newClientKey(),
    serverKey: () => newServerKey(),
    credentials: credentials.stored,
  });
  const allocation = await writeRows(ask, {
    plan,
    rows,
    // The removal made the log where there was none.
    state: removal === undefined ? state : { ...state, catalog: { ...catalog, logVersion: LOG_VERSION } },
    contents,
    facts,
    uuid: options.uuid,
    fillSources: { now: clock.tick(), uuid: options.uuid, clientKey: newClientKey, serverKey: newServerKey },
    keptIds: options.keptIds,
  });
  return {
    write: true,
    result: {
      plan,
      removed: removedRows(decided),
      addresses: state.addresses,
      dryRun: options.dryRun,
      masterKeys: credentials.masterKeys,
      passwords: credentials.passwords,
      created: createdIds(plan, rows, allocation),
      newUsers: newUsers(plan, rows, allocation),
      schema: state.catalog.schema,
      site: plan.domain.action === "set" ? plan.domain.to : state.site,
      fills: plannedFills(plan, state.catalog),
      unknown: plannedUnknown(plan, state, contents),
    },
  };
}

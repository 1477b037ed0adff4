/** One run: look, lock, decide, write, commit (`spec` section 4). */
import {
  type Allocation,
  allocationStatement,
  deleteStatements,
  insertStatements,
  readAllocation,
  updateStatements,
} from "../database/bulk.ts";
import { arrayLiteral, identifier, literal } from "../database/literal.ts";
import { appendStatement, type NewEvent, type RunFacts } from "../database/log.ts";
import { prepareLogStatements } from "../database/log_table.ts";
import { type Committed, type LockedRun, readOnly, runLocked, type RunOptions } from "../database/run.ts";
import type { Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations } from "../documents/declaration.ts";
import { isKind } from "../documents/declaration.ts";
import { steppingClock } from "../flagsmith/clock.ts";
import { newClientKey, newServerKey } from "../flagsmith/keys.ts";
import { isNewId } from "../flagsmith/cell.ts";
import type { Graph } from "../graph/resource.ts";
import { type LiveContents, readContents } from "../plan/contents.ts";
import { decide } from "../plan/decide.ts";
import { leavesVersion } from "../plan/state_checks.ts";
import { hasReadableKey } from "../plan/handed_out.ts";
import { hasWork, type Plan } from "../plan/plan.ts";
import { type DatabaseState, readSchema, readState } from "../plan/state.ts";
import { refuseProtected } from "../removal/protect.ts";
import type { RowSet } from "../removal/closure.ts";
import { type TakeAway, takeAway } from "../removal/take_away.ts";
import type { Secret } from "../source/secret.ts";
import { checkAllocatedOptions, checkDeletions, checkTaken } from "./checks.ts";
import { type HashSecret, makeCredentials } from "./credentials.ts";
import { eventsOf } from "./events.ts";
import { rawRowEvents, writeRawRows, writtenRowsStatements } from "./raw_rows.ts";
import { type PlannedRows, planRows } from "./rows.ts";

/** How a run behaves. */
export interface ApplyOptions extends RunOptions {
  /** True when the findings so far must stop the run. */
  readonly refuses: (diagnostics: Diagnostics) => boolean;
  /** `ensure: absent` may delete. */
  readonly allowDelete: boolean;
  /** `FLAGSMITH_PROVISION_PROTECT`: when it, or the log, protects the instance, nothing is deleted. */
  readonly protect: string | undefined;
  /** Ids that new environments take over, by their chosen client-side key (`spec` section 7, reset). */
  readonly environmentIds?: ReadonlyMap<string, number>;
  /** Hashes passwords and keys; a server that resets again and again remembers them, since hashing is meant to be slow. */
  readonly hash?: HashSecret;
  /** Told what was decided under the lock, before anything is written for good; what it throws stops the run. */
  readonly expect?: (decided: Decided) => void;
}

/** What a run decided, and what from. */
export interface Decided {
  readonly plan: Plan;
  readonly state: DatabaseState;
  readonly contents: LiveContents;
  /** Rows that go before anything is written: what is to be absent, with everything below it. */
  readonly removed: RowSet;
}

/** A user that was created and can only get in by a reset link. */
export interface NewUser {
  readonly id: number;
  readonly email: string;
  readonly passwordColumn: string;
  readonly superuser: boolean;
}

/** What a run did. */
export interface ApplyResult extends Committed {
  readonly plan: Plan;
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
}

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
  const state = await readState(look, graph, await readSchema(look, graph));
  const plan = decide(graph, declarations.domain, state, diagnostics);
  checkDeletions(plan, options, diagnostics);
  if (options.refuses(diagnostics)) return undefined;
  if (!hasWork(plan)) {
    if (options.expect !== undefined) {
      options.expect({ plan, state, contents: await readContents(look, plan, state), removed: new Map() });
    }
    return { ...nothingDone(plan, state, options), written: false, learnedLate: false };
  }
  const { result, written, learnedLate } = await runLocked(
    session,
    options,
    (run) => applyLocked(run, graph, declarations, options, diagnostics),
  );
  return result === undefined ? undefined : { ...result, written, learnedLate };
}

/** What `applyLocked` gives: the result, but for what only the commit tells. */
export interface LockedResult {
  readonly result: Omit<ApplyResult, keyof Committed> | undefined;
  readonly write: boolean;
}

function nothingDone(
  plan: Plan,
  state: DatabaseState,
  options: RunOptions,
): Omit<ApplyResult, keyof Committed> {
  const { addresses } = state;
  return {
    plan,
    addresses,
    dryRun: options.dryRun,
    masterKeys: new Map(),
    passwords: new Map(),
    created: new Map(),
    newUsers: [],
    site: state.site,
  };
}

/**
 * Applies a graph inside the transaction of a run: decides under the lock, writes rows and log. The result is undefined
 * when the database showed mistakes in the input, which are then in `diagnostics`.
 */
export async function applyLocked(
  { runId, ask, now }: LockedRun,
  graph: Graph,
  declarations: Declarations,
  options: ApplyOptions,
  diagnostics: Diagnostics,
): Promise<LockedResult> {
  const phase = options.onPhase ?? (() => {});
  const clock = steppingClock(now);
  let state = await readState(ask, graph, await readSchema(ask, graph));
  let plan = decide(graph, declarations.domain, state, diagnostics);
  checkDeletions(plan, options, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  let contents = await readContents(ask, plan, state);
  const facts = (): RunFacts => ({
    runId,
    command: options.command,
    toolVersion: options.toolVersion,
    schemaRelease: state.catalog.release,
    source: options.source,
  });
  const away = takenAway(plan, contents, state);
  const takesAway = away.leaving.length > 0 || away.roots.size > 0;
  let removed: RowSet = new Map();
  if (takesAway) {
    phase("remove the rows");
    const { schema, logVersion } = state.catalog;
    // Freeing a key that only a deleted row of ours holds takes nothing from anybody.
    if (away.leaving.length > 0 || plan.rows.some((d) => d.action === "delete")) {
      await refuseProtected(ask, logVersion === 0 ? undefined : schema, options.protect);
    }
    removed = await takeAway(ask, state.catalog, away, facts(), clock.tick());
    const deletions = new Map(
      plan.decisions.filter((d) => d.action === "delete").map((d) => [d.resource.index, d]),
    );
    // What is left decides about the rest; what went is reported as it was decided.
    const rowDeletions = new Map(
      plan.rows.filter((d) => d.action === "delete").map((d) => [d.resource.address, d]),
    );
    state = await readState(ask, graph, await readSchema(ask, graph));
    plan = decide(graph, declarations.domain, state, diagnostics);
    plan = {
      ...plan,
      decisions: plan.decisions.map((d) => deletions.get(d.resource.index) ?? d),
      rows: plan.rows.map((d) => rowDeletions.get(d.resource.address) ?? d),
    };
    contents = await readContents(ask, plan, state);
  }
  checkTaken(plan, contents, state, diagnostics);
  checkAllocatedOptions(plan, contents, state, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  options.expect?.({ plan, state, contents, removed });
  if (!hasWork(plan)) return { result: nothingDone(plan, state, options), write: false };
  phase("hash passwords and keys");
  const credentials = await makeCredentials(plan, options.hash);
  phase("write the rows");
  const rows = planRows(plan, state, contents, {
    clock,
    uuid: options.uuid,
    clientKey: () => newClientKey(),
    serverKey: () => newServerKey(),
    credentials: credentials.stored,
  });
  const raw = writeRawRows(plan.rows, rows.batch, rows.idOf, options.uuid, state.catalog);
  const draw = allocationStatement(rows.batch.idCounts, state.catalog);
  const allocation = draw === undefined ? new Map<string, readonly number[]>() : withKeptIds(
    readAllocation((await ask("draw ids", [draw]))[0] ?? []),
    rows,
    plan,
    options.environmentIds,
  );
  const { catalog } = state;
  const events = eventsOf(plan, rows, allocation, state);
  const writes = [
    ...prepareLogStatements(catalog),
    ...touchStatements(rows, state, clock.tick()),
    ...insertStatements(rows.batch.inserts, allocation, catalog),
    ...updateStatements(rows.batch.updates, allocation, catalog),
    ...deleteStatements(rows.batch.deletes, catalog),
    ...domainStatements(plan, state),
  ];
  const log = (list: readonly NewEvent[]): readonly string[] =>
    list.length === 0 ? [] : [appendStatement(catalog.schema, facts(), list)];
  const last = "SET CONSTRAINTS ALL IMMEDIATE";
  if (raw.length === 0) await ask("write the rows", [...writes, ...log(events), last]);
  else {
    const written = writtenRowsStatements(raw, allocation, catalog);
    const answers = (await ask("write the rows", [...writes, ...written])).slice(writes.length);
    await ask("write the rows", [
      ...log([...events, ...rawRowEvents(raw, allocation, catalog, answers)]),
      last,
    ]);
  }
  return {
    write: true,
    result: {
      plan,
      addresses: state.addresses,
      dryRun: options.dryRun,
      masterKeys: credentials.masterKeys,
      passwords: credentials.passwords,
      created: createdIds(plan, rows, allocation),
      newUsers: newUsers(plan, rows, allocation),
      site: plan.domain.action === "set" ? plan.domain.to : state.site,
    },
  };
}

/** What goes before anything is written: entities that are to be absent, and deleted rows of ours that hold a chosen key. */
export function takenAway(plan: Plan, contents: LiveContents, state: DatabaseState): TakeAway {
  const leaving: TakeAway["leaving"][number][] = [];
  const keys = new Set<string>();
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const { declaration } = resource;
    const address = state.addresses[resource.index] ?? "";
    if (leavesVersion(decision)) continue;
    if (action === "delete") {
      leaving.push({
        kind: resource.kind,
        live: decision.live,
        withOrganisations: declaration?.policy.withOrganisations === true,
        address,
      });
    } else if (action === "create" && declaration !== undefined && isKind(declaration, "environment")) {
      const holder = contents.takenKeys.get(declaration.fields.api_key ?? "");
      const own = state.events.get(address)?.rows.own;
      if (holder?.deleted === true && own?.uuid !== undefined && own.uuid === holder.uuid) {
        keys.add(String(holder.id));
      }
    }
  }
  const roots = new Map<string, ReadonlySet<string>>(
    keys.size === 0 ? [] : [["environments_environment", keys]],
  );
  const gone = plan.rows.filter((d) => d.action === "delete");
  for (const { resource: { row }, primaryKey, live } of gone) {
    roots.set(row.table, new Set([...roots.get(row.table) ?? [], String(live?.[primaryKey])]));
  }
  return { leaving, roots, named: gone.map((d) => ({ kind: "row", address: d.resource.address })) };
}

/** An environment with a chosen key keeps its primary key, because the API remembers key → environment for a minute. */
function withKeptIds(
  allocation: Allocation,
  rows: PlannedRows,
  plan: Plan,
  kept: ReadonlyMap<string, number> | undefined,
): Allocation {
  if (kept === undefined || kept.size === 0) return allocation;
  const table = "environments_environment";
  const ids = [...allocation.get(table) ?? []];
  for (const { action, resource } of plan.decisions) {
    const row = rows.own.get(resource.index);
    const id = action === "create" && resource.kind === "environment" ? row?.["id"] : undefined;
    const before = kept.get(String(row?.["api_key"]));
    if (isNewId(id) && before !== undefined) ids[id.ordinal] = before;
  }
  return new Map([...allocation, [table, ids]]);
}

function domainStatements(plan: Plan, state: DatabaseState): readonly string[] {
  if (plan.domain.action !== "set") return [];
  const table = `${identifier(state.catalog.schema)}.django_site`;
  const domain = literal(plan.domain.to);
  return plan.domain.from === undefined
    ? [`INSERT INTO ${table} (id, domain, name) VALUES (1, ${domain}, left(${domain}, 50))`]
    : [`UPDATE ${table} SET domain = ${domain} WHERE id = 1`];
}

/**
 * Environments that existed before and whose flags changed: SDKs with local evaluation are answered 304 by `updated_at`,
 * and the document cache is keyed by the client key (`contract.md` 11). To be run before anything else is written: then
 * environments that this run makes keep the times they are made with, and keys are those that are in the cache.
 */
function touchStatements(rows: PlannedRows, state: DatabaseState, now: string): readonly string[] {
  const environments = rows.batch.touchedEnvironments;
  const projects = rows.batch.touchedProjects;
  if (environments.length === 0 && projects.length === 0) return [];
  const table = `${identifier(state.catalog.schema)}.environments_environment`;
  const which = `(id = ANY(${arrayLiteral(environments, "int4")}) OR (project_id = ANY(${
    arrayLiteral(projects, "int4")
  }) AND deleted_at IS NULL))`;
  return [
    `UPDATE ${table} SET updated_at = ${literal(now)}::timestamptz WHERE ${which}`,
    ...(state.catalog.tables.has("environment-documents")
      ? [
        `DELETE FROM ${
          identifier(state.catalog.schema)
        }."environment-documents" WHERE cache_key IN (SELECT ':1:' || api_key FROM ${table} WHERE ${which})`,
      ]
      : []),
  ];
}

/** Ids of what was created and has a key that can be read back. */
function createdIds(
  plan: Plan,
  rows: PlannedRows,
  allocation: Allocation,
): ReadonlyMap<number, number> {
  return new Map(plan.decisions.flatMap(({ action, resource }) => {
    const id = action === "create" && hasReadableKey(resource.kind)
      ? rows.own.get(resource.index)?.["id"]
      : undefined;
    const drawn = isNewId(id) ? allocation.get(id.newIdOf)?.[id.ordinal] : undefined;
    return drawn === undefined ? [] : [[resource.index, drawn] as const];
  }));
}

function newUsers(
  plan: Plan,
  rows: PlannedRows,
  allocation: ReadonlyMap<string, readonly number[]>,
): readonly NewUser[] {
  return plan.decisions.flatMap(({ action, resource }) => {
    const row = rows.own.get(resource.index);
    if (action !== "create" || resource.kind !== "user" || row === undefined) return [];
    const { password, email, is_superuser: superuser, id } = row;
    if (typeof password !== "string" || !password.startsWith("!") || typeof email !== "string") return [];
    const ordinal = typeof id === "object" && id !== null && "ordinal" in id ? id.ordinal : 0;
    return [{
      id: allocation.get("users_ffadminuser")?.[ordinal] ?? 0,
      email,
      passwordColumn: password,
      superuser: superuser === true,
    }];
  });
}

/** One run: look, lock, decide, write, commit (`spec` section 4). */
import { allocationStatement, insertStatements, readAllocation, updateStatements } from "../database/bulk.ts";
import { arrayLiteral, identifier, literal } from "../database/literal.ts";
import { appendStatement } from "../database/log.ts";
import { createLogStatements } from "../database/log_table.ts";
import { ROLL_BACK, type Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Declarations } from "../documents/declaration.ts";
import { isKind } from "../documents/declaration.ts";
import { steppingClock } from "../flagsmith/clock.ts";
import { newClientKey, newServerKey } from "../flagsmith/keys.ts";
import type { Graph } from "../graph/resource.ts";
import { type LiveContents, readContents } from "../plan/contents.ts";
import { decide } from "../plan/decide.ts";
import { checkOptions } from "../plan/state_checks.ts";
import { hasWork, type Plan } from "../plan/plan.ts";
import { type Ask, type DatabaseState, readOnly, readSchema, readState } from "../plan/state.ts";
import type { Secret } from "../source/secret.ts";
import { makeCredentials } from "./credentials.ts";
import { eventsOf } from "./events.ts";
import { type PlannedRows, planRows } from "./rows.ts";

/** How a run behaves. */
export interface ApplyOptions {
  readonly dryRun: boolean;
  /** Longest wait for another run, milliseconds. */
  readonly lockTimeout: number;
  readonly command: string;
  readonly toolVersion: string;
  /** Where the wish came from, for the log. */
  readonly source: string;
  /** Opens another session, to learn the outcome after a connection was lost while committing. */
  readonly reopen: () => Promise<Session>;
  /** A random version 4 uuid. */
  readonly uuid: () => string;
  /** True when the findings so far must stop the run. */
  readonly refuses: (diagnostics: Diagnostics) => boolean;
  /** Told what is under way, in the words that end "Cannot …". */
  readonly onPhase?: (doing: string) => void;
}

/** A user that was created and can only get in by a reset link. */
export interface NewUser {
  readonly id: number;
  readonly email: string;
  readonly passwordColumn: string;
  readonly superuser: boolean;
}

/** What a run did. */
export interface ApplyResult {
  readonly plan: Plan;
  readonly dryRun: boolean;
  /** Values of master API keys that were created, by resource index. */
  readonly masterKeys: ReadonlyMap<number, Secret>;
  /** Created users without a usable password. */
  readonly newUsers: readonly NewUser[];
  /** Domain of `django_site` after the run. */
  readonly site: string | undefined;
  /** True when the connection was lost while committing and the log showed that the commit had happened. */
  readonly learnedLate: boolean;
}

const ATTEMPTS = 4;
/** Errors that go away when the run is repeated: serialization, deadlock, a row that an SDK made meanwhile. */
const RETRIED = ["FP411", "FP413"];

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
  const look = readOnly(session);
  const state = await readState(look, graph, await readSchema(look, graph));
  const plan = decide(graph, declarations.domain, state, diagnostics);
  if (options.refuses(diagnostics)) return undefined;
  if (!hasWork(plan)) {
    return {
      plan,
      dryRun: options.dryRun,
      masterKeys: new Map(),
      newUsers: [],
      site: state.site,
      learnedLate: false,
    };
  }
  for (let attempt = 1;; attempt++) {
    const runId = options.uuid();
    try {
      return await transaction(session, graph, declarations, { ...options, runId }, diagnostics);
    } catch (error) {
      await session.script(ROLL_BACK, ["ROLLBACK"]).catch(() => {});
      const again = error instanceof ProvisionError && RETRIED.includes(error.code) && attempt < ATTEMPTS;
      if (!again) {
        if (error instanceof ProvisionError && state.catalog.logVersion > 0 && !options.dryRun) {
          await logFailure(session, { ...options, runId }, state, error);
        }
        throw error;
      }
    }
  }
}

/** The key of the advisory lock: one run at a time per database and log table. */
export function lockStatement(): string {
  return "SELECT pg_advisory_xact_lock(hashtextextended('flagsmith-provision ' || current_database() || ' ' || coalesce(to_regclass('organisations_organisation')::oid::text, ''), 0))";
}

/** A run's options with its id. */
interface Run extends ApplyOptions {
  readonly runId: string;
}

/** Tells the log, in a transaction of its own and as far as possible, that a run failed and with which code. */
async function logFailure(
  session: Session,
  run: Run,
  state: DatabaseState,
  error: ProvisionError,
): Promise<void> {
  const facts = { ...run, schemaRelease: state.catalog.release };
  const event = {
    event: "failed",
    kind: "run",
    address: `run:${run.runId}`,
    contentHash: undefined,
    rows: {},
    details: { code: error.code },
  } as const;
  await session.script("log the failure", [appendStatement(state.catalog.schema, facts, [event])]).catch(
    () => {},
  );
}

async function transaction(
  session: Session,
  graph: Graph,
  declarations: Declarations,
  options: Run,
  diagnostics: Diagnostics,
): Promise<ApplyResult | undefined> {
  const { runId } = options;
  const phase = options.onPhase ?? (() => {});
  phase("wait for another run");
  const answers = await session.script("take the lock", [
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL timezone TO 'UTC'",
    `SET LOCAL lock_timeout TO ${Math.max(1, Math.round(options.lockTimeout))}`,
    "SET LOCAL statement_timeout TO 0",
    "SET LOCAL idle_in_transaction_session_timeout TO 0",
    lockStatement(),
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS now",
  ]);
  const ask: Ask = (doing, statements) => session.script(doing, statements, { inTransaction: true });
  const state = await readState(ask, graph, await readSchema(ask, graph));
  const plan = decide(graph, declarations.domain, state, diagnostics);
  const contents = options.refuses(diagnostics) ? undefined : await readContents(ask, plan, state);
  if (contents !== undefined) {
    checkTaken(plan, contents, diagnostics);
    checkAllocatedOptions(plan, contents, state, diagnostics);
  }
  if (contents === undefined || options.refuses(diagnostics) || !hasWork(plan)) {
    await session.script(ROLL_BACK, ["ROLLBACK"]);
    return options.refuses(diagnostics) ? undefined : {
      plan,
      dryRun: options.dryRun,
      masterKeys: new Map(),
      newUsers: [],
      site: state.site,
      learnedLate: false,
    };
  }
  phase("hash passwords and keys");
  const credentials = await makeCredentials(plan);
  phase("write the rows");
  const clock = steppingClock(BigInt(String(answers.at(-1)?.[0]?.["now"] ?? "0")));
  const rows = planRows(plan, state, contents, {
    clock,
    uuid: options.uuid,
    clientKey: () => newClientKey(),
    serverKey: () => newServerKey(),
    credentials: credentials.stored,
  });
  const draw = allocationStatement(rows.batch.idCounts, state.catalog);
  const allocation = draw === undefined
    ? new Map<string, readonly number[]>()
    : readAllocation((await ask("draw ids", [draw]))[0] ?? []);
  const { catalog } = state;
  await ask("write the rows", [
    ...(catalog.logVersion === 0 ? createLogStatements(catalog.schema) : []),
    ...insertStatements(rows.batch.inserts, allocation, catalog),
    ...updateStatements(rows.batch.updates, allocation, catalog),
    ...domainStatements(plan, state),
    ...touchStatements(rows, state, clock.tick()),
    appendStatement(catalog.schema, {
      runId,
      command: options.command,
      toolVersion: options.toolVersion,
      schemaRelease: catalog.release,
      source: options.source,
    }, eventsOf(plan, rows, allocation, state)),
    "SET CONSTRAINTS ALL IMMEDIATE",
  ]);
  const learnedLate = options.dryRun
    ? (await ask(ROLL_BACK, ["ROLLBACK"]), false)
    : await commit(session, catalog.schema, runId, options);
  return {
    plan,
    dryRun: options.dryRun,
    masterKeys: credentials.masterKeys,
    newUsers: newUsers(plan, rows, allocation),
    site: plan.domain.action === "set" ? plan.domain.to : state.site,
    learnedLate,
  };
}

/** Commits. When the connection is lost meanwhile, the log of a new session tells whether it happened. */
async function commit(
  session: Session,
  schema: string,
  runId: string,
  options: ApplyOptions,
): Promise<boolean> {
  try {
    await session.script("commit", ["COMMIT"]);
    return false;
  } catch (error) {
    if (!(error instanceof ProvisionError) || error.code !== "FP404") throw error;
  }
  const unknown = new ProvisionError(
    "FP423",
    EXIT.unknownOutcome,
    "The connection was lost while committing, and the outcome could not be learned",
    "Run the same command again: it creates what is missing and skips what is there",
  );
  let late: Session | undefined;
  try {
    late = await options.reopen();
    const [, found] = await late.script("learn the outcome", [
      lockStatement(),
      `SELECT 1 FROM ${identifier(schema)}.provisioning_log WHERE run_id = ${literal(runId)}::uuid LIMIT 1`,
    ]);
    if ((found ?? []).length > 0) return true;
  } catch (error) {
    // A missing log table means that nothing of this run was committed, since the run would have created it.
    if (!(error instanceof ProvisionError) || error.code !== "FP409") throw unknown;
  } finally {
    await late?.close();
  }
  throw new ProvisionError(
    "FP404",
    EXIT.unreachable,
    "The connection was lost while committing; the run was rolled back",
    "Nothing was changed; run it again",
  );
}

/** Allocations of new states and overrides name options of live features, which only the contents tell. */
function checkAllocatedOptions(
  plan: Plan,
  contents: LiveContents,
  state: DatabaseState,
  diagnostics: Diagnostics,
): void {
  for (const { action, resource } of plan.decisions) {
    const feature = resource.parent;
    if (action !== "create" || feature?.kind !== "feature") continue;
    const id = state.live.get(feature.index)?.[0]?.id;
    const declared = feature.declaration !== undefined && isKind(feature.declaration, "feature")
      ? (feature.declaration.fields.multivariate_options ?? []).map((o) => ({ key: o.key ?? null }))
      : [];
    checkOptions(resource, typeof id === "number" ? contents.options.get(id) ?? [] : declared, diagnostics);
  }
}

function checkTaken(plan: Plan, contents: LiveContents, diagnostics: Diagnostics): void {
  const chosen = new Map<string, string>();
  for (const { action, resource } of plan.decisions) {
    const { declaration } = resource;
    if (action !== "create" || declaration === undefined) continue;
    if (isKind(declaration, "environment") && declaration.fields.api_key !== undefined) {
      const { api_key: key } = declaration.fields;
      const holder = contents.takenKeys.get(key);
      if (holder !== undefined) {
        diagnostics.add(
          "FP303",
          resource.span,
          `The key of environment "${resource.name}" is taken: row ${holder} of environments_environment holds it`,
          "Choose another api_key; rows that were deleted in the dashboard keep their key",
        );
      } else if (chosen.has(key)) {
        diagnostics.add(
          "FP303",
          resource.span,
          `The key of environment "${resource.name}" is chosen for environment "${chosen.get(key)}" too`,
        );
      }
      chosen.set(key, resource.name);
    }
    if (isKind(declaration, "user") && declaration.fields.username !== undefined) {
      const holder = contents.takenUsernames.get(declaration.fields.username);
      if (holder !== undefined) {
        diagnostics.add(
          "FP303",
          resource.span,
          `The username of user "${resource.name}" is taken: row ${holder} of users_ffadminuser holds it`,
        );
      }
    }
  }
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
 * and the document cache is keyed by the client key (`contract.md` 11).
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

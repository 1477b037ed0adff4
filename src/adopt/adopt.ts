/** Taking live entities that match the files into the log, as not owned: a teardown leaves them. Writes nothing else. */
import { appendStatement } from "../log/events.ts";
import { withSequel } from "../database/errors.ts";
import { prepareLogStatements } from "../log/table.ts";
import { type Committed, type LockedRun, runLocked, type RunOptions } from "../log/run.ts";
import type { Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { RowBatch } from "../flagsmith/row_batch.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { decideEntity, decideRow } from "../plan/decide_all.ts";
import { checkUnchanged } from "../plan/entity_checks.ts";
import type { FieldChange } from "../plan/field_change.ts";
import { compareAndDecide } from "../plan/make_plan.ts";
import { orderChanges } from "../plan/override_order.ts";
import { warnKeyMismatch } from "../plan/write_checks.ts";
import { isActive } from "../log/is_active.ts";
import { type Decision, type RowDecision, title } from "../plan/plan.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { readSchema, takeSnapshot } from "../snapshot/state.ts";
import { ALL_KINDS } from "../kinds/specs.ts";
import { eventsOf } from "../apply/events.ts";
import { rawRowEvents, writeRawRows, writtenRowsStatements } from "../apply/raw_rows.ts";

/** What became of a declared entity. */
export interface Adoption {
  /** `logged`: the log knows it already. `differs` and `missing` entities are left as they are. */
  readonly word: "adopted" | "differs" | "missing" | "logged";
  /** Undefined for a row of a table without a kind. */
  readonly resource: Resource | undefined;
  readonly address: string;
  /** What differs. */
  readonly changes: readonly FieldChange[];
}

/** What a run came to, in the order of work; entities that are to be absent are left out. */
export interface AdoptResult extends Committed {
  readonly dryRun: boolean;
  readonly adoptions: readonly Adoption[];
}

/** How a run behaves. */
export interface AdoptOptions extends RunOptions {
  /** True when the findings so far must stop the run. */
  readonly refuses: (diagnostics: Diagnostics) => boolean;
}

/** Adopts. Undefined when the database showed mistakes in the input, which are then in `diagnostics`. */
export async function adopt(
  session: Session,
  graph: Graph,
  options: AdoptOptions,
  diagnostics: Diagnostics,
): Promise<AdoptResult | undefined> {
  const { result, written, confirmedAfterReconnect } = await runLocked(
    session,
    options,
    (run) => adoptLocked(run, graph, options, diagnostics),
  );
  return result === undefined ? undefined : { ...result, written, confirmedAfterReconnect };
}

async function adoptLocked(
  { ask, runId }: LockedRun,
  graph: Graph,
  options: AdoptOptions,
  diagnostics: Diagnostics,
): Promise<{ readonly result: Omit<AdoptResult, keyof Committed> | undefined; readonly write: boolean }> {
  const state = await takeSnapshot(ask, graph, lookAtAll(await readSchema(ask, graph)));
  const checked = compareAndDecide(graph, state);
  checkUnchanged(checked, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  const decisions = checked.compared.flatMap((one): readonly Decision[] => {
    const policy = one.resource.declaration?.policy;
    return policy === undefined || policy.ensure === "absent" ? [] : [decideEntity(one, ADOPTING)];
  });
  const rows = checked.comparedRows.filter(({ resource }) => resource.row.policy.ensure !== "absent").map(
    (row) => decideRow(row, ADOPTING, checked.decisions.entities),
  );
  // What nobody compared is worth saying.
  for (const decision of decisions) tellUncompared(decision, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  const orders = orderChanges(graph, checked.decisions.entities);
  const adoptions = [
    ...decisions.map((decision): Adoption => {
      const { resource } = decision;
      const address = state.addresses[resource.index] ?? "";
      const order = orders.get(resource.index);
      const changes = [
        ...(decision.action === "update" ? decision.changes : []),
        ...(order === undefined ? [] : [order]),
      ];
      return adoptionOf(decision, changes, isActive(state.events.get(address)), resource, address);
    }),
    ...rows.map((decision): Adoption => {
      const { address } = decision.resource;
      return adoptionOf(
        decision,
        decision.changes,
        isActive(state.raw.events.get(address)),
        undefined,
        address,
      );
    }),
  ];
  const result = { dryRun: options.dryRun, adoptions };
  const taken = new Set(adoptions.filter(({ word }) => word === "adopted").map(({ address }) => address));
  const adopted = decisions.filter((d) =>
    d.action === "adopt" ? taken.has(state.addresses[d.resource.index] ?? "") : isRecorded(d)
  );
  const raw = writeRawRows(
    rows.filter((d) => d.action === "adopt"),
    new RowBatch(),
    noNewId,
    options.uuid,
    state,
  );
  if (adopted.length === 0 && raw.length === 0) return { result, write: false };
  const own = new Map(
    adopted.flatMap((d) =>
      d.action === "create" || d.live === undefined ? [] : [[d.resource.index, d.live.row] as const]
    ),
  );
  const events = eventsOf(
    { decisions: adopted, domain: { action: "none" }, rows: [] },
    { batch: new RowBatch(), own, idOf: noNewId },
    new Map(),
    state,
  );
  const facts = { ...options, runId, schemaRelease: state.catalog.release };
  const answers = raw.length === 0
    ? []
    : await ask("read the rows", writtenRowsStatements(raw, new Map(), state.catalog));
  const logging = ask("write the log", [
    ...prepareLogStatements(state.catalog),
    appendStatement(state.catalog.schema, facts, [
      ...events,
      ...rawRowEvents(raw, new Map(), state.catalog, answers),
    ]),
  ]);
  await withSequel("nothing", logging);
  return { result, write: true };
}

/** The log learns the content that the files have now. */
function isRecorded(decision: Decision): boolean {
  return decision.action === "skip" && decision.records === true;
}

function noNewId(): never {
  throw new TypeError("Cannot ask for new ids: nothing is written");
}

/** Live entities that the files call as the log does not: all that is declared counts, and nothing is written. */
const ADOPTING = { ensure: "present", onExists: "update", onMissing: "create", rotate: undefined } as const;

/** Remarks on what a live entity keeps whatever its file says. */
function tellUncompared(decision: Decision, diagnostics: Diagnostics): void {
  const { resource, action } = decision;
  if (action === "create" || (action === "skip" && decision.reason.kind === "renamed")) return;
  if (decision.live !== undefined) warnKeyMismatch(resource, decision.live, diagnostics);
  const { rotates, spec: { credential, label } } = ALL_KINDS[resource.kind];
  if (action !== "adopt" || resource.declaration === undefined || rotates !== "password") return;
  const given = credential?.(resource.declaration.fields);
  if (given === undefined || given.kind === "made") return;
  diagnostics.add(
    "FP350",
    resource.span,
    `${title(resource)} exists; the "${given.field}" of a live ${label} is not compared`,
  );
}

function adoptionOf(
  decision: Decision | RowDecision,
  changes: readonly FieldChange[],
  isLogged: boolean,
  resource: Resource | undefined,
  address: string,
): Adoption {
  const word = wordOf(decision, changes.length > 0, isLogged);
  return { word, resource, address, changes: word === "differs" ? changes : [] };
}

function wordOf(decision: Decision | RowDecision, differs: boolean, isLogged: boolean): Adoption["word"] {
  if (decision.action === "create") return "missing";
  if (decision.action === "skip" && decision.live === undefined) return "missing";
  if (isLogged) return "logged";
  return differs ? "differs" : decision.action === "adopt" ? "adopted" : "logged";
}

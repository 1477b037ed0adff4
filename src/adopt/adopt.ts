/** Taking live entities that match the files into the log, as not owned: a teardown leaves them. Writes nothing else. */
import { appendStatement } from "../log/events.ts";
import { prepareLogStatements } from "../log/table.ts";
import { type Committed, type LockedRun, runLocked, type RunOptions } from "../log/run.ts";
import type { Session } from "../database/session.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { RowBatch } from "../flagsmith/row_batch.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { changesOf, type FieldChange, rowChangesOf } from "../plan/changes.ts";
import { decide } from "../plan/decide.ts";
import { isOpen } from "../log/is_active.ts";
import { type Decision, type RowDecision, title } from "../plan/plan.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { readSchema, readState } from "../snapshot/state.ts";
import { isKind } from "../declarations/declaration.ts";
import { COMPARING, LOOKING, withPolicy } from "../plan/with_policy.ts";
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
  const { result, written, learnedLate } = await runLocked(
    session,
    options,
    (run) => adoptLocked(run, graph, options, diagnostics),
  );
  return result === undefined ? undefined : { ...result, written, learnedLate };
}

async function adoptLocked(
  { ask, runId }: LockedRun,
  graph: Graph,
  options: AdoptOptions,
  diagnostics: Diagnostics,
): Promise<{ readonly result: Omit<AdoptResult, keyof Committed> | undefined; readonly write: boolean }> {
  const state = await readState(ask, graph, lookAtAll(await readSchema(ask, graph)));
  decide(withPolicy(graph, LOOKING), undefined, state, diagnostics);
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  const findings = new Diagnostics();
  const comparing = { ...COMPARING, rotate: undefined, renamedFrom: undefined };
  const { decisions, rows } = decide(withPolicy(graph, comparing), undefined, state, findings);
  for (const { action, resource } of decisions) {
    if (action !== "adopt" || resource.declaration === undefined || !isKind(resource.declaration, "user")) {
      continue;
    }
    const { password, password_hash: encoded } = resource.declaration.fields;
    if (password === undefined && encoded === undefined) continue;
    findings.add(
      "FP350",
      resource.span,
      `${title(resource)} exists; the "${
        encoded === undefined ? "password" : "password_hash"
      }" of a live user is not compared`,
    );
  }
  // What an update could not write is no mistake here; what nobody compared is worth saying.
  for (const { code, span, message, hint } of findings.sorted()) {
    if (code === "FP350") diagnostics.add(code, span, message, hint);
  }
  if (options.refuses(diagnostics)) return { result: undefined, write: false };
  const adoptions = [
    ...decisions.flatMap((decision): readonly Adoption[] => {
      const { resource } = decision;
      const address = state.addresses[resource.index] ?? "";
      const word = wordOf(decision, isOpen(state.events.get(address)));
      const changes = word === "differs" ? changesOf(decision, state) : [];
      return word === undefined ? [] : [{ word, resource, address, changes }];
    }),
    ...rows.flatMap((decision): readonly Adoption[] => {
      const { address } = decision.resource;
      const word = wordOf(decision, isOpen(state.raw.events.get(address)));
      const changes = word === "differs" ? rowChangesOf(decision, state) : [];
      return word === undefined ? [] : [{ word, resource: undefined, address, changes }];
    }),
  ];
  const result = { dryRun: options.dryRun, adoptions };
  const adopted = decisions.flatMap((d) => (d.action === "adopt" || isRecorded(d) ? [d] : []));
  const raw = writeRawRows(
    rows.filter((d) => d.action === "adopt"),
    new RowBatch(),
    noNewId,
    options.uuid,
    state,
  );
  if (adopted.length === 0 && raw.length === 0) return { result, write: false };
  const own = new Map(
    adopted.flatMap((d) => (d.live === undefined ? [] : [[d.resource.index, d.live.row] as const])),
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
  await ask("write the log", [
    ...prepareLogStatements(state.catalog),
    appendStatement(state.catalog.schema, facts, [
      ...events,
      ...rawRowEvents(raw, new Map(), state.catalog, answers),
    ]),
  ]);
  return { result, write: true };
}

/** The log learns the content that the files have now. */
function isRecorded(decision: Decision): decision is Decision & { readonly action: "skip" } {
  return decision.action === "skip" && decision.records === true;
}

function noNewId(): never {
  throw new TypeError("Cannot ask for new ids: nothing is written");
}

function wordOf(decision: Decision | RowDecision, logged: boolean): Adoption["word"] | undefined {
  switch (decision.action) {
    case "adopt":
      return "adopted";
    case "create":
      return "missing";
    case "delete":
      return undefined;
    case "update":
      return logged ? "logged" : "differs";
    case "skip":
      if (decision.reason?.kind === "absent") return undefined;
      return decision.live === undefined ? "missing" : "logged";
  }
}

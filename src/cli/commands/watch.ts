/** `apply --watch`: applies, then again when the files change, every interval and after failures, until a signal. */
import type { ApplyResult } from "../../apply/apply.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, type ExitCode, ProvisionError } from "../../diagnostics/error.ts";
import { safeJson } from "../../diagnostics/shield.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { summaryOfPlan } from "../../report/actions.ts";
import { countWords, type IssuedSecrets } from "../../report/lines.ts";
import { leftAlone, releaseNotes } from "../../report/result_notes.ts";
import { type Address, addressText } from "../../serve/address.ts";
import { serveHttp } from "../../serve/http/server.ts";
import { listen } from "../../serve/sockets.ts";
import { WatchMetrics } from "../../serve/watch/metrics.ts";
import { watchRoutes } from "../../serve/watch/routes.ts";
import { type Read, type RunReport, startWatch, type Watch, watchTimes } from "../../serve/watch/watch.ts";
import { WatchedFiles } from "../../serve/watch/watched_files.ts";
import { bugKind } from "../bug.ts";
import { onceOnlyLines } from "../deliver.ts";
import { type Inputs, readInputs } from "../inputs.ts";
import type { Io } from "../io.ts";
import { notesOnce } from "../notes_once.ts";
import { findingsText, stops } from "../show.ts";
import { type ApplyCommandOptions, applyInputs } from "./apply.ts";

/** Options of the command. */
export interface WatchCommandOptions extends ApplyCommandOptions {
  /** Milliseconds; 0: only when files change. */
  readonly interval: number;
  readonly listen?: Address | undefined;
}

/** How long a run may go on after a signal, milliseconds; a second signal does not wait. */
const GRACE = 20_000;
/** How long answers may take after a signal, milliseconds. */
const ANSWERS = 1000;

/** Runs until a signal; gives its exit code. */
export async function runWatch(options: WatchCommandOptions, io: Io): Promise<number> {
  refuseOptions(options);
  const files = new WatchedFiles(io);
  const metrics = new WatchMetrics(TOOL_VERSION);
  const print = printer(options, io);
  const signals = heldSignals();
  const started = Promise.withResolvers<Watch>();
  const { promise: signalled, resolve } = Promise.withResolvers<ExitCode>();
  const stopListening = io.onSignal((signal) => {
    void started.promise.then((watch) => watch.stop());
    signals.deliver(signal);
    resolve(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
  });
  const server = options.listen === undefined ? undefined : listen(options.listen);
  const watch = startWatch<Inputs>({
    read: () => readAll(options, files.recording()),
    changed: () => files.changed(),
    run: async (inputs) => {
      const start = performance.now();
      const report = await runOnce(options, inputs, { ...io, onSignal: signals.onSignal }, print);
      metrics.run(report, (performance.now() - start) / 1000, io.now());
      return report;
    },
    onBadFiles: (code, text) => {
      metrics.failure(code);
      print.badFiles(code, text);
    },
    now: () => performance.now(),
    wait: waitAtMost,
  }, watchTimes(options.interval));
  started.resolve(watch);
  const http = server === undefined ? undefined : serveHttp(
    server,
    watchRoutes({
      ready: watch.ready,
      failure: watch.failure,
      reload: watch.reload,
      token: io.env("FLAGSMITH_PROVISION_RELOAD_TOKEN") || undefined,
      metrics: () => metrics.text(watch.ready()),
      version: TOOL_VERSION,
    }),
  );
  if (server !== undefined) {
    print.note(`Listening on http://${addressText({ host: server.addr.hostname, port: server.addr.port })}`);
  }
  const code = await signalled;
  // Whoever waits for a silent server is not waited for.
  await Promise.race([watch.ended, waitAtMost(GRACE + ANSWERS, new Promise(() => {}))]);
  await http?.stop(ANSWERS);
  stopListening();
  return code;
}

function refuseOptions(options: WatchCommandOptions): void {
  const wrong = options.plan !== undefined
    ? "--plan"
    : options.dryRun === true
    ? "--dry-run"
    : options.file.includes("-")
    ? "--file -"
    : undefined;
  if (wrong === undefined) return;
  throw new ProvisionError(
    "FP475",
    EXIT.usage,
    `${wrong} does not go with --watch`,
    "A watch applies files again and again. Nothing was changed",
  );
}

async function readAll(options: WatchCommandOptions, io: Io): Promise<Read<Inputs>> {
  const diagnostics = new Diagnostics();
  try {
    const inputs = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
    if (!stops(diagnostics, options)) return { kind: "good", inputs };
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    return { kind: "bad", code: error.code, text: `error: ${error.message} [${error.code}]\n` };
  }
  const sorted = diagnostics.sorted();
  const first = sorted.find((d) => d.severity === "error") ?? sorted[0];
  const text = findingsText(sorted, diagnostics, false, { ...options, allBy: "validate" });
  return { kind: "bad", code: first?.code ?? "FP500", text };
}

/** One run: what it prints on standard error is held back, since a failure is one line. */
async function runOnce(
  options: WatchCommandOptions,
  inputs: Inputs,
  io: Io,
  print: Printer,
): Promise<RunReport> {
  const diagnostics = new Diagnostics();
  let findings = "";
  let done: { readonly result: ApplyResult; readonly shown: IssuedSecrets } | undefined;
  try {
    const held: Io = { ...io, err: (text) => void (findings += text) };
    const code = await applyInputs(
      { ...options, format: "text", quiet: true, allBy: "plan" },
      inputs,
      diagnostics,
      held,
      (result, shown) => {
        done = { result, shown };
      },
    );
    if (done !== undefined) {
      const { created, updated, deleted, skipped } = summaryOfPlan(done.result.plan);
      const drifted = leftAlone(done.result);
      print.succeeded(done.result, done.shown, drifted);
      // The run was committed; what could not be delivered is said where it was noticed.
      if (code !== EXIT.done) io.err(findings);
      return { kind: "succeeded", created, updated, deleted, skipped, drifted };
    }
    const failed = diagnostics.sorted().find((d) => d.severity === "error")?.code ?? "FP430";
    print.failed(failed, "The files do not fit the database", findings);
    return { kind: "failed", code: failed };
  } catch (error) {
    const [code, message] = error instanceof ProvisionError
      ? [error.code, error.message]
      : ["FP500", `This is a bug in flagsmith-provision (${bugKind(error)})`];
    // Statements to copy are nowhere else.
    print.failed(
      code,
      message,
      "",
      error instanceof ProvisionError && code === "FP407" ? error.hint : undefined,
    );
    return { kind: "failed", code };
  }
}

/** What a watch prints: one line, or one object, for each run that did something or failed. */
interface Printer {
  readonly note: (text: string) => void;
  readonly badFiles: (code: string, text: string) => void;
  readonly succeeded: (result: ApplyResult, shown: IssuedSecrets, drifted: number) => void;
  /** `findings` and `hint` are printed when they are others than those of the run before. */
  readonly failed: (code: string, message: string, findings: string, hint?: string) => void;
}

function printer(options: WatchCommandOptions, io: Io): Printer {
  const programs = options.format !== "text";
  const at = (): string => new Date(io.now()).toISOString();
  const object = (value: Readonly<Record<string, unknown>>): void =>
    io.out(`${safeJson({ at: at(), ...value })}\n`);
  const printNotes = notesOnce(io);
  let last = "";
  return {
    note: (text) => {
      if (options.quiet === true) return;
      if (programs) io.err(`${text}\n`);
      else io.out(`${text}\n`);
    },
    badFiles: (code, text) => {
      if (programs) object({ type: "run", outcome: "failed", code, message: "The files are wrong" });
      io.err(`${text}error: The files are wrong; the last good state stays applied [${code}]\n`);
    },
    succeeded: (result, shown, drifted) => {
      last = "";
      if (!result.written) return;
      if (options.quiet !== true) printNotes(releaseNotes(result));
      const summary = summaryOfPlan(result.plan);
      if (programs) object({ type: "run", outcome: "succeeded", ...summary, drifted });
      for (const line of onceOnlyLines(result, shown)) io.out(`${line}\n`);
      if (!programs && options.quiet !== true) io.out(`${at()} Applied: ${countWords(summary, false)}.\n`);
    },
    failed: (code, message, findings, hint) => {
      if (programs) {
        object({ type: "run", outcome: "failed", code, message, ...(hint === undefined ? {} : { hint }) });
      }
      const isNew = `${findings}${hint ?? ""}` !== last;
      if (isNew) io.err(findings);
      last = `${findings}${hint ?? ""}`;
      if (programs) return;
      io.err(`${at()} error: ${message} [${code}]\n`);
      if (isNew && hint !== undefined) io.err(`   = hint: ${hint}\n`);
    },
  };
}

/** Signals that a run hears of only after a grace, or at the second one. */
function heldSignals(): {
  readonly onSignal: Io["onSignal"];
  readonly deliver: (signal: "SIGINT" | "SIGTERM") => void;
} {
  const callbacks = new Set<(signal: "SIGINT" | "SIGTERM") => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pass = (signal: "SIGINT" | "SIGTERM"): void => {
    for (const callback of callbacks) callback(signal);
  };
  return {
    onSignal: (callback) => {
      callbacks.add(callback);
      return () => {
        callbacks.delete(callback);
        clearTimeout(timer);
      };
    },
    deliver: (signal) => {
      if (timer !== undefined) return pass(signal);
      timer = setTimeout(() => pass(signal), GRACE);
      if (callbacks.size === 0) clearTimeout(timer);
    },
  };
}

async function waitAtMost(milliseconds: number, wake: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([late, wake]);
  clearTimeout(timer);
}

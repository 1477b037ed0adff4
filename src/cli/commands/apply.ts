/** `apply`: files → committed rows → lines, keys and links. */
import { apply, type ApplyOptions, type ApplyResult } from "../../apply/apply.ts";
import type { Session } from "../../database/session.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, type ExitCode } from "../../diagnostics/error.ts";
import { emailKey } from "../../flagsmith/email.ts";
import { resetLink } from "../../flagsmith/reset_link.ts";
import { siteDomain } from "../../flagsmith/site_url.ts";
import { resultJson } from "../../report/json.ts";
import { resultLines, resultNotes } from "../../report/lines.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { type InputOptions, type Inputs, readInputs } from "../inputs.ts";
import type { Io } from "../io.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";
import { startProgress } from "../progress.ts";
import { type OutputsOptions, prepareOutputs } from "../outputs.ts";

/** Options of the command. */
export interface ApplyCommandOptions
  extends Omit<InputOptions, "warnExternal">, ShowOptions, ConnectOptions, OutputsOptions {
  readonly dryRun?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly verbose?: true | undefined;
  readonly resetLinks: "superusers" | "all";
}

/** Runs the command; gives the exit code. */
export async function runApply(options: ApplyCommandOptions, io: Io): Promise<number> {
  const diagnostics = new Diagnostics();
  const inputs = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  const { declarations } = inputs;
  if (stops(diagnostics, options)) return refuse(diagnostics, options, io);
  const outputs = await prepareOutputs(options, io);
  const session = await connect(options, io);
  let interrupted: ExitCode | undefined;
  const stopListening = io.onSignal((signal) => {
    interrupted = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
    session.interrupt();
  });
  const progress = startProgress(options, io);
  try {
    const result = await apply(
      session,
      inputs.graph,
      declarations,
      { ...applyOptions(options, inputs, io), onPhase: progress.phase },
      diagnostics,
    );
    progress.end();
    if (result === undefined) return refuse(diagnostics, options, io);
    const handedOut = await collectHandedOut(result, options, io);
    if (!result.dryRun) await outputs?.write(session, inputs.graph, result, handedOut);
    showDiagnostics(diagnostics, options, io);
    print(
      result,
      outputs === undefined ? handedOut.printed : handedOut.withoutSecrets,
      inputs,
      options,
      io,
      diagnostics,
    );
    if (interrupted !== undefined) io.err("note: Interrupted, but the run had been committed.\n");
    return interrupted ?? EXIT.done;
  } catch (error) {
    progress.end();
    if (interrupted === undefined) throw error;
    io.err("error: Interrupted; the run was rolled back and nothing was changed\n");
    return interrupted;
  } finally {
    stopListening();
    await session.close();
  }
}

function applyOptions(options: ApplyCommandOptions, inputs: Inputs, io: Io): ApplyOptions {
  return {
    dryRun: options.dryRun === true,
    lockTimeout: options.lockTimeout,
    command: "apply",
    toolVersion: TOOL_VERSION,
    source: inputs.source,
    reopen: (): Promise<Session> => connect(options, io),
    uuid: io.uuid,
    refuses: (diagnostics) => stops(diagnostics, options),
  };
}

/** Keys and links of a run: what standard output shows, and what goes to the outputs file. */
export interface HandedOutValues {
  readonly printed: {
    readonly keys: ReadonlyMap<number, string>;
    readonly links: ReadonlyMap<string, string>;
  };
  readonly withoutSecrets: {
    readonly keys: ReadonlyMap<number, string>;
    readonly links: ReadonlyMap<string, string>;
  };
  /** All links, also of users that are no superusers. */
  readonly links: ReadonlyMap<string, string>;
  readonly masterKeys: ReadonlyMap<number, string>;
}

async function collectHandedOut(
  result: ApplyResult,
  options: ApplyCommandOptions,
  io: Io,
): Promise<HandedOutValues> {
  const masterKeys = new Map(
    result.dryRun ? [] : [...result.masterKeys].map(([index, key]) => [index, key.reveal()]),
  );
  const prefixes = new Map([...masterKeys].map(([index, key]) => [index, `${key.slice(0, 8)}.…`]));
  const links = new Map<string, string>();
  const secretKey = io.env("DJANGO_SECRET_KEY");
  if (secretKey !== undefined && secretKey !== "" && !result.dryRun) {
    const domain = siteDomain(io.env("FLAGSMITH_DOMAIN"), result.site);
    for (const user of result.newUsers) {
      const link = await resetLink({
        userId: user.id,
        passwordColumn: user.passwordColumn,
        lastLogin: null,
        email: user.email,
        secretKey,
        now: new Date(io.now()),
        siteDomain: domain,
      });
      links.set(emailKey(user.email), link);
    }
  }
  const shown = new Map(
    [...links].filter(([email]) =>
      options.resetLinks === "all" || result.newUsers.some((u) => u.superuser && emailKey(u.email) === email)
    ),
  );
  return {
    printed: { keys: masterKeys, links: shown },
    withoutSecrets: { keys: prefixes, links: new Map() },
    links,
    masterKeys,
  };
}

function print(
  result: ApplyResult,
  handedOut: HandedOutValues["printed"],
  inputs: Inputs,
  options: ApplyCommandOptions,
  io: Io,
  diagnostics: Diagnostics,
): void {
  if (options.format === "json") {
    io.out(
      `${JSON.stringify(resultJson(result, handedOut, diagnostics.sorted()), null, 2)}\n`,
    );
  } else if (options.format === "jsonl") {
    const { actions, ...rest } = resultJson(result, handedOut, diagnostics.sorted());
    for (const action of Array.isArray(actions) ? actions : []) {
      io.out(`${JSON.stringify({ type: "action", ...action })}\n`);
    }
    io.out(`${JSON.stringify({ type: "result", ...rest })}\n`);
  } else {
    const lines = resultLines(result, handedOut, options.verbose === true);
    const kept = options.quiet === true
      ? lines.filter((line) => /^(Created master API key .*: |Please go to )/.test(line))
      : lines;
    io.out(kept.map((line) => `${line}\n`).join(""));
    if (!result.dryRun && options.quiet !== true) {
      io.out(inputs.declarations.messages.map((m) => `${m.replace(/\n$/, "")}\n`).join(""));
    }
  }
  if (options.quiet === true) return;
  for (const note of resultNotes(result)) io.err(`note: ${note}\n`);
  const secretKey = io.env("DJANGO_SECRET_KEY");
  if (
    (secretKey === undefined || secretKey === "") && !result.dryRun &&
    result.newUsers.some((u) => u.superuser)
  ) {
    io.err(
      "note: DJANGO_SECRET_KEY is not set, so no password-reset link could be made; with it, flagsmith-provision reset-link EMAIL makes one.\n",
    );
  }
}

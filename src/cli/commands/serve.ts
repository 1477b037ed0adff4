/** `serve`: Flagsmith's E2E endpoint over HTTP, until a signal comes. */
import type { HashSecret } from "../../apply/credentials.ts";
import { readOnly } from "../../database/ask.ts";
import type { MayNeed, Session } from "../../database/session.ts";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { EXIT, type ExitCode, ProvisionError } from "../../diagnostics/error.ts";
import { TOOL_VERSION } from "../../diagnostics/version.ts";
import { diagnosticJson } from "../../report/diagnostic_json.ts";
import { releaseNotes } from "../../report/result_notes.ts";
import { reset, type ResetOptions, type ResetResult } from "../../reset/reset.ts";
import { resetNeeds } from "../../reset/reset_needs.ts";
import { othersTargets } from "../../reset/others.ts";
import { type Address, addressText, type UpstreamAddress } from "../../serve/address.ts";
import { rememberedHashes } from "../../serve/hashes.ts";
import { serveHttp } from "../../serve/http/server.ts";
import { KeptSession } from "../../serve/kept_session.ts";
import { Metrics } from "../../serve/metrics.ts";
import { SharedQueue } from "../../serve/queue.ts";
import type { ErrorBody } from "../../serve/replies.ts";
import { routes, STOPPING } from "../../serve/routes.ts";
import { connectUpstream, listen } from "../../serve/sockets.ts";
import { bugKind, bugPlaces } from "../bug.ts";
import { connect, CONNECT_TIMEOUT, type ConnectOptions, reconnect } from "../connect.ts";
import { type ColumnOptions, type LinkOptions, readColumnDefaults } from "../column_defaults.ts";
import type { ColumnDefaults } from "../../snapshot/column_defaults.ts";
import { type InputOptions, type Inputs, readInputs } from "../inputs.ts";
import { locateInputs } from "../locate.ts";
import type { Io } from "../io.ts";
import { notesOnce } from "../notes_once.ts";
import { refuse, showDiagnostics, type ShowOptions, stops } from "../show.ts";

/** Options of the command. */
export interface ServeCommandOptions
  extends
    Omit<InputOptions, "warnExternal">,
    ConnectOptions,
    Omit<ShowOptions, "format">,
    ColumnOptions,
    LinkOptions {
  readonly listen: Address;
  readonly upstream?: UpstreamAddress | undefined;
  /** Milliseconds. */
  readonly upstreamTimeout: number;
  readonly takeOver?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Milliseconds. */
  readonly grace: number;
}

/** Fewer characters are guessed too soon. */
const SHORTEST_TOKEN = 8;

/** What environs, which the API reads its settings with, takes for true. */
const TRUE = ["1", "t", "true", "y", "yes", "on"];

/** Bytes of log that wait for a reader; a server does not stand still because nobody reads what it says. */
const LOG_BACKLOG = 1 << 20;

/** Runs the command until a signal; gives the exit code. */
export async function runServe(options: ServeCommandOptions, io: Io): Promise<number> {
  const show: ShowOptions = { ...options, format: "text", allBy: "validate" };
  const token = (io.env("E2E_TEST_AUTH_TOKEN") ?? "").trim();
  if (token === "") {
    throw new ProvisionError(
      "FP450",
      EXIT.usage,
      "E2E_TEST_AUTH_TOKEN is not set, and without a token anybody could empty the database",
      "Set it to the same text as the API's own",
    );
  }
  if (token.length < SHORTEST_TOKEN) {
    throw new ProvisionError(
      "FP450",
      EXIT.usage,
      `E2E_TEST_AUTH_TOKEN has fewer than ${SHORTEST_TOKEN} characters, and whoever guesses it can empty the database`,
      "Set it to a longer random text, here and for the API",
    );
  }
  const diagnostics = new Diagnostics();
  const inputs = await readInputs({ ...options, warnExternal: false }, io, diagnostics);
  if (stops(diagnostics, show)) return refuse(diagnostics, show, io);
  showDiagnostics(diagnostics, show, io);
  io.limitBacklog(LOG_BACKLOG);
  const columnDefaults = await readColumnDefaults(options, io);
  const mayNeed = resetNeeds({
    graph: inputs.graph,
    domain: inputs.declarations.domain,
    links: options,
    takeOver: options.takeOver === true,
    flush: false,
    repeats: true,
  });
  const first = await connect(options, io, "serve", mayNeed);
  await checkConsent(first, inputs, options, io).catch(async (error) => {
    await first.close();
    throw error;
  });
  const resets = resetsOf(
    inputs,
    options,
    columnDefaults,
    show,
    io,
    first,
    mayNeed,
    await rememberedHashes(inputs.graph, io.parallelism),
  );
  try {
    return await listenUntilSignal(token, resets, options, io);
  } finally {
    await resets.session.close();
  }
}

/** A reset removes what others created only with the consent that `reset` wants, too: the option, or a document that says so. */
async function checkConsent(
  session: Session,
  inputs: Inputs,
  options: ServeCommandOptions,
  io: Io,
): Promise<void> {
  const others = await othersTargets(readOnly(session, options.lockTimeout), inputs.graph);
  const refused = others.filter(({ consent }) => !consent && options.takeOver !== true);
  if (refused.length > 0) {
    throw new ProvisionError(
      "FP474",
      EXIT.usage,
      `The database holds what the files declare and this program did not make: ${namesOf(refused)}`,
      "With --take-over every reset removes it first, with everything below it. Nothing was changed",
    );
  }
  if (others.length > 0 && options.quiet !== true) {
    io.err(
      `note: Resets remove, with everything below, what this program did not make: ${namesOf(others)}.\n`,
    );
  }
}

/** The first twenty. */
function namesOf(targets: readonly { readonly address: string }[]): string {
  const names = targets.slice(0, 20).map(({ address }) => address);
  return [...names, ...(targets.length > 20 ? [`and ${targets.length - 20} more`] : [])].join(", ");
}

/** The queue of resets and what ends it. */
interface Resets {
  readonly session: KeptSession<Reset>;
  readonly queue: SharedQueue<ErrorBody | undefined>;
  readonly metrics: Metrics;
  /** Fails what waits, and lets what runs end. */
  readonly stop: () => void;
  readonly stopping: () => boolean;
}

/** A reset that came to an end; without a result the database showed mistakes in the input. */
interface Reset {
  readonly result: ResetResult | undefined;
  readonly diagnostics: Diagnostics;
}

function resetsOf(
  inputs: Inputs,
  options: ServeCommandOptions,
  columnDefaults: ColumnDefaults,
  show: ShowOptions,
  io: Io,
  first: Session,
  mayNeed: MayNeed,
  hash: HashSecret,
): Resets {
  const metrics = new Metrics(TOOL_VERSION);
  let stopping = false;
  let committed = false;
  // The same in every reset; whoever reads the first one knows.
  const printNotes = notesOnce(io);
  const resetOptions: ResetOptions = {
    onCommit: () => {
      committed = true;
    },
    takeOver: options.takeOver === true,
    flush: false,
    shortensLog: true,
    hash,
    dryRun: false,
    allowDelete: true,
    columnDefaults,
    links: options,
    protect: io.env("FLAGSMITH_PROVISION_PROTECT"),
    lockTimeout: options.lockTimeout,
    command: "serve",
    toolVersion: TOOL_VERSION,
    source: inputs.source,
    reopen: () => reconnect(options, io, "serve", mayNeed),
    uuid: io.uuid,
    parallelism: io.parallelism,
    refuses: (found) => stops(found, show),
  };
  const session = new KeptSession(
    () => reconnect(options, io, "serve", mayNeed),
    async (opened): Promise<Reset> => {
      const diagnostics = new Diagnostics();
      committed = false;
      const { graph } = await locateInputs(inputs, opened, options, diagnostics);
      if (stops(diagnostics, show)) return { result: undefined, diagnostics };
      const result = await reset(opened, graph, inputs.declarations, resetOptions, diagnostics);
      return { result, diagnostics };
    },
    first,
  );
  const queue = new SharedQueue(async (): Promise<ErrorBody | undefined> => {
    if (stopping) return STOPPING;
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    try {
      const done = await session.run();
      metrics.reset(done.result === undefined ? "failed" : "succeeded", seconds());
      if (done.result !== undefined && options.quiet !== true) {
        io.out(`Reset in ${seconds().toFixed(2)} s.\n`);
        printNotes(releaseNotes(done.result.applied));
      }
      return done.result === undefined ? inputMistakes(done.diagnostics, show, io) : undefined;
    } catch (error) {
      metrics.reset("failed", seconds());
      if (stopping && error instanceof ProvisionError && error.code === "FP430") return STOPPING;
      const body = errorBody(error, committed);
      io.err(`error: The reset failed: ${body.message} [${body.code}]\n`);
      if (body.code === "FP500") io.err(`${bugPlaces(error)}\n`);
      if (body.hint !== undefined) io.err(`   = hint: ${body.hint}\n`);
      return body;
    }
  });
  const stop = (): void => {
    stopping = true;
  };
  return { session, queue, metrics, stop, stopping: () => stopping };
}

function inputMistakes(diagnostics: Diagnostics, show: ShowOptions, io: Io): ErrorBody {
  const sorted = showDiagnostics(diagnostics, { ...show, allBy: "plan" }, io);
  io.err("error: The reset failed: the files do not fit the database [FP459]\n");
  return {
    code: "FP459",
    message: "The files do not fit the database",
    hint: "Nothing was changed",
    diagnostics: sorted.map(diagnosticJson),
  };
}

/** What a client may know of an error: our own words; of a bug nothing but that it is one. */
function errorBody(error: unknown, committed: boolean): ErrorBody {
  if (error instanceof ProvisionError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: "FP500",
    message: `This is a bug in flagsmith-provision (${bugKind(error)})`,
    hint: `Please report it. ${
      committed ? "The reset had been committed" : "The transaction was rolled back"
    }`,
  };
}

async function listenUntilSignal(
  token: string,
  { session, queue, metrics, stop, stopping }: Resets,
  options: ServeCommandOptions,
  io: Io,
): Promise<number> {
  const enabled = TRUE.includes((io.env("ENABLE_FE_E2E") ?? "").trim().toLowerCase());
  const { upstream } = options;
  const listener = listen(options.listen);
  const server = serveHttp(
    listener,
    routes({
      token,
      enabled,
      reset: () => queue.request(),
      queueLength: () => queue.length,
      stopping,
      metrics,
      upstream: upstream === undefined ? undefined : {
        connect: () => connectUpstream(upstream, options.connectTimeout ?? CONNECT_TIMEOUT),
        timeout: options.upstreamTimeout,
      },
      version: TOOL_VERSION,
    }),
  );
  const { promise: signalled, resolve } = Promise.withResolvers<ExitCode>();
  const stopListening = io.onSignal((signal) => {
    // Whoever asks twice does not want to wait.
    if (stopping()) session.interrupt();
    stop();
    resolve(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
  });
  const address = addressText({ host: listener.addr.hostname, port: listener.addr.port });
  if (options.quiet !== true) io.out(`Listening on http://${address}\n`);
  if (!enabled) {
    io.err("note: ENABLE_FE_E2E is not true, so every reset will be refused with status 400.\n");
  }
  const code = await signalled;
  const interrupt = setTimeout(() => session.interrupt(), options.grace);
  // A second more, for the answer to a reset that was interrupted.
  await server.stop(options.grace + 1000);
  clearTimeout(interrupt);
  stopListening();
  return code;
}

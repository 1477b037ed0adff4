/** Applying again and again: when the files change, every interval, and after a failure with growing pauses. */

/** What reading the files came to. */
export type Read<I> =
  | { readonly kind: "good"; readonly inputs: I }
  /** Mistakes; equal mistakes have an equal text. */
  | { readonly kind: "bad"; readonly code: string; readonly text: string };

/** What a run came to. */
export type RunReport =
  | {
    readonly kind: "succeeded";
    readonly created: number;
    readonly updated: number;
    readonly deleted: number;
    readonly skipped: number;
    /** Entities that differ from the files and are left alone. */
    readonly drifted: number;
  }
  | { readonly kind: "failed"; readonly code: string };

/** Times in milliseconds. */
export interface WatchTimes {
  /** Between runs that succeeded; 0: only when something changed. */
  readonly interval: number;
  /** Between looks at the files. */
  readonly poll: number;
  /** How long files may be wrong before it is an error: somebody may be writing them. */
  readonly settle: number;
  /** Before a failed run is repeated; each further pause is twice as long. */
  readonly firstPause: number;
  readonly longestPause: number;
}

/** What `docs/watch.md` promises, with the interval from the command line. */
export function watchTimes(interval: number): WatchTimes {
  return { interval, poll: 1000, settle: 2000, firstPause: 1000, longestPause: 60_000 };
}

/** What a watch needs. */
export interface WatchDeps<I> {
  readonly read: () => Promise<Read<I>>;
  readonly changed: () => Promise<boolean>;
  /** Applies inputs; never rejects. */
  readonly run: (inputs: I) => Promise<RunReport>;
  /** Told of mistakes in the files, once for each text. */
  readonly onBadFiles: (code: string, text: string) => void;
  /** Milliseconds, steadily growing. */
  readonly now: () => number;
  /** Waits, at most as long as given; ends early when the promise settles. */
  readonly wait: (milliseconds: number, wake: Promise<void>) => Promise<void>;
}

/** A watch that runs. */
export interface Watch {
  /** True when the files are right and the last run succeeded. */
  readonly ready: () => boolean;
  /** The code of what is wrong; undefined when nothing is, or nothing is known yet. */
  readonly failure: () => string | undefined;
  /** Reads and applies now; gives the code of the failure, or undefined. */
  readonly reload: () => Promise<string | undefined>;
  /** Ends after the run that is under way. */
  readonly stop: () => void;
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
}

interface BadFiles {
  readonly code: string;
  readonly text: string;
  readonly since: number;
  reported: boolean;
}

/** Begins to watch. The last good inputs go on being applied while the files are wrong. */
export function startWatch<I>(deps: WatchDeps<I>, times: WatchTimes): Watch {
  let stopping = false;
  let wake = Promise.withResolvers<void>();
  let reloads: ((failure: string | undefined) => void)[] = [];
  let good: { readonly inputs: I } | undefined;
  let bad: BadFiles | undefined;
  let last: RunReport | undefined;
  // Files that were wrong are right again, and not applied yet.
  let recovering = false;
  let failures = 0;
  let due = 0;

  const readFiles = async (): Promise<void> => {
    let read = await deps.read();
    // One file of the old state and one of the new are nobody's state: a mounted ConfigMap may be switched in between.
    while (!stopping && await deps.changed()) read = await deps.read();
    if (read.kind === "good") {
      recovering ||= bad?.reported === true;
      bad = undefined;
      good = read;
      due = deps.now();
    } else if (bad?.text !== read.text) {
      bad = { code: read.code, text: read.text, since: bad?.since ?? deps.now(), reported: false };
    }
  };
  const reportBadFiles = (atOnce: boolean): void => {
    if (bad === undefined || bad.reported || (!atOnce && deps.now() - bad.since < times.settle)) return;
    bad.reported = true;
    deps.onBadFiles(bad.code, bad.text);
  };
  const applyInputs = async (inputs: I): Promise<void> => {
    last = await deps.run(inputs);
    recovering = false;
    if (last.kind === "succeeded") {
      failures = 0;
      due = times.interval === 0 ? Infinity : deps.now() + times.interval;
    } else {
      due = deps.now() + Math.min(times.longestPause, times.firstPause * 2 ** failures);
      failures += 1;
    }
  };
  const failure = (): string | undefined => {
    if (bad?.reported === true) return bad.code;
    return last?.kind === "failed" ? last.code : undefined;
  };
  const loop = async (): Promise<void> => {
    for (let first = true; !stopping; first = false) {
      wake = Promise.withResolvers<void>();
      const asked = reloads;
      reloads = [];
      if (first || asked.length > 0 || await deps.changed()) await readFiles();
      reportBadFiles(asked.length > 0);
      if (good !== undefined && (deps.now() >= due || (asked.length > 0 && bad === undefined)) && !stopping) {
        await applyInputs(good.inputs);
      }
      for (const settle of asked) settle(failure());
      if (!stopping && reloads.length === 0) {
        await deps.wait(Math.max(0, Math.min(times.poll, due - deps.now())), wake.promise);
      }
    }
    for (const settle of reloads) settle("FP458");
  };
  return {
    ready: () => last?.kind === "succeeded" && bad?.reported !== true && !recovering,
    failure,
    reload: () =>
      new Promise((resolve) => {
        if (stopping) return resolve("FP458");
        reloads.push(resolve);
        wake.resolve();
      }),
    stop: () => {
      stopping = true;
      wake.resolve();
    },
    ended: loop(),
  };
}

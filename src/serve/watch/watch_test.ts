import assert from "node:assert/strict";
import { type Read, type RunReport, startWatch, type WatchTimes } from "./watch.ts";

const DONE: RunReport = { kind: "succeeded", created: 0, updated: 0, deleted: 0, skipped: 1, drifted: 0 };
const TIMES: WatchTimes = {
  interval: 60_000,
  poll: 1000,
  settle: 2000,
  firstPause: 1000,
  longestPause: 60_000,
};

/**
 * A watch in a time of its own, which jumps to the end of each wait. `script` holds what happens at which second; what the
 * watch did is in the result as `second action`.
 */
async function watched(
  seconds: number,
  script: Readonly<
    Record<number, { readonly files?: Read<string>; readonly run?: RunReport; readonly reload?: true }>
  >,
  times: WatchTimes = TIMES,
): Promise<readonly string[]> {
  const seen: string[] = [];
  let now = 0;
  let files: Read<string> = { kind: "good", inputs: "first" };
  let changed = false;
  let result = DONE;
  const note = (what: string): void => void seen.push(`${now / 1000} ${what}`);
  const happen = (at: number): void => {
    const { files: next, run, reload } = script[at / 1000] ?? {};
    if (next !== undefined) [files, changed] = [next, true];
    if (run !== undefined) result = run;
    if (reload === true) void watch.reload().then((code) => note(`reloaded ${code ?? "well"}`));
  };
  const watch = startWatch<string>({
    read: () => {
      changed = false;
      return Promise.resolve(files);
    },
    changed: () => Promise.resolve(changed),
    run: (inputs) => {
      note(`applied ${inputs}${result.kind === "failed" ? `, ${result.code}` : ""}`);
      return Promise.resolve(result);
    },
    onBadFiles: (code) => note(`reported ${code}`),
    now: () => now,
    wait: async (milliseconds) => {
      // What was asked for is answered before time goes on.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      for (const end = now + milliseconds; now < end;) {
        now = Math.min(end, Math.floor(now / 1000) * 1000 + 1000);
        happen(now);
      }
      if (now >= seconds * 1000) watch.stop();
    },
  }, times);
  await watch.ended;
  seen.push(`${watch.ready() ? "ready" : `not ready ${watch.failure()}`}`);
  return seen;
}

Deno.test("a watch applies at once, then every interval", async () => {
  assert.deepEqual(await watched(130, {}), [
    "0 applied first",
    "60 applied first",
    "120 applied first",
    "ready",
  ]);
});

Deno.test("a watch without an interval applies only when the files change", async () => {
  const changes = { 90: { files: { kind: "good", inputs: "second" } } } as const;
  assert.deepEqual(await watched(200, changes, { ...TIMES, interval: 0 }), [
    "0 applied first",
    "90 applied second",
    "ready",
  ]);
});

Deno.test("a watch repeats a failed run with growing pauses of at most a minute", async () => {
  const failed = { kind: "failed", code: "FP403" } as const;
  assert.deepEqual(await watched(250, { 30: { run: failed }, 245: { run: DONE } }), [
    "0 applied first",
    "60 applied first, FP403",
    "61 applied first, FP403",
    "63 applied first, FP403",
    "67 applied first, FP403",
    "75 applied first, FP403",
    "91 applied first, FP403",
    "123 applied first, FP403",
    "183 applied first, FP403",
    "243 applied first, FP403",
    "not ready FP403",
  ]);
});

Deno.test("a watch keeps the last good state while files are wrong, and reports them once", async () => {
  const bad = { kind: "bad", code: "FP011", text: "a.yaml:1" } as const;
  const script = { 10: { files: bad }, 20: { files: bad }, 30: { files: { ...bad, text: "a.yaml:2" } } };
  assert.deepEqual(await watched(65, script), [
    "0 applied first",
    "12 reported FP011",
    "30 reported FP011",
    "60 applied first",
    "not ready FP011",
  ]);
});

Deno.test("a watch does not report a file that was half written for less than two seconds", async () => {
  const script = {
    10: { files: { kind: "bad", code: "FP010", text: "half" } },
    11: { files: { kind: "good", inputs: "whole" } },
  } as const;
  assert.deepEqual(await watched(30, script), ["0 applied first", "11 applied whole", "ready"]);
});

Deno.test("a reload applies at once and gives the code of what is wrong", async () => {
  const script = {
    5: { reload: true },
    10: { files: { kind: "bad", code: "FP011", text: "a.yaml:1" }, reload: true },
  } as const;
  assert.deepEqual(await watched(20, script), [
    "0 applied first",
    "5 applied first",
    "5 reloaded well",
    "10 reported FP011",
    "10 reloaded FP011",
    "not ready FP011",
  ]);
});

Deno.test("a watch does not apply files of two states when they are switched while it reads them", async () => {
  let disk = "old";
  let seen = "";
  const applied: string[] = [];
  const watch = startWatch<string>({
    read: () => {
      // The second file of the first read is of the new state already.
      const first = disk;
      disk = "new";
      seen = first;
      return Promise.resolve({ kind: "good", inputs: `${first} ${disk}` });
    },
    changed: () => Promise.resolve(seen !== disk),
    run: (inputs) => {
      applied.push(inputs);
      watch.stop();
      return Promise.resolve(DONE);
    },
    onBadFiles: () => {},
    now: () => 0,
    wait: () => Promise.resolve(),
  }, TIMES);
  await watch.ended;
  assert.deepEqual(applied, ["new new"]);
});

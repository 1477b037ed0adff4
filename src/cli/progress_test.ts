import assert from "node:assert/strict";
import { processIo } from "./io.ts";
import { startProgress } from "./progress.ts";

type Phases = readonly (readonly [number, string])[];

/** What a display writes while the clock stands at the given milliseconds at each phase; `late` begin after its end. */
function display(terminal: boolean, quiet: boolean, phases: Phases, late: Phases = []): string {
  let now = 0;
  let out = "";
  const io = {
    ...processIo(),
    err: (text: string) => void (out += text),
    paint: (text: string) => void (out += text),
    errIsTerminal: terminal,
    now: () => now,
  };
  const progress = startProgress(quiet ? { quiet } : {}, io);
  const begin = ([at, doing]: Phases[number]): void => {
    now = at;
    progress.phase(doing);
  };
  phases.forEach(begin);
  progress.end();
  progress.end();
  late.forEach(begin);
  return out;
}

Deno.test("startProgress() says nothing about a short run", () => {
  assert.equal(display(false, false, [[10, "a"], [499, "b"]]), "");
  assert.equal(display(true, false, [[10, "a"], [499, "b"]]), "");
});

Deno.test("startProgress() says nothing once it has ended", () => {
  assert.equal(display(false, false, [[500, "a"]], [[600, "b"]]), "Working: a…\n");
  assert.equal(display(true, false, [[500, "a"]], [[600, "b"]]), "\r\x1b[KWorking: a…\r\x1b[K");
});

Deno.test("startProgress() writes plain lines where nobody looks, and one status line on a terminal", () => {
  const phases = [[10, "a"], [500, "b"], [600, "b"], [700, "c"]] as const;
  assert.equal(display(false, false, phases), "Working: b…\nWorking: c…\n");
  assert.equal(display(true, false, phases), "\r\x1b[KWorking: b…\r\x1b[KWorking: c…\r\x1b[K");
  assert.equal(display(true, true, phases), "");
});

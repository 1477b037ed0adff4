import assert from "node:assert/strict";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { processIo } from "./io.ts";
import { startProgress } from "./progress.ts";
import { withSignals } from "./signals.ts";

/** What stands on standard error after work that settled as `work` does, with a session that takes long to close. */
async function said(
  work: (interrupt: () => void) => Promise<number>,
): Promise<{ readonly code: number | undefined; readonly err: string }> {
  let err = "";
  let interrupt = (): void => {};
  const io = {
    ...processIo(),
    errIsTerminal: false,
    err: (text: string) => void (err += text),
    onSignal: (handle: (signal: "SIGINT" | "SIGTERM") => void) => {
      interrupt = () => handle("SIGTERM");
      return () => {};
    },
  };
  const session = {
    interrupt: () => {},
    destroy: () => {},
    close: () => new Promise<void>((resolve) => setTimeout(resolve, 700)),
  };
  const progress = startProgress({}, io);
  const code = await withSignals(session, io, progress, () => work(interrupt), () => false)
    .catch(() => undefined);
  return { code, err };
}

Deno.test("withSignals() says nothing of work under way after what ended it, however long the session takes to close", async () => {
  const [interrupted, refused, failed] = await Promise.all([
    said((interrupt) => {
      interrupt();
      return Promise.reject(new Error("cancelled"));
    }),
    said(() => Promise.resolve(EXIT.failed)),
    said(() => Promise.reject(new ProvisionError("FP404", EXIT.unreachable, "The connection was lost"))),
  ]);
  assert.deepEqual(interrupted, {
    code: EXIT.terminated,
    err: "error: Interrupted; the run was rolled back and nothing was changed\n",
  });
  assert.deepEqual(refused, { code: EXIT.failed, err: "" });
  assert.deepEqual(failed, { code: undefined, err: "" });
});

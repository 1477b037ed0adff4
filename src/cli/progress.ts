/** What is under way, for people who wait: one status line on a terminal, plain lines elsewhere; nothing for short runs. */
import type { Io } from "./io.ts";

/** Half a second: shorter runs say nothing (`docs/output.md#progress-and-waiting`). */
const QUIET_FOR = 500;

/** A running display. */
export interface Progress {
  /** Tells what begins now. */
  readonly phase: (doing: string) => void;
  /** Ends the display for good and wipes its line; safe to call twice. */
  readonly end: () => void;
}

/** Starts the display; it shows itself only when a phase is still under way after half a second. */
export function startProgress(options: { readonly quiet?: true | undefined }, io: Io): Progress {
  if (options.quiet === true) return { phase: () => {}, end: () => {} };
  const start = io.now();
  let current = "read the database";
  let shown = "";
  let over = false;
  const show = (): void => {
    if (over || current === shown) return;
    shown = current;
    const words = `Working: ${current}…`;
    if (io.errIsTerminal) io.paint(`\r\x1b[K${words}`);
    else io.err(`${words}\n`);
  };
  const timer = setTimeout(show, QUIET_FOR);
  return {
    phase(doing) {
      current = doing;
      if (io.now() - start >= QUIET_FOR) show();
    },
    end() {
      over = true;
      clearTimeout(timer);
      if (shown !== "" && io.errIsTerminal) io.paint("\r\x1b[K");
      shown = "";
    },
  };
}

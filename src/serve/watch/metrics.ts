/** What a watch counts, as the text that Prometheus reads (exposition format 0.0.4). */
import { described } from "../metrics.ts";
import type { RunReport } from "./watch.ts";

const ACTIONS = ["created", "updated", "deleted", "skipped"] as const;

/** Counts of one watch. */
export class WatchMetrics {
  readonly #version: string;
  readonly #totals = { created: 0, updated: 0, deleted: 0, skipped: 0 };
  readonly #failures = new Map<string, number>();
  #runs = 0;
  #drifted = 0;
  /** Seconds since 1970. */
  #lastSuccess = 0;
  #lastSeconds = 0;

  constructor(version: string) {
    this.#version = version;
  }

  /** Counts a run that took some seconds and ended at `now`, milliseconds since 1970. */
  run(report: RunReport, seconds: number, now: number): void {
    this.#runs += 1;
    this.#lastSeconds = seconds;
    if (report.kind === "failed") return this.failure(report.code);
    this.#lastSuccess = now / 1000;
    this.#drifted = report.drifted;
    for (const action of ACTIONS) this.#totals[action] += report[action];
  }

  /** Counts a failure by its code. */
  failure(code: string): void {
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
  }

  /** All counts as text. */
  text(ready: boolean): string {
    const failures = [...this.#failures].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      ...described("build_info", "gauge", "Version of the program.", [`{version="${this.#version}"} 1`]),
      ...described("ready", "gauge", "1 when the files are right and the last run succeeded.", [
        ` ${ready ? 1 : 0}`,
      ]),
      ...described("runs_total", "counter", "Runs, failed ones included.", [` ${this.#runs}`]),
      ...described(
        "last_success_timestamp_seconds",
        "gauge",
        "When a run last succeeded; 0 before the first.",
        [
          ` ${this.#lastSuccess}`,
        ],
      ),
      ...described("last_run_duration_seconds", "gauge", "How long the last run took.", [
        ` ${Number(this.#lastSeconds.toFixed(6))}`,
      ]),
      ...described(
        "entities_total",
        "counter",
        "Entities by what runs did to them.",
        ACTIONS.map((action) => `{action="${action}"} ${this.#totals[action]}`),
      ),
      ...described(
        "drifted",
        "gauge",
        "Entities that differ from the files and were left alone by the last run.",
        [
          ` ${this.#drifted}`,
        ],
      ),
      ...described(
        "failures_total",
        "counter",
        "Failures by code, mistakes in the files included.",
        failures.map(([code, n]) => `{code="${code}"} ${n}`),
      ),
      "",
    ].join("\n");
  }
}

/** What the server counts, as the text that Prometheus reads (exposition format 0.0.4). */

/** How a reset ended. */
export type ResetOutcome = "succeeded" | "failed";

/** Upper bounds of the histogram's buckets, seconds. */
const BUCKETS: readonly number[] = [0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts of one server. */
export class Metrics {
  readonly #version: string;
  readonly #resets = new Map<ResetOutcome, number>([["succeeded", 0], ["failed", 0]]);
  readonly #requests = new Map<number, number>();
  readonly #proxied = new Map<string, number>();
  readonly #buckets: number[] = BUCKETS.map(() => 0);
  #seconds = 0;
  #count = 0;

  constructor(version: string) {
    this.#version = version;
  }

  /** Counts a reset that took some seconds. */
  reset(outcome: ResetOutcome, seconds: number): void {
    this.#resets.set(outcome, (this.#resets.get(outcome) ?? 0) + 1);
    this.#seconds += seconds;
    this.#count += 1;
    for (const [at, bound] of BUCKETS.entries()) {
      if (seconds <= bound) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    }
  }

  /** Counts a request for a reset by the status that answered it. */
  resetRequest(status: number): void {
    this.#requests.set(status, (this.#requests.get(status) ?? 0) + 1);
  }

  /** Counts a proxied request; without a status when the client left before the answer. */
  proxied(status: number | undefined): void {
    const code = status === undefined ? "none" : String(status);
    this.#proxied.set(code, (this.#proxied.get(code) ?? 0) + 1);
  }

  /** All counts as text; `queue` is the number of requests whose reset has not begun. */
  text(queue: number): string {
    const counts = (map: ReadonlyMap<string | number, number>): readonly [string, number][] =>
      [...map].map(([key, n]): [string, number] => [String(key), n]).sort(([a], [b]) => a < b ? -1 : 1);
    const histogram = "flagsmith_provision_reset_duration_seconds";
    return [
      ...described("build_info", "gauge", "Version of the program.", [
        `{version="${this.#version}"} 1`,
      ]),
      ...described(
        "resets_total",
        "counter",
        "Resets by outcome; requests that wait at the same time share one.",
        counts(this.#resets).map(([outcome, n]) => `{outcome="${outcome}"} ${n}`),
      ),
      ...described(
        "reset_duration_seconds",
        "histogram",
        "How long resets took, waiting for locks included.",
        [],
      ),
      ...BUCKETS.map((bound, at) => `${histogram}_bucket{le="${bound}"} ${this.#buckets[at]}`),
      `${histogram}_bucket{le="+Inf"} ${this.#count}`,
      `${histogram}_sum ${Number(this.#seconds.toFixed(6))}`,
      `${histogram}_count ${this.#count}`,
      ...described(
        "reset_requests_total",
        "counter",
        "Requests for a reset by the status of their answer.",
        counts(this.#requests).map(([status, n]) => `{status="${status}"} ${n}`),
      ),
      ...described("reset_queue_length", "gauge", "Requests whose reset has not begun.", [` ${queue}`]),
      ...described(
        "proxied_requests_total",
        "counter",
        "Requests sent to the upstream by the status of their answer; none when the client left first.",
        counts(this.#proxied).map(([status, n]) => `{status="${status}"} ${n}`),
      ),
      "",
    ].join("\n");
  }
}

/** The lines of one metric: help, type and samples, which begin with the labels or a blank. */
export function described(
  name: string,
  type: string,
  help: string,
  samples: readonly string[],
): readonly string[] {
  const full = `flagsmith_provision_${name}`;
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...samples.map((sample) => `${full}${sample}`)];
}

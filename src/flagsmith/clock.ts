/** Time as the application takes it: one reading per column, each a little later than the last (`contract.md` 0, rule 5). */

/** Gives ever later moments. */
export interface Clock {
  /** The next moment, ISO 8601 in UTC with microseconds. */
  tick(): string;
}

/** A clock that begins at a moment (microseconds since 1970) and advances one microsecond a reading. */
export function steppingClock(startMicros: bigint): Clock {
  let now = startMicros;
  return {
    tick() {
      now += 1n;
      const millis = now / 1000n;
      const micros = now % 1000n;
      return `${new Date(Number(millis)).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}Z`;
    },
  };
}

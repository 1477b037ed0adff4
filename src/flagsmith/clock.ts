/**
 * Time as the application takes it: one reading per column, each a little later than the last
 * (`docs/flagsmith/tables.md#times`).
 */

/** Gives ever later moments. */
export interface Clock {
  /** The next moment, ISO 8601 in UTC with microseconds. */
  tick(): string;
}

/** A clock that begins at a moment (microseconds since 1970) and advances one microsecond a reading. */
export function steppingClock(startMicros: bigint): Clock {
  let millis = Number(startMicros / 1000n);
  let micros = Number(startMicros % 1000n);
  // Large runs take tens of thousands of readings, of which a thousand share all but their last digits.
  const upToMillis = (): string => new Date(millis).toISOString().slice(0, -1);
  let text = upToMillis();
  return {
    tick() {
      micros += 1;
      if (micros === 1000) {
        micros = 0;
        millis += 1;
        text = upToMillis();
      }
      return `${text}${String(micros).padStart(3, "0")}Z`;
    },
  };
}

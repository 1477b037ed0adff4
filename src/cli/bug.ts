/** What may be shown of an error that nobody expected: its message could quote anything. */

/** The kind of error. */
export function bugKind(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

/** The places in our own code, a line each. */
export function bugPlaces(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 12).join("\n")
    : "";
}

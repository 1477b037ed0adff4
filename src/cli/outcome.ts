/** Stores the exit code that an action decided on. */
export interface Outcome {
  exitCode: number;
}

/**
 * What kinds load only when a run needs it, each once: every further `import()` of a module that is there makes the runtime go
 * over all that the module imports again (decision 34).
 */

let rows: Promise<typeof import("./all_rows.ts")> | undefined;
let exports: Promise<typeof import("./all_exports.ts")> | undefined;

/** The rows of all kinds. */
export function allRows(): Promise<typeof import("./all_rows.ts")> {
  return rows ??= import("./all_rows.ts");
}

/** What kinds export beside their own tables. */
export function allExports(): Promise<typeof import("./all_exports.ts")> {
  return exports ??= import("./all_exports.ts");
}

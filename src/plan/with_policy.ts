/** A graph under another policy, for commands that ask what a policy would do and write nothing by it. Pure. */
import type { Graph } from "../graph/resource.ts";
import type { Policy } from "../kinds/kind.ts";

/** The same entities and rows, each with these parts of its policy; `ensure` stays what the file says unless it is given. */
export function withPolicy(graph: Graph, policy: Partial<Policy>): Graph {
  return {
    ...graph,
    resources: graph.resources.map((resource) =>
      resource.declaration === undefined ? resource : {
        ...resource,
        declaration: { ...resource.declaration, policy: { ...resource.declaration.policy, ...policy } },
      }
    ),
    rows: graph.rows.map((resource) => ({
      ...resource,
      row: { ...resource.row, policy: { ...resource.row.policy, ...policy } },
    })),
  };
}

/** Leaves everything as it is. */
export const LOOKING: Partial<Policy> = { onExists: "skip" };

/** Compares every live row with its file. */
export const COMPARING: Partial<Policy> = { onExists: "update", onMissing: "create", onlyIfNone: false };

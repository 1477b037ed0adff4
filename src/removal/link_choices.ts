/** What the operator says of nullable columns that the program does not know: empty them, or remove their rows, too. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Edge, RowGraph } from "./edges.ts";

/** Columns as `table.column`. */
export interface LinkChoices {
  /** They become NULL when what they refer to goes. */
  readonly unlink: readonly string[];
  /** Their rows go with what they refer to. */
  readonly cascadeThrough: readonly string[];
}

/** Nothing is said: such a column refuses. */
export const NO_LINK_CHOICES: LinkChoices = { unlink: [], cascadeThrough: [] };

/** The graph with the choices made in it. Throws with exit code 64 when one cannot be made, with the reason. */
export function withLinkChoices(graph: RowGraph, { unlink, cascadeThrough }: LinkChoices): RowGraph {
  if (unlink.length + cascadeThrough.length === 0) return graph;
  const edges = new Map(
    [...graph.into.values()].flat().filter((edge) => !edge.loose).map((edge) => [nameOf(edge), edge]),
  );
  const choices = [
    ...unlink.map((name) => ["--unlink", name] as const),
    ...cascadeThrough.map((name) => ["--cascade-through", name] as const),
  ];
  for (const [option, name] of choices) {
    const problem = unlink.includes(name) && cascadeThrough.includes(name)
      ? "the other option names it, too"
      : problemOf(edges.get(name));
    if (problem === undefined) continue;
    throw new ProvisionError(
      "FP436",
      EXIT.usage,
      `${option} cannot be used for ${name}: ${problem}`,
      "It takes TABLE.COLUMN, a column that may be NULL, refers to another table and is named by a refusal (FP424). Nothing was changed",
    );
  }
  const chosen = (edge: Edge): Edge =>
    edge.loose
      ? edge
      : unlink.includes(nameOf(edge))
      ? { ...edge, then: "null" }
      : cascadeThrough.includes(nameOf(edge))
      ? { ...edge, then: "cascade" }
      : edge;
  return { ...graph, into: new Map([...graph.into].map(([table, list]) => [table, list.map(chosen)])) };
}

function nameOf({ table, column }: Edge): string {
  return `${table}.${column}`;
}

function problemOf(edge: Edge | undefined): string | undefined {
  if (edge === undefined) return "the database has no such column that refers to another table";
  switch (edge.then) {
    case "refuse":
      return undefined;
    case "null":
      return "flagsmith-provision knows the column and empties it";
    case "cascade":
      return "the row goes with what it refers to: it cannot be without, or flagsmith-provision knows the column";
  }
}

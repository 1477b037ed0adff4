/** What files alone leave open, decided by the database: for commands that look at it. */
import { readOnly } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { checkChosenTwice } from "../plan/chosen_twice.ts";
import { located } from "../snapshot/located.ts";
import type { Inputs } from "./inputs.ts";

/**
 * The inputs with every name looked up where the database says; the same ones where the files alone tell. What the files turn
 * out to say twice is added to `diagnostics`.
 */
export async function locateInputs(
  inputs: Inputs,
  session: Session,
  { lockTimeout }: { readonly lockTimeout: number },
  diagnostics: Diagnostics,
): Promise<Inputs> {
  if (inputs.graph.undecided === undefined) return inputs;
  const graph = await located(readOnly(session, lockTimeout), inputs.graph, diagnostics);
  checkChosenTwice(graph, diagnostics);
  return { ...inputs, graph };
}

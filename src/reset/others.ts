/** What a reset with consent would take over: declared users and organisations that somebody else made. */
import type { Ask } from "../database/ask.ts";
import { ProvisionError } from "../diagnostics/error.ts";
import type { Graph } from "../graph/resource.ts";
import { isActive } from "../log/is_active.ts";
import { type KindName, TOP_KINDS } from "../kinds/specs.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { readSchema, takeSnapshot } from "../snapshot/state.ts";

/** A live entity that the log does not call ours. */
export interface OthersTarget {
  readonly address: string;
  /** True when its document says `reset: {take_over: true}`. */
  readonly consent: boolean;
}

/** What `--take-over` is about. */
export const TAKEN_OVER: ReadonlySet<KindName> = new Set(TOP_KINDS);

/** Lists them; none where Flagsmith's tables are not there yet. */
export async function othersTargets(ask: Ask, graph: Graph): Promise<readonly OthersTarget[]> {
  try {
    const state = await takeSnapshot(ask, graph, lookAtAll(await readSchema(ask, graph)));
    return graph.resources.flatMap(({ index, kind, declaration }) => {
      if (declaration === undefined || !TAKEN_OVER.has(kind)) return [];
      const address = state.addresses[index] ?? "";
      const live = (state.live.get(index) ?? []).length > 0;
      const event = state.events.get(address);
      if (!live || (isActive(event) && event.event !== "adopted")) return [];
      return [{ address, consent: declaration.policy.takeOver }];
    });
  } catch (error) {
    if (error instanceof ProvisionError && error.code === "FP409") return [];
    throw error;
  }
}

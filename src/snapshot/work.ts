/** What a run is to do, as far as it matters for what must be read; decisions of plans are of this form. */
import type { Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";

/** The work on one entity. */
export type Work =
  | { readonly action: "create"; readonly resource: Resource }
  | {
    readonly action: "update";
    readonly resource: Resource;
    readonly live: LiveRow;
    readonly after: Row;
    readonly rotates?: boolean;
  }
  | { readonly action: "delete"; readonly resource: Resource; readonly live: LiveRow }
  | { readonly action: "adopt" | "skip"; readonly resource: Resource };

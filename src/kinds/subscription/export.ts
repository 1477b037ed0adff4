/** What the record does not say of the export of subscriptions. */
import { idIn } from "../../flagsmith/cell.ts";
import type { KindExport } from "../exported.ts";
import { MISSING_CURE } from "../missing_row.ts";
import { subscriptionLive } from "./live.ts";

/** An organisation without a subscription is told. */
export const subscriptionExport: KindExport = {
  reportMissing({ row, name }, _where, { below, report }) {
    if (below(subscriptionLive.table, "organisation_id").has(idIn(row, "id"))) return;
    report("FP480", `Organisation "${name}" has no subscription`, MISSING_CURE);
  },
};

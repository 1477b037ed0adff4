/**
 * History rows of django-simple-history (`docs/flagsmith/history.md#history-tables`): the base row, less its uuid, plus
 * who, when and why.
 */
import { lookup } from "../diagnostics/lookup.ts";
import type { Cell, Id, Row } from "./cell.ts";

interface HistoryTable {
  readonly table: string;
  /** Columns of the base that the history table does not have. */
  readonly without: readonly string[];
  /** False for the subscription's history, which has no `master_api_key_id`. */
  readonly masterKey: boolean;
}

const plain = (table: string): HistoryTable => ({ table, without: ["uuid"], masterKey: true });

/** Base table → history table. */
export const HISTORY: Readonly<Record<string, HistoryTable>> = lookup({
  organisations_subscription: {
    table: "organisations_historicalsubscription",
    without: [],
    masterKey: false,
  },
  environments_environment: plain("environments_historicalenvironment"),
  features_feature: plain("features_historicalfeature"),
  features_featurestate: plain("features_historicalfeaturestate"),
  features_featurestatevalue: plain("features_historicalfeaturestatevalue"),
  features_featuresegment: plain("features_historicalfeaturesegment"),
  multivariate_multivariatefeatureoption: plain("multivariate_historicalmultivariatefeatureoption"),
  multivariate_multivariatefeaturestatevalue: plain("multivariate_historicalmultivariatefeaturestatevalue"),
  feature_versioning_environmentfeatureversion: {
    table: "feature_versioning_historicalenvironmentfeatureversion",
    without: [],
    masterKey: true,
  },
  segments_segment: plain("segments_historicalsegment"),
  segments_segmentrule: plain("segments_historicalsegmentrule"),
  segments_condition: plain("segments_historicalcondition"),
});

/** The history row for a base row as it stands after the change. Written outside a request, so it has no author. */
export function historyRow(
  table: HistoryTable,
  base: Row,
  type: "+" | "~" | "-",
  at: string,
  historyId: Id,
): Row {
  const row: Record<string, Cell> = {};
  for (const column of Object.keys(base)) {
    if (!table.without.includes(column)) row[column] = base[column] ?? null;
  }
  row["history_id"] = historyId;
  row["history_date"] = at;
  row["history_change_reason"] = null;
  row["history_type"] = type;
  row["history_user_id"] = null;
  if (table.masterKey) row["master_api_key_id"] = null;
  return row;
}

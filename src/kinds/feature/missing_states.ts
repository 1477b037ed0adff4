/** Flags without a state, which Flagsmith makes by itself: told, since an export cannot express that something is missing. */
import { idIn, type Row, textIn } from "../../flagsmith/cell.ts";
import { compareText, type ExportContext, type NamedRow, type StateRow } from "../exported.ts";
import { MISSING_CURE } from "../missing_row.ts";

/** The cure for a state without its value row: a declared null is what it has already. */
const VALUE_CURE =
  "Declare its value and apply with on_exists: update, which writes it; the export says null, as the API does";

/** How many names a message holds. */
const NAMED = 10;

/** Reports flags that have no state in an environment, or a state without its value. */
export function tellMissingStates(
  project: Row,
  environments: readonly NamedRow[],
  where: string,
  context: ExportContext,
): void {
  const features = context.below("features_feature", "project_id").get(idIn(project, "id")) ?? [];
  const defaults = new Map<string, StateRow>();
  for (const state of context.states) {
    if (state.row["feature_segment_id"] !== null || state.row["identity_id"] !== null) continue;
    defaults.set(`${idIn(state.row, "feature_id")} ${idIn(state.row, "environment_id")}`, state);
  }
  for (const { row, name } of environments) {
    const stateOf = (feature: Row): StateRow | undefined =>
      defaults.get(`${idIn(feature, "id")} ${idIn(row, "id")}`);
    tellLacking(
      `Environment "${name}"${where} has no state of`,
      features.filter((f) => !stateOf(f)),
      MISSING_CURE,
      context,
    );
    tellLacking(
      `Environment "${name}"${where} has no value row of`,
      features.filter((feature) => {
        const state = stateOf(feature);
        return state !== undefined && state.value === undefined;
      }),
      VALUE_CURE,
      context,
    );
  }
}

function tellLacking(what: string, lacking: readonly Row[], cure: string, { report }: ExportContext): void {
  if (lacking.length === 0) return;
  const names = lacking.map((feature) => textIn(feature, "name")).sort(compareText);
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`).join(", ");
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const noun = `feature${names.length === 1 ? "" : "s"}`;
  report("FP480", `${what} ${noun} ${shown}${more}`, cure);
}

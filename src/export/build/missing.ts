/** What Flagsmith makes by itself and the database lacks: told, since an export cannot express that something is missing. */
import type { Row } from "../../flagsmith/cell.ts";
import { idIn, rowsOf, type StateRow, textIn } from "../read/rows.ts";
import { type BuildContext, compareText } from "./context.ts";

const CURE =
  "Declare it and apply with on_exists: update, which writes it; the export says what a flag without it begins with";

/** How many names a message holds. */
const NAMED = 10;

/** Reports flags that have no state in an environment, or a state without its value. */
export function tellMissingStates(
  project: Row,
  environments: readonly { readonly row: Row; readonly name: string }[],
  where: string,
  context: BuildContext,
): void {
  const features = context.below("features_feature", "project_id").get(idIn(project, "id")) ?? [];
  const defaults = new Map<string, StateRow>();
  for (const state of context.rows.states) {
    if (state.row["feature_segment_id"] !== null || state.row["identity_id"] !== null) continue;
    defaults.set(`${idIn(state.row, "feature_id")} ${idIn(state.row, "environment_id")}`, state);
  }
  for (const { row, name } of environments) {
    const stateOf = (feature: Row): StateRow | undefined =>
      defaults.get(`${idIn(feature, "id")} ${idIn(row, "id")}`);
    tellLacking(
      `Environment "${name}"${where} has no state of`,
      features.filter((f) => !stateOf(f)),
      context,
    );
    tellLacking(
      `Environment "${name}"${where} has no value row of`,
      features.filter((feature) => {
        const state = stateOf(feature);
        return state !== undefined && state.value === undefined;
      }),
      context,
    );
  }
}

function tellLacking(what: string, lacking: readonly Row[], { diagnostics }: BuildContext): void {
  if (lacking.length === 0) return;
  const names = lacking.map((feature) => textIn(feature, "name")).sort(compareText);
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`).join(", ");
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const noun = `feature${names.length === 1 ? "" : "s"}`;
  diagnostics.add("FP480", undefined, `${what} ${noun} ${shown}${more}`, CURE);
}

/** Reports an organisation without its subscription. */
export function tellMissingSubscription(organisation: string, context: BuildContext): void {
  if (rowsOf(context.rows, "organisations_subscription").length > 0) return;
  context.diagnostics.add("FP480", undefined, `Organisation "${organisation}" has no subscription`, CURE);
}

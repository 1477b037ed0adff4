/** What new states begin with: live features as the run leaves them. Pure. */
import { isKind } from "../declarations/declaration.ts";
import { liveOptions, optionChanges } from "../kinds/feature/option_live_rows.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import type { LiveOption } from "../kinds/rows.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import type { Decision, Plan } from "./plan.ts";

/**
 * The contents with what the run makes of live features: their defaults, and the options that stay with the shares that
 * they will have. Options that it adds are not among them: each brings its own share to every state.
 */
export function settledContents(contents: Surroundings, plan: Plan): Surroundings {
  const updates = new Map(
    plan.decisions.flatMap((decision) =>
      decision.action === "update" && decision.resource.kind === featureSpec.name
        ? [[Number(decision.live.id), decision] as const]
        : []
    ),
  );
  if (updates.size === 0) return contents;
  const settled = (id: number, options: readonly LiveOption[]): readonly LiveOption[] => {
    const decision = updates.get(id);
    return decision === undefined ? options : stayingOptions(decision);
  };
  return {
    ...contents,
    options: new Map([...contents.options].map(([id, options]) => [id, settled(id, options)])),
    projects: new Map(
      [...contents.projects].map(([project, { environments, features }]) => [project, {
        environments,
        features: features.map((feature) => {
          const after = updates.get(feature.id)?.after ?? {};
          const { default_enabled: enabled, initial_value: initial } = after;
          return {
            id: feature.id,
            enabled: typeof enabled === "boolean" ? enabled : feature.enabled,
            initialValue: typeof initial === "string" ? initial : feature.initialValue,
            options: settled(feature.id, feature.options),
          };
        }),
      }]),
    ),
  };
}

/** The live options of a feature that an update leaves, in order, as it leaves them. */
function stayingOptions(
  { resource: { declaration }, live }: Extract<Decision, { action: "update" }>,
): readonly LiveOption[] {
  const rows = liveOptions(live.extra);
  const wanted = declaration !== undefined && isKind(declaration, featureSpec.name)
    ? declaration.fields.multivariate_options
    : undefined;
  const changes = optionChanges(wanted, rows);
  return rows.flatMap((row): LiveOption[] => {
    const change = changes.find((one) => one.action !== "add" && one.live === row);
    if (change?.action === "remove") return [];
    const { id, key, default_percentage_allocation: share } = change?.action === "change"
      ? { ...row, ...change.after }
      : row;
    return [{ id: Number(id), key: typeof key === "string" ? key : null, percentage: Number(share) }];
  });
}

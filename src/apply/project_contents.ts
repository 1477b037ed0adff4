/** What the projects of a run hold once its first steps are done. Pure. */
import { isKind } from "../declarations/declaration.ts";
import type { Entity } from "../kinds/entity.ts";
import { projectSpec } from "../kinds/project/spec.ts";
import type { ProjectContents } from "../kinds/rows.ts";
import type { Plan } from "../plan/plan.ts";
import type { Surroundings } from "../snapshot/contents.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** What a project of this run holds: its live contents, or nothing when it is new. */
export function contentsOf(
  project: Entity,
  plan: Plan,
  state: Snapshot,
  live: Surroundings,
): ProjectContents {
  const id = state.live.get(project.index)?.[0]?.id;
  const found = typeof id === "number" ? live.projects.get(id) : undefined;
  const decision = plan.decisions.find((d) => d.resource.index === project.index);
  const updated = decision?.action === "update" ? decision.after["prevent_flag_defaults"] : undefined;
  const declaration = decision?.resource.declaration;
  const wish = declaration !== undefined && isKind(declaration, projectSpec.name)
    ? declaration.fields.settings?.prevent_flag_defaults
    : undefined;
  const liveFlag = state.live.get(project.index)?.[0]?.row["prevent_flag_defaults"] === true;
  return {
    preventFlagDefaults: id === undefined ? wish ?? false : typeof updated === "boolean" ? updated : liveFlag,
    environments: [...found?.environments ?? []],
    features: found?.features ?? [],
  };
}

/** Names that stand for something of another organisation than the entity that they are written in. */
import { spanAt } from "../declarations/places.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Resource } from "../graph/resource.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { title } from "./plan.ts";

/**
 * Reports references that the files alone could not look up in the right place: that of a project which no file declares is
 * known from its row only. Flagsmith refuses such links.
 */
export function checkForeignReferences(
  resource: Resource,
  state: Snapshot,
  diagnostics: Diagnostics,
): void {
  const { declaration } = resource;
  if (declaration === undefined) return;
  const top = topOf(resource);
  for (const { path, scope } of ALL_SPECS[resource.kind].references?.(declaration.fields) ?? []) {
    const target = resource.references.get(path.join("."));
    // Where the files tell the place, the name was looked up there.
    if (target === undefined || ALL_SPECS[top.kind].parent !== scope) continue;
    const own = parentIdOf(top, state);
    const rows = state.live.get(target.index) ?? [];
    if (own === undefined || (target.parent === undefined && rows.length !== 1)) continue;
    if (String(own) === String(parentIdOf(target, state))) continue;
    const name = target.parent?.name ?? rows[0]?.parentName ?? "";
    diagnostics.add(
      "FP204",
      spanAt(declaration.node, path),
      `${title(target)} is not defined in the ${scope} of ${ALL_SPECS[top.kind].label} "${top.name}"`,
      `There is one in ${scope} "${name}"`,
    );
  }
}

function topOf(resource: Resource): Resource {
  return resource.parent === undefined ? resource : topOf(resource.parent);
}

/** Primary key of what the live row is below; undefined when there is none. */
function parentIdOf({ index, kind, parent }: Resource, state: Snapshot): unknown {
  if (parent !== undefined) return (state.live.get(parent.index) ?? [])[0]?.id;
  const column = LIVE_TABLES[kind].parentColumn;
  return column === undefined ? undefined : (state.live.get(index) ?? [])[0]?.row[column];
}

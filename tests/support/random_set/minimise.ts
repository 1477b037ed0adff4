/** Makes a set that breaks a property smaller. */
import { completed } from "./parts.ts";
import type { Entity, Fields, RandomSet } from "./value.ts";

/** The smallest set found for which `fails` is true: entities go first, then fields. `fails` is asked a few hundred times. */
export async function minimiseSet(
  set: RandomSet,
  fails: (set: RandomSet) => Promise<boolean>,
): Promise<RandomSet> {
  let best = set;
  for (let size = Math.ceil(set.entities.length / 2); size >= 1;) {
    const before = best;
    for (let at = 0; at < best.entities.length;) {
      const start = at;
      const smaller = completed(best, best.entities.filter((_e, i) => i < start || i >= start + size));
      if (await fails(smaller)) best = smaller;
      else at += size;
    }
    if (size === 1 && best === before) break;
    size = Math.max(1, Math.floor(size / 2));
  }
  for (let at = 0; at < best.entities.length; at++) {
    for (const key of Object.keys(best.entities[at]?.fields ?? {})) {
      const smaller = completed(
        best,
        replaced(best.entities, at, (entity) => ({ ...entity, fields: lacking(entity.fields, key) })),
      );
      if (await fails(smaller)) best = smaller;
    }
  }
  return best;
}

function lacking(fields: Fields, key: string): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => name !== key && value !== undefined),
  );
}

/** The entities with another one in a place; children follow it. */
export function replaced(
  entities: readonly Entity[],
  place: number,
  change: (entity: Entity) => Entity,
): readonly Entity[] {
  const now = new Map<Entity, Entity>();
  return entities.map((entity, at) => {
    const parent = entity.parent === undefined ? undefined : now.get(entity.parent) ?? entity.parent;
    const result = { ...(at === place ? change(entity) : entity), parent };
    now.set(entity, result);
    return result;
  });
}

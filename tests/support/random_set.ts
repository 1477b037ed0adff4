/** Random documents of the whole format: every kind, every field, references that hold, characters that hurt. */
import fc from "fast-check";
import { Draw } from "./random_set/draw.ts";
import { someFeatures, someStates } from "./random_set/flags.ts";
import { oneOrganisation, somePermissions, someUsers, type Taken } from "./random_set/people.ts";
import { oneProject, someSegments } from "./random_set/project.ts";
import { newName } from "./random_set/texts.ts";
import type { Entity, RandomSet } from "./random_set/value.ts";

/** Sets by seed. A smaller seed is no simpler set, so nothing is shrunk: `minimiseSet()` makes a set smaller. */
export const randomSet: fc.Arbitrary<RandomSet> = fc.noShrink(fc.integer()).map((seed) => ({
  ...setOf(seed),
  [fc.toStringMethod]: () => `setOf(${seed})`,
}));

/** The set of a seed. */
export function setOf(seed: number): RandomSet {
  const draw = new Draw(seed);
  const taken: Taken = { emails: new Set(["made.by@member.example"]), usernames: new Set(), keys: new Set() };
  const names = new Set<string>();
  const users = someUsers(draw, taken);
  const entities: Entity[] = [...users];
  // Some names of projects occur in both organisations.
  const shared = newName(draw, new Set(), 200);
  for (let at = draw.from(1, 2); at > 0; at--) {
    entities.push(...inOrganisation(draw, names, users, taken, draw.chance(0.5) ? shared : undefined));
  }
  return {
    seed,
    domain: draw.maybe(0.3, () => draw.pick(["flags.example.com:8000", "localhost", "b\u00fccher.example"])),
    entities,
  };
}

function inOrganisation(
  draw: Draw,
  names: Set<string>,
  users: readonly Entity[],
  taken: Taken,
  shared: string | undefined,
): readonly Entity[] {
  const own = oneOrganisation(draw, names, users, taken);
  const [organisation] = own;
  if (organisation === undefined) return [];
  const groups = own.filter((e) => e.kind === "group");
  const projectNames = new Set<string>(shared === undefined ? [] : [shared]);
  const projects = draw.many(1, 2, (at) => {
    const [first, ...rest] = oneProject(draw, organisation, projectNames, taken);
    if (first === undefined) return [];
    if (shared === undefined || at > 0) return inProject(draw, [first, ...rest], users, groups);
    const project: Entity = { ...first, identity: { name: shared } };
    return inProject(draw, [project, ...moved(rest, first, project)], users, groups);
  });
  return [...own, ...somePermissions(draw, organisation, users, groups), ...projects.flat()];
}

/** The entities with another parent in place of one; children of theirs follow. */
export function moved(entities: readonly Entity[], from: Entity, to: Entity): readonly Entity[] {
  const now = new Map([[from, to]]);
  return entities.map((entity) => {
    const parent = entity.parent === undefined ? undefined : now.get(entity.parent) ?? entity.parent;
    const result = { ...entity, parent };
    now.set(entity, result);
    return result;
  });
}

function inProject(
  draw: Draw,
  own: readonly Entity[],
  users: readonly Entity[],
  groups: readonly Entity[],
): readonly Entity[] {
  const [project] = own;
  if (project === undefined) return [];
  const of = (kind: Entity["kind"]): readonly Entity[] => own.filter((e) => e.kind === kind);
  const environments = of("environment");
  const features = someFeatures(draw, project, { tags: of("tag"), users, groups });
  const segments = someSegments(draw, project, features);
  return [
    ...own,
    ...segments,
    ...features,
    ...features.flatMap((feature) => someStates(draw, feature, environments, segments, of("identity"))),
    ...[project, ...environments].flatMap((object) => somePermissions(draw, object, users, groups)),
  ];
}

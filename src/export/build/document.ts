/** What is exported → the tree of one document: defaults left out, states beside their flag, references by name. */
import { FORMAT_VERSION } from "../../declarations/read.ts";
import { ALL_KINDS, ALL_SPECS, KIND_NAMES } from "../../kinds/specs.ts";
import { environmentSpec } from "../../kinds/environment/spec.ts";
import { ROOT } from "../kind_exports.ts";
import type { Entity, Export, Field } from "./entity.ts";
import { nameTree } from "./exact.ts";
import { list, type Mapping, mapping, text, type Tree } from "../../kinds/value_tree.ts";

/** Whether fields that are implied are said, too. */
export type Detail = "minimal" | "full";

/** The document. Projects are in a list of their own, with the organisation's name beside theirs. */
export function documentTree(
  { users, organisation, projects }: Export,
  detail: Detail = "minimal",
): Mapping {
  const top: [string, Tree | undefined][] = [
    ["version", text(FORMAT_VERSION)],
    ["users", users.length === 0 ? undefined : list(users.map((user) => entityTree(user, detail)))],
    ["organisations", list([entityTree(organisation, detail)])],
    [
      "projects",
      projects.length === 0 ? undefined : list(projects.map((project) => {
        const [name, ...others] = entityTree(project, detail).entries;
        return mapping([...(name === undefined ? [] : [name]), [
          ROOT,
          nameTree(ROOT, organisation.name),
        ], ...others], project);
      })),
    ],
  ];
  return mapping(top);
}

/** An item: what has to be said of it, then what belongs to it, each in its list. */
export function entityTree(entity: Entity, detail: Detail = "minimal"): Mapping {
  const children = entity.children.filter((child) => detail === "full" || child.implied !== true);
  const nested = Map.groupBy(children, ({ kind }) => ALL_SPECS[kind].nested ?? "environments");
  const below = [...nested].flatMap(([key, group]): [string, Tree | undefined][] => {
    const [first] = group;
    if (first?.environment !== undefined) return [[key, statesTree(group, detail)]];
    if (first !== undefined && ALL_SPECS[first.kind].single === true) {
      const only = entityTree(first, detail);
      return [[key, only.entries.length === 0 ? undefined : only]];
    }
    return [[key, list(group.map((child) => entityTree(child, detail)))]];
  });
  return mapping([...fieldEntries(entity.fields, detail), ...below], entity);
}

/** The fields that are to be said; those of one group, such as `settings`, in a mapping. A null that is implied is never said. */
export function fieldEntries(
  fields: readonly Field[],
  detail: Detail = "minimal",
): readonly (readonly [string, Tree])[] {
  const said = detail === "minimal"
    ? fields.filter(({ implied }) => !implied)
    : fields.map((field) => ({ ...field, value: field.full ?? field.value })).filter(({ value, implied }) =>
      !implied || !isNull(value)
    );
  return [...Map.groupBy(said, ({ path }) => path[0] ?? "")].flatMap(
    ([key, group]): (readonly [string, Tree])[] => {
      const [first] = group;
      if (first === undefined) return [];
      if (first.path.length === 1) return [[key, first.value]];
      return [[key, mapping(group.map(({ path, value }) => [path[1] ?? "", value]))]];
    },
  );
}

/** True for null. */
export function isNull(value: Tree): boolean {
  return value.kind === "plain" && value.source === "null";
}

/** True for the state that a flag has in each environment; the others are in lists beside its fields. */
function isOwnState({ kind }: Entity): boolean {
  return ALL_KINDS[kind].alwaysExists === true;
}

/**
 * The states of a feature by environment, without environments where it is as its defaults say: a mapping by name, or a
 * list where a name could not be a key.
 */
export function statesTree(states: readonly Entity[], detail: Detail): Tree | undefined {
  const bodies = [...Map.groupBy(states, ({ environment }) => environment ?? "")].flatMap(
    ([environment, group]): [string, Mapping][] => {
      const state = group.find(isOwnState);
      const own = state === undefined ? [] : fieldEntries(state.fields, detail);
      const lists = Map.groupBy(
        group.filter((one) => !isOwnState(one)).toSorted((a, b) =>
          KIND_NAMES.indexOf(a.kind) - KIND_NAMES.indexOf(b.kind)
        ),
        ({ kind }) => ALL_SPECS[kind].list ?? kind,
      );
      const overrides = [...lists].map(([key, items]): [string, Tree] => [
        key,
        list(items.map((one) => entityTree(one, detail))),
      ]);
      const body = mapping([...own, ...overrides], state);
      return body.entries.length === 0 ? [] : [[environment, body]];
    },
  );
  if (bodies.length === 0) return undefined;
  if (bodies.every(([name]) => canBeKey(name))) return mapping(bodies);
  return list(
    bodies.map(([name, body]) =>
      mapping([["name", nameTree(environmentSpec.name, name)], ...body.entries], body.owner)
    ),
  );
}

/** True for the name of an environment that can be a key: those are not interpolated, and have no tag. */
export function canBeKey(name: string): boolean {
  const tree = nameTree(environmentSpec.name, name);
  return !name.includes("${") && !(tree.kind === "text" && tree.exact === true);
}

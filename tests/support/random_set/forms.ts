/** The files that say what a random set holds: in one of many forms that all mean the same. */
import { ALL_SPECS, type KindName } from "../../../src/kinds/specs.ts";
import { type Tree, writeTree } from "../yaml_tree.ts";
import { Draw } from "./draw.ts";
import { above, type Entity, type Fields, nameOf, Plain, type RandomSet, type Value } from "./value.ts";

/** Lists whose order means nothing. */
const UNORDERED = ["tags", "owners", "group_owners", "members", "permissions", "multivariate"];
/** Keys of a mapping may be this long in YAML, quotes and escapes included; names that are longer are in lists. */
const LONGEST_KEY = 100;

/** One file or several, with lists, keys, nesting and references as `draw` says; by default as the set's own seed does. */
export function filesOf(set: RandomSet, draw: Draw = new Draw(set.seed)): readonly string[] {
  return new Writer(set, draw).files();
}

/** An item of a top-level list, or several whose order has a meaning. */
interface Unit {
  readonly list: string;
  readonly items: readonly Tree[];
}

class Writer {
  readonly #set: RandomSet;
  readonly #draw: Draw;
  readonly #children: ReadonlyMap<Entity | undefined, readonly Entity[]>;
  readonly #units: Unit[] = [];

  constructor(set: RandomSet, draw: Draw) {
    this.#set = set;
    this.#draw = draw;
    this.#children = Map.groupBy(set.entities, (entity) => entity.parent);
  }

  files(): readonly string[] {
    for (const entity of this.#children.get(undefined) ?? []) this.#writeTop(entity);
    const count = this.#draw.from(1, 3);
    const files = Array.from({ length: count }, (): Unit[] => []);
    for (const unit of this.#draw.shuffled(this.#units)) this.#draw.pick(files).push(unit);
    return files.map((units, at) => {
      const lists = [...Map.groupBy(units, (unit) => unit.list)].map(([list, group]) =>
        [list, { kind: "list", items: group.flatMap((unit) => unit.items) }] as const
      );
      const domain = at > 0 || this.#set.domain === undefined
        ? []
        : [["app_domain", this.#tree(this.#set.domain)] as const];
      const root: Tree = { kind: "map", pairs: [["version", scalar('"1.0"')], ...domain, ...lists] };
      return writeTree({ kind: "map", pairs: this.#draw.shuffled(root.pairs) });
    });
  }

  #writeTop(entity: Entity): void {
    const list = ALL_SPECS[entity.kind].list;
    if (list === undefined) throw new TypeError(`A ${entity.kind} has no list`);
    this.#units.push({ list, items: [this.#item(entity, true)] });
  }

  /** The item of an entity, with the children that are nested in it; the others are written elsewhere. */
  #item(entity: Entity, isTop: boolean): Tree {
    const pairs: [string, Tree][] = [];
    for (const [key, value] of Object.entries({ ...entity.identity, ...entity.fields })) {
      if (value !== undefined) pairs.push([key, this.#tree(value, UNORDERED.includes(key))]);
    }
    if (isTop) pairs.push(...this.#references(entity));
    const nested = new Map<string, Tree[]>();
    const children = this.#children.get(entity) ?? [];
    for (const child of this.#draw.shuffled(children)) {
      const { list, nested: key, single } = ALL_SPECS[child.kind];
      if (isState(child.kind)) continue;
      if (single === true) pairs.push([key ?? "", this.#item(child, false)]);
      else if (key !== undefined && (list === undefined || this.#draw.chance(0.5))) {
        nested.set(key, [...nested.get(key) ?? [], this.#item(child, false)]);
      } else this.#writeTop(child);
    }
    for (const [key, items] of nested) pairs.push([key, { kind: "list", items }]);
    if (entity.kind === "feature") pairs.push(...this.#states(children.filter((c) => isState(c.kind))));
    return { kind: "map", pairs: this.#draw.shuffled(pairs) };
  }

  /** States and overrides of a flag: beside it, or in lists of their own. */
  #states(states: readonly Entity[]): readonly [string, Tree][] {
    const beside: [string, [string, Tree][]][] = [];
    for (const [environment = "", group] of Map.groupBy(states, (s) => s.identity["environment"])) {
      const inside: [string, Tree][] = [];
      for (const kind of ["feature_state", "segment_override", "identity_override"] as const) {
        const own = group.filter((s) => s.kind === kind);
        const isOrdered = (state: Entity) =>
          kind === "segment_override" && state.fields["priority"] === undefined;
        // A state that says nothing would not be seen beside the flag.
        const apart = this.#draw.chance(0.5) || own.some((s) => kind === "feature_state" && isEmpty(s));
        const ordered = own.filter(isOrdered);
        const others = this.#draw.shuffled(own.filter((s) => !isOrdered(s)));
        if (own.length === 0) continue;
        if (apart) {
          const items = (list: readonly Entity[]) => list.map((state) => this.#item(state, true));
          this.#units.push({ list: `${kind}s`, items: items(ordered) });
          for (const other of others) this.#units.push({ list: `${kind}s`, items: items([other]) });
        } else if (kind === "feature_state") {
          for (const state of own) inside.push(...pairsOf(this.#item(stripped(state), false)));
        } else {
          const items = [...ordered, ...others].map((state) => this.#item(stripped(state), false));
          inside.push([`${kind}s`, { kind: "list", items }]);
        }
      }
      if (inside.length > 0) beside.push([environment, inside]);
    }
    if (beside.length === 0) return [];
    // Keys take no variables, and nothing that looks like one.
    const noKey = beside.some(([name]) => keyOf(name).length > LONGEST_KEY || name.includes("${"));
    const tree: Tree = noKey || this.#draw.chance(0.3)
      ? {
        kind: "list",
        items: beside.map(([name, pairs]) => ({
          kind: "map",
          pairs: [["name", this.#tree(name)], ...pairs],
        })),
      }
      : { kind: "map", pairs: beside.map(([name, pairs]) => [keyOf(name), { kind: "map", pairs }]) };
    return [["environments", tree]];
  }

  /** The fields that name what an item of a top-level list belongs to. */
  #references(entity: Entity): readonly [string, Tree][] {
    const { parent } = entity;
    if (parent === undefined) return [];
    if (parent.kind === "organisation") return [["organisation", this.#tree(nameOf(parent))]];
    const project = above(parent, "project");
    const own: [string, Tree][] = parent === project ? [] : [[parent.kind, this.#tree(nameOf(parent))]];
    return [...own, ...this.#project(project)];
  }

  #project(project: Entity): readonly [string, Tree][] {
    const all = this.#set.entities.filter((e) => e.kind === "project");
    const full = (p: Entity) => `${nameOf(above(p, "organisation"))}/${nameOf(p)}`;
    const isUnique = all.filter((p) => nameOf(p) === nameOf(project)).length === 1;
    const isShort = all.every((p) => nameOf(p) !== full(project)) &&
      all.filter((p) => full(p) === full(project)).length === 1;
    if (isUnique && this.#draw.chance(0.5)) return [["project", this.#tree(nameOf(project))]];
    if (isShort && this.#draw.chance(0.3)) return [["project", this.#tree(full(project))]];
    return [["project", this.#tree(nameOf(project))], [
      "organisation",
      this.#tree(nameOf(above(project, "organisation"))),
    ]];
  }

  #tree(value: Value, isUnordered = false): Tree {
    if (value instanceof Plain) return scalar(value.source);
    // What would be a variable is written so that it is none.
    if (typeof value === "string") return scalar(quoted(value.replaceAll("${", () => "$${")));
    if (typeof value !== "object") return scalar(JSON.stringify(value));
    if (Array.isArray(value)) {
      const items = value.map((item: Value) => this.#tree(item));
      return { kind: "list", items: isUnordered ? this.#draw.shuffled(items) : items };
    }
    const pairs = value instanceof Map ? [...value] as [string, Value][] : Object.entries(value as Fields);
    return {
      kind: "map",
      // Traits are written in the order of the file, as the application saves them.
      pairs: (value instanceof Map ? pairs : this.#draw.shuffled(pairs)).flatMap((
        [key, inner],
      ): [string, Tree][] =>
        inner === undefined ? [] : [[keyOf(key), this.#tree(inner, UNORDERED.includes(key))]]
      ),
    };
  }
}

function isState(kind: KindName): boolean {
  return kind === "feature_state" || kind === "segment_override" || kind === "identity_override";
}

function isEmpty({ fields }: Entity): boolean {
  return Object.values(fields).every((value) => value === undefined);
}

/** The state without the environment, which stands around it. */
function stripped(state: Entity): Entity {
  const { environment: _around, ...identity } = state.identity;
  return { ...state, identity };
}

function pairsOf(tree: Tree): readonly [string, Tree][] {
  return tree.kind === "map" ? tree.pairs.map(([key, value]) => [key, value]) : [];
}

function scalar(source: string): Tree {
  return { kind: "scalar", source };
}

function keyOf(name: string): string {
  return /^[a-z_]+$/.test(name) && name !== "null" && name !== "true" && name !== "false"
    ? name
    : quoted(name);
}

/** A double-quoted scalar in ASCII but for letters, so that no line break of some standard is in it. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u00a0\u2000-\u206f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

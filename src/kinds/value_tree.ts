/** What an export says, before it becomes YAML: values with the style that their meaning needs. */

/** A value of the format. */
export type Tree = Text | Plain | Variable | Mapping | List;

/** Text, whatever it looks like: quoted where YAML would read something else, `${` escaped. */
export interface Text {
  readonly kind: "text";
  readonly text: string;
  /** True when its field takes it only as `!exact`. */
  readonly exact?: true;
}

/** A number, `true`, `false` or `null`, as YAML writes it. */
export interface Plain {
  readonly kind: "plain";
  readonly source: string;
}

/** A secret: the file names an environment variable in its place. */
export interface Variable {
  readonly kind: "variable";
  readonly name: string;
}

/** A mapping; its order is the order of the file. */
export interface Mapping {
  readonly kind: "mapping";
  readonly entries: readonly (readonly [key: string, value: Tree])[];
  /** The entity whose item it is. */
  readonly owner?: object;
}

/** A list. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Tree[];
}

/** Text. */
export function text(content: string): Text {
  return { kind: "text", text: content };
}

/** A number or a boolean; whole numbers are written without a fraction. */
export function plain(value: number | boolean | null): Plain {
  return { kind: "plain", source: String(value) };
}

/** A number with a fraction, as YAML tells it from a whole one: `1` is written `1.0`. */
export function float(value: number): Plain {
  const source = Object.is(value, -0) ? "-0" : String(value);
  return { kind: "plain", source: /[.e]/.test(source) ? source : `${source}.0` };
}

/** A mapping without the entries that have no value. */
export function mapping(
  entries: readonly (readonly [key: string, value: Tree | undefined])[],
  owner?: object,
): Mapping {
  return {
    kind: "mapping",
    entries: entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
    ...(owner === undefined ? {} : { owner }),
  };
}

/** A list of values. */
export function list(items: readonly Tree[]): List {
  return { kind: "list", items };
}

/** True when two values mean the same. Variables are never equal, since nobody knows what they hold. */
export function sameTree(a: Tree, b: Tree): boolean {
  if (a.kind === "text" && b.kind === "text") return a.text === b.text;
  if (a.kind === "plain" && b.kind === "plain") return a.source === b.source;
  if (a.kind === "list" && b.kind === "list") {
    return a.items.length === b.items.length &&
      a.items.every((item, at) => b.items[at] !== undefined && sameTree(item, b.items[at]));
  }
  if (a.kind !== "mapping" || b.kind !== "mapping" || a.entries.length !== b.entries.length) return false;
  const other = new Map(b.entries);
  return a.entries.every(([key, value]) => {
    const found = other.get(key);
    return found !== undefined && sameTree(value, found);
  });
}

/** One item of a list more, less or changed: a merge touches its lines, and keeps every comment of all others. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { sourceFile } from "../../src/diagnostics/source_file.ts";
import { applyEdits } from "../../src/export/merge/edits.ts";
import { placesIn } from "../../src/export/merge/places.ts";
import type { EditedFile } from "../../src/export/merge/splice.ts";
import { conformList } from "../../src/export/merge/update_list.ts";
import { list, mapping, plain, text, type Tree } from "../../src/kinds/value_tree.ts";
import { child, type Node, type SequenceNode } from "../../src/source/node.ts";
import { parseYaml } from "../../src/source/parse.ts";
import { buildTree } from "../../src/source/tree.ts";

/** An item: what names it, and two more fields; a text alone where there are none. */
interface Item {
  readonly name: string;
  readonly value?: string;
  readonly share?: number;
}

type Style = "block" | "flow items" | "brackets in lines" | "brackets";
const STYLES: readonly Style[] = ["block", "flow items", "brackets in lines", "brackets"];

/** Lists by the field that names their items, which not every list has. */
const LISTS: Readonly<Record<string, string>> = {
  tags: "",
  multivariate_options: "key",
  members: "email",
  rules: "property",
};

function fieldsOf(
  field: string,
  { name, value = "", share = 0 }: Item,
): readonly (readonly [string, string])[] {
  return [[LISTS[field] ?? "", name], ["value", value], ["percentage_allocation", String(share)]];
}

/** A document with the list, its own comment in each line, and what comments belong to which item. */
function written(
  field: string,
  items: readonly Item[],
  style: Style,
): {
  readonly source: string;
  readonly comments: readonly (readonly string[])[];
  readonly around: readonly string[];
} {
  const comments: string[][] = items.map(() => []);
  const around: string[] = [];
  let count = 0;
  const comment = (owner: string[]): string => {
    const made = `# c${count++}.`;
    owner.push(made);
    return made;
  };
  const lines: string[] = ["before: 1 " + comment(around)];
  const flow = (item: Item): string =>
    field === "tags"
      ? item.name
      : `{ ${fieldsOf(field, item).map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
  const isBrackets = style.startsWith("brackets");
  if (style === "brackets") {
    lines.push(`list: [${items.map(flow).join(", ")}] ${comment(around)}`);
  } else {
    lines.push(`list:${isBrackets ? " [" : ""} ${comment(around)}`);
    for (const [at, item] of items.entries()) {
      const own = comments[at] ?? [];
      if (at % 2 === 1) lines.push(`  ${comment(around)}`);
      if (isBrackets) lines.push(`  ${flow(item)}${at < items.length - 1 ? "," : ""} ${comment(own)}`);
      else if (style === "flow items" || field === "tags") lines.push(`  - ${flow(item)} ${comment(own)}`);
      else {
        for (const [n, [key, value]] of fieldsOf(field, item).entries()) {
          lines.push(`  ${n === 0 ? "- " : "  "}${key}: ${value} ${comment(own)}`);
        }
      }
    }
    if (isBrackets) lines.push(`] ${comment(around)}`);
  }
  lines.push("behind: 2 " + comment(around), "");
  return { source: lines.join("\n"), comments, around };
}

function treeOf(field: string, item: Item): Tree {
  if (field === "tags") return text(item.name);
  return mapping(
    fieldsOf(field, item).map((
      [key, value],
    ) => [key, /^\d/.test(value) ? plain(Number(value)) : text(value)]),
  );
}

function read(source: string): Node {
  const diagnostics = new Diagnostics();
  const file = sourceFile("a.yaml", source);
  const [root] = parseYaml(file, diagnostics);
  assert.ok(root !== undefined, source);
  const node = buildTree(root, {
    file,
    variables: { env: () => undefined, mockEnv: false, secretEnv: new Set() },
    diagnostics,
    references: [],
    shared: new Set(),
    aliased: 0,
  });
  assert.deepEqual(diagnostics.sorted().map((one) => one.message), [], source);
  return node;
}

function itemsIn(field: string, node: Node | undefined): readonly Item[] {
  if (node?.kind !== "sequence") return [];
  const textAt = (item: Node, key: string): string => {
    const found = child(item, key);
    return found?.kind === "scalar" ? found.text : "";
  };
  return node.items.map((item) =>
    item.kind === "scalar" ? { name: item.text } : {
      name: textAt(item, LISTS[field] ?? ""),
      value: textAt(item, "value"),
      share: Number(textAt(item, "percentage_allocation")),
    }
  );
}

const name = fc.stringMatching(/^[a-z]{1,4}$/).filter((word) =>
  !["y", "n", "yes", "no", "on", "off"].includes(word) && !/^(true|null|fals)/.test(word)
);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 6 });
const set = fc.record({
  field: fc.constantFrom(...Object.keys(LISTS)),
  style: fc.constantFrom(...STYLES),
  windows: fc.boolean(),
  names,
  added: fc.array(fc.tuple(name, fc.nat(6)), { maxLength: 2 }),
  removed: fc.array(fc.nat(5), { maxLength: 2 }),
  changed: fc.array(fc.tuple(fc.nat(5), name), { maxLength: 2 }),
});

Deno.test("conformList() makes a list say what is wanted, and keeps the comments of what it does not touch", () => {
  fc.assert(
    fc.property(set, ({ field, style, windows, names, added, removed, changed }) => {
      const item = (name: string, at: number): Item =>
        field === "tags" ? { name } : { name, value: `v${at}`, share: at };
      const items = names.map(item);
      const { source: unix, comments, around } = written(field, items, style);
      const source = windows ? unix.replaceAll("\n", "\r\n") : unix;
      const gone = new Set(removed.filter((at) => at < items.length && items.length > 1));
      if (gone.size === items.length) return;
      const wanted = items.flatMap((one, at): Item[] => {
        if (gone.has(at)) return [];
        const change = field === "tags" ? undefined : changed.find(([n]) => n === at);
        return [change === undefined ? one : { ...one, value: change[1] }];
      });
      const isOrdered = field === "multivariate_options" || field === "rules";
      for (const [name, at] of added) {
        if (items.some((one) => one.name === name) || wanted.some((one) => one.name === name)) continue;
        wanted.splice(isOrdered ? Math.min(at, wanted.length) : wanted.length, 0, item(name, 50 + at));
      }
      const root = read(source);
      const file: EditedFile = {
        name: "a.yaml",
        text: source,
        shared: new Set(),
        places: placesIn(source),
        edits: [],
      };
      const tree = list(wanted.map((one) => treeOf(field, one)));
      const node = child(root, "list") as SequenceNode;
      assert.ok(conformList(file, node, tree, tree, { name: field, optionKeys: [] }), source);
      const merged = applyEdits(source, file.edits);
      assert.deepEqual(itemsIn(field, child(read(merged), "list")), wanted, `${source}\n${merged}`);
      const kept = [...around, ...comments.filter((_, at) => !gone.has(at)).flat()];
      assert.deepEqual(kept.filter((comment) => !merged.includes(comment)), [], `${source}\n${merged}`);
      assert.equal(windows && /[^\r]\n/.test(merged), false, merged);
      if (added.length + gone.size + changed.length === 0) assert.equal(merged, source);
    }),
    { numRuns: 2000 },
  );
});

/** The order of files, lists and keys, nesting and splitting never change what an apply writes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { holdsForSets, isFull } from "../support/property.ts";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { normalDump } from "../support/normal_dump.ts";
import { quickHash } from "../support/password_hash.ts";
import { runCli } from "../support/run_cli.ts";
import { itemsOf, readTree, type Tree, valueOf, without, withPair, writeTree } from "../support/yaml_tree.ts";

const RUNS = isFull() ? 60 : 12;
const FILES = ["10-flags", "20-segments", "30-company"].map((name) => `tests/data/shop/${name}.yaml`);
/** Nested in a project or in a list of their own, which means the same. */
const CHILDREN = ["environments", "features", "segments"];
/** Lists in which the order is a part of the meaning. */
const ORDERED = ["rules", "conditions", "multivariate_options", "segment_overrides"];

/** A number from 0 to below `bound`. */
type Below = (bound: number) => number;

/** An entity with the list that it is in at the top of a file. */
interface Item {
  readonly list: string;
  readonly tree: Tree;
}

function shuffled<T>(list: readonly T[], draw: Below): readonly T[] {
  const rest = [...list];
  return list.flatMap(() => rest.splice(draw(rest.length), 1));
}

/** The keys of all mappings and the items of all unordered lists in another order. */
function reordered(tree: Tree, draw: Below, isOrdered = false): Tree {
  if (tree.kind === "map") {
    const pairs = shuffled(tree.pairs, draw);
    return {
      kind: "map",
      pairs: pairs.map(([key, value]) => [key, reordered(value, draw, ORDERED.includes(key))]),
    };
  }
  if (tree.kind === "scalar") return tree;
  const items = tree.items.map((item) => reordered(item, draw));
  return { kind: "list", items: isOrdered ? items : shuffled(items, draw) };
}

/** All entities of a file; what is nested in a project comes with a reference to it instead. */
function entitiesOf(file: Tree): readonly Item[] {
  if (file.kind !== "map") throw new TypeError("The file is no mapping");
  return file.pairs.flatMap(([list, value]) =>
    itemsOf(value).flatMap((tree): readonly Item[] => {
      const name = valueOf(tree, "name");
      if (list !== "projects" || name === undefined) return [{ list, tree }];
      const nested = CHILDREN.flatMap((child) =>
        itemsOf(valueOf(tree, child)).map((below) => ({
          list: child,
          tree: withPair(below, "project", name),
        }))
      );
      return [{ list, tree: without(tree, CHILDREN) }, ...nested];
    })
  );
}

/** Lists by name. */
function lists(items: readonly Item[]): readonly (readonly [string, Tree])[] {
  return [...Map.groupBy(items, (item) => item.list)].map(([list, group]) =>
    [list, { kind: "list", items: group.map((item) => item.tree) }] as const
  );
}

/** One to four files that say the same in another form. */
function rewritten(items: readonly Item[], draw: Below): readonly string[] {
  const nests = new Map(items.map((item) => [item, CHILDREN.includes(item.list) && draw(2) === 0]));
  const nested = items.filter((item) => nests.get(item));
  const top = items.filter((item) => !nests.get(item)).map((item): Item => {
    if (item.list !== "projects") return item;
    const inside = shuffled(nested, draw).map(({ list, tree }) => ({
      list,
      tree: without(tree, ["project"]),
    }));
    return {
      list: item.list,
      tree: lists(inside).reduce((tree, [list, value]) => withPair(tree, list, value), item.tree),
    };
  });
  const count = 1 + draw(4);
  const files = Map.groupBy(shuffled(top, draw), () => draw(count));
  return [...files.values()].map((group) => {
    const pairs = shuffled(lists(group), draw);
    const domain = files.values().next().value === group
      ? "app_domain: ${APP_DOMAIN:flags.example.com:8000}\n"
      : "";
    return `version: '1.0'\n${domain}${writeTree(reordered({ kind: "map", pairs }, draw))}`;
  });
}

/** What applying files to an empty instance leaves there. */
async function written(
  paths: readonly string[],
): Promise<{ out: string; rows: ReadonlyMap<string, unknown> }> {
  return await withDatabase({}, async ({ sql, url }) => {
    const { code, out, err } = await runCli(paths.flatMap((path) => ["--file", path]), {
      databaseUrl: url,
      io: { hash: quickHash },
    });
    assert.equal(code, 0, err);
    return { out, rows: normalDump(await dumpTables(sql)) };
  });
}

/** The same for the texts of files. */
async function writtenTexts(texts: readonly string[]): ReturnType<typeof written> {
  const directory = await Deno.makeTempDir();
  try {
    const paths = texts.map((_text, at) => `${directory}/${at}.yaml`);
    for (const [at, path] of paths.entries()) await Deno.writeTextFile(path, texts[at] ?? "");
    return await written(paths);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("apply() writes the same rows and log whatever the order and form of the files", async () => {
  const wanted = await written(FILES);
  const items = FILES.flatMap((path) => entitiesOf(readTree(Deno.readTextFileSync(path))));
  assert.equal(items.length, 15);
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (gen) => {
      const texts = rewritten(items, (bound) => gen(fc.nat, { max: bound - 1 }));
      const got = await writtenTexts(texts);
      assert.deepEqual(got, wanted, texts.join("---\n"));
    }),
    { numRuns: RUNS, seed: 20, endOnFailure: true },
  );
});

Deno.test("apply() writes the same rows and log for any set, whatever the order and form of its files", async () => {
  await holdsForSets(3, async (set) => {
    const one = await writtenTexts(filesOf(set));
    const other = await writtenTexts(filesOf(set, new Draw(set.seed + 1)));
    // Keys that are made up are in the output.
    const plain = (out: string) => out.replaceAll(/\b[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}$/gm, "<key>");
    assert.equal(plain(other.out), plain(one.out));
    for (const [table, rows] of one.rows) assert.deepEqual(other.rows.get(table), rows, table);
  });
});

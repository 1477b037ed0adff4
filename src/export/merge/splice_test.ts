import assert from "node:assert/strict";
import fc from "fast-check";
import { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { sourceFile, type Span } from "../../diagnostics/source_file.ts";
import { child, type MapNode, type Node } from "../../source/node.ts";
import { parseYaml } from "../../source/parse.ts";
import { buildTree } from "../../source/tree.ts";
import { applyEdits } from "./edits.ts";
import { placesIn } from "./places.ts";
import { addEntry, addItem, type EditedFile, replaceValue } from "./splice.ts";
import { list, mapping, plain, text, type Tree } from "../../kinds/value_tree.ts";

/** Parses a text, lets `edit` change it, and gives the result, which must be well-formed YAML. */
function edited(source: string, edit: (root: MapNode, file: EditedFile) => void, name = "a.yaml"): string {
  const shared = new Set<Span>();
  const parse = (content: string): Node => {
    const diagnostics = new Diagnostics();
    const file = sourceFile(name, content);
    const [root] = parseYaml(file, diagnostics);
    assert.deepEqual(diagnostics.sorted(), [], content);
    assert.ok(root !== undefined);
    return buildTree(root, {
      file,
      variables: { env: () => undefined, mockEnv: true, secretEnv: new Set() },
      diagnostics,
      references: [],
      shared,
      aliased: 0,
    });
  };
  const root = parse(source);
  assert.ok(root.kind === "map");
  const file: EditedFile = { name, text: source, shared, places: placesIn(source), edits: [] };
  edit(root, file);
  const result = applyEdits(source, file.edits);
  parse(result);
  return result;
}

/** The mapping that the first keys lead to, through mappings and lists. */
function innermost(map: MapNode): MapNode {
  const value = map.entries[0]?.value;
  const inner = value?.kind === "sequence" ? value.items[0] : value;
  return inner?.kind === "map" ? innermost(inner) : map;
}

/** Keys and texts of the innermost mapping, as the reader of the format takes them. */
function valuesOf(source: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  edited(source, (root) => {
    for (const { key, value } of innermost(root).entries) {
      values.set(key, value.kind === "scalar" ? value.text : "");
    }
  });
  return values;
}

/** The text with another value of the first key of a mapping: of the root unless told. */
function replaced(
  source: string,
  value: Tree,
  name?: string,
  mapOf: (root: MapNode) => MapNode = (root) => root,
): string {
  return edited(source, (root, file) => {
    const map = mapOf(root);
    const [entry] = map.entries;
    assert.ok(entry !== undefined && replaceValue(file, entry, value, map));
  }, name);
}

Deno.test("replaceValue() writes a scalar in the place of any other one", () => {
  assert.equal(replaced("a: 1 # c\nb: 2\n", plain(7)), "a: 7 # c\nb: 2\n");
  assert.equal(replaced("a: 'x'\n", text("${X}")), "a: '$${X}'\n");
  assert.equal(replaced("a:\nb: 2\n", text("x")), "a: x\nb: 2\n");
  assert.equal(replaced("a: |\r\n  one\r\n\r\nb: 2\r\n", plain(7)), "a: 7\r\n\r\nb: 2\r\n");
  assert.equal(replaced("a: |+\n  one\n\nb: 2\n", plain(7)), "a: 7\nb: 2\n");
  assert.equal(replaced("{a: 1, b: 2}\n", text("x, y")), '{a: "x, y", b: 2}\n');
  assert.equal(replaced('{"a": 1}\n', text("x"), "a.json"), '{"a": "x"}\n');
});

Deno.test("replaceValue() keeps the style of a text, and writes several lines as a block", () => {
  assert.equal(replaced("a: |\n  one\n  two\nb: 2\n", text("x\ny")), "a: |-\n  x\n  y\nb: 2\n");
  assert.equal(
    replaced("a: |- # c\n    {\n      1\n    }\nb: 2\n", text("{\n  2\n}")),
    "a: |- # c\n    {\n      2\n    }\nb: 2\n",
  );
  assert.equal(replaced("a: |\n  one\n", text("x")), "a: |-\n  x\n");
  assert.equal(replaced("a: >-\n  one\n  two\n", text("x\n\ny\n")), "a: >\n  x\n\n\n  y\n");
  assert.equal(replaced("a: >\n  one\n", text("x\n  y")), "a: |-\n  x\n    y\n");
  assert.equal(replaced("a: |\n  one\n", text(" x\ny")), "a: |2-\n   x\n  y\n");
  assert.equal(replaced("a: |\r\n   one\r\nb: 2\r\n", text("x\ny\n")), "a: |\r\n   x\r\n   y\r\nb: 2\r\n");
  assert.equal(replaced("a: one # c\nb: 2\n", text("x\ny")), "a: |- # c\n  x\n  y\nb: 2\n");
  assert.equal(replaced("a:\nb: 2\n", text("x\ny")), "a: |-\n  x\n  y\nb: 2\n");
  assert.equal(replaced('a: "one"\n', text("x\ny")), 'a: "x\\ny"\n');
  assert.equal(replaced("a: 'one'\n", text("it's")), "a: 'it''s'\n");
  assert.equal(replaced("a: |\n  one\n", text("x\u200by")), 'a: "x\\u200by"\n');
});

/** Texts that need care in some style. */
const awkward = fc.array(
  fc.constantFrom(
    "a",
    "b: 1",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "#",
    "'",
    '"',
    "{",
    "- ",
    "${X}",
    "\r",
    "é",
  ),
  { maxLength: 12 },
).map((pieces) => pieces.join(""));

Deno.test("replaceValue() in any style gives the text back, whatever it is", () => {
  const places = [
    "k: one\n",
    "k: one # c\nz: 1\n",
    "k:\nz: 1\n",
    "k: 'one'\nz: 1\n",
    'k: "one"\nz: 1\n',
    "k: |\n one\nz: 1\n",
    "k: |-\n      one\n       two\n\nz: 1\n",
    "k: |+\n  one\n\nz: 1\n",
    "k: >2-\n    one\n  two\nz: 1\n",
    "k: > # c\n  one\n",
    "k: |\r\n\r\n   one\r\nz: 1\r\n",
    "{ k: one, z: 1 }\n",
  ];
  const around: ((place: string) => string)[] = [
    (place) => place,
    (place) => `a:\n    b:\n${place.replaceAll(/^(?=.)/gm, " ".repeat(8))}c: 1\n`,
    (place) =>
      `a:\n  - b: 1\n  - 2\n`.replace("b: 1", () => place.trimEnd().replaceAll("\n", `\n${" ".repeat(4)}`)),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.constantFrom(...around),
      awkward,
      (place, wrap, wanted) => {
        const source = wrap(place);
        const result = replaced(source, text(wanted), undefined, innermost);
        const [before, after] = [source, result].map((content) => valuesOf(content));
        assert.equal(after?.get("k"), wanted, result);
        assert.equal(after?.get("z"), before?.get("z"), result);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("replaceValue() writes lists in the style of the place", () => {
  const two = list([text("x"), text("z")]);
  assert.equal(replaced("a:\n  - 1\n  - 2 # c\nb: 2\n", two), "a:\n  - x\n  - z # c\nb: 2\n");
  assert.equal(replaced("a:\n- 1\nb: 2\n", two), "a:\n- x\n- z\nb: 2\n");
  assert.equal(replaced("a: [1]\nb: 2\n", two), "a: [ x, z ]\nb: 2\n");
  assert.equal(replaced("a: [] # c\nb: 2\n", two), "a:\n  - x\n  - z # c\nb: 2\n");
  assert.equal(replaced("a:\n  - 1\nb: 2\n", list([])), "a: []\nb: 2\n");
});

Deno.test("addEntry() and addItem() in any style give the text back, whatever it is", () => {
  const places = [
    "a:\n    b:\n        c:\n            - x\n    z: 1\n",
    "a:\n    b: { c: [x] }\n    z: 1\n",
    "a: {\n    b: {\n      c: [\n        x,\n      ],\n    },\n    z: 1 }\n",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), awkward, (source, wanted) => {
      const result = edited(source, (root, file) => {
        const map = innermost(root);
        const items = child(map, "c");
        assert.ok(items?.kind === "sequence" && addItem(file, items, text(wanted)));
        assert.ok(addEntry(file, map, "k", text(wanted)));
      });
      edited(result, (root) => {
        const map = innermost(root);
        const items = child(map, "c");
        const value = child(map, "k");
        assert.ok(items?.kind === "sequence" && value?.kind === "scalar");
        const texts = [...items.items, value].map((node) => node.kind === "scalar" ? node.text : "");
        assert.deepEqual(texts, ["x", wanted, wanted], result);
      });
    }),
    { numRuns: 1000 },
  );
});

Deno.test("addEntry() adds behind the last line of a mapping, before what follows it", () => {
  const value = mapping([["k", plain(1)]]);
  const added = (source: string) =>
    edited(source, (root, file) => assert.ok(addEntry(file, root, "m", value)));
  assert.equal(added("a: 1 # c\n\n# end\n"), "a: 1 # c\nm: { k: 1 }\n\n# end\n");
  assert.equal(added("a: |\n  x\n\n# end\n"), "a: |\n  x\nm: { k: 1 }\n\n# end\n");
  assert.equal(added("a: |+\n  x\n\n# end\n"), "a: |+\n  x\n\nm: { k: 1 }\n# end\n");
  assert.equal(added("a: 1"), "a: 1\nm: { k: 1 }");
  assert.equal(added("a: 1\r\nb: 2\r\n"), "a: 1\r\nb: 2\r\nm: { k: 1 }\r\n");
  assert.equal(added("a:\n  b:\n    - |\n      x\n"), "a:\n  b:\n    - |\n      x\nm: { k: 1 }\n");
  assert.equal(added("{a: 1}\n"), "{a: 1, m: { k: 1 }}\n");
  assert.equal(added("{}\n"), "{ m: { k: 1 } }\n");
  assert.equal(added("a: &x {b: 1}\nc: *x\n"), "a: &x {b: 1}\nc: *x\nm: { k: 1 }\n");
});

Deno.test("addItem() adds behind the last item of a list, at the indentation of its dashes", () => {
  const added = (source: string) =>
    edited(source, (root, file) => {
      const items = child(root, "a");
      assert.ok(items?.kind === "sequence" && addItem(file, items, mapping([["k", plain(1)]])));
    });
  assert.equal(added("a:\n  - x # c\nb: 2\n"), "a:\n  - x # c\n  - { k: 1 }\nb: 2\n");
  assert.equal(added("a:\n- b:\n    c: 1\n"), "a:\n- b:\n    c: 1\n- { k: 1 }\n");
  assert.equal(added("a: [x]\n"), "a: [x, { k: 1 }]\n");
  assert.equal(added("a: [\n  x,\n]\n"), "a: [\n  x, { k: 1 },\n]\n");
  assert.equal(added("a: [\n  x, # c\n  'y, # z' # d\n]\n"), "a: [\n  x, # c\n  'y, # z', { k: 1 } # d\n]\n");
  assert.equal(added("a: [&x x, *x, # c\n]\n"), "a: [&x x, *x, { k: 1 }, # c\n]\n");
});

Deno.test("addEntry() and addItem() add in brackets as often as they are called", () => {
  const added = (source: string) =>
    edited(source, (root, file) => {
      const [entry] = root.entries;
      assert.ok(entry !== undefined);
      for (const name of ["k", "l", "m"]) {
        const { value } = entry;
        if (value.kind === "map") assert.ok(addEntry(file, value, name, plain(1)));
        else assert.ok(value.kind === "sequence" && addItem(file, value, text(name)));
      }
    });
  assert.equal(added("a: {}\n"), "a: { k: 1, l: 1, m: 1 }\n");
  assert.equal(added("a: { }\n"), "a: { k: 1, l: 1, m: 1 }\n");
  assert.equal(added("a: { # none\n}\n"), "a: { k: 1, l: 1, m: 1 # none\n}\n");
  assert.equal(added("a: {b: x, # c\n}\n"), "a: {b: x, k: 1, l: 1, m: 1, # c\n}\n");
  assert.equal(added("a: []\n"), "a: [k, l, m]\n");
  assert.equal(added("a: [b, c,]\n"), "a: [b, c, k, l, m,]\n");
});

Deno.test("replaceValue() and addEntry() change the last entry of a mapping and add one behind it", () => {
  const changed = (source: string) =>
    edited(source, (root, file) => {
      const entry = root.entries.at(-1);
      assert.ok(addEntry(file, root, "m", plain(1)));
      assert.ok(entry !== undefined && replaceValue(file, entry, text("x"), root));
    });
  assert.equal(changed("a: 1\n"), "a: x\nm: 1\n");
  assert.equal(changed("a: |\n  one\n  two\n"), "a: |-\n  x\nm: 1\n");
  assert.equal(changed("a: |+\n  one\n\n\n# end\n"), "a: |-\n  x\nm: 1\n# end\n");
  assert.equal(changed("a: >-\r\n  one\r\n# end\r\n"), "a: >-\r\n  x\r\nm: 1\r\n# end\r\n");
  assert.equal(changed("a:\n"), "a: x\nm: 1\n");
  assert.equal(changed("a: # c\n"), "a: x # c\nm: 1\n");
  assert.equal(changed("a:\n  - 1\n"), "a: x\nm: 1\n");
  assert.equal(changed("{b: 2, a: }\n"), "{b: 2, a: x, m: 1 }\n");
});

Deno.test("addItem() adds before keys that are added in the column of its dashes", () => {
  const added = (source: string) =>
    edited(source, (root, file) => {
      const items = child(root, "a");
      assert.ok(items?.kind === "sequence" && items.items[0]?.kind === "map");
      assert.ok(addEntry(file, root, "m", plain(1)));
      assert.ok(addItem(file, items, mapping([["k", plain(2)]])));
      assert.ok(addEntry(file, items.items[0], "l", plain(3)));
    });
  assert.equal(added("a:\n- k: 1\n"), "a:\n- k: 1\n  l: 3\n- { k: 2 }\nm: 1\n");
  assert.equal(added("a:\n  - k: 1\n"), "a:\n  - k: 1\n    l: 3\n  - { k: 2 }\nm: 1\n");
  assert.equal(added("a:\n- {k: 1}\n"), "a:\n- {k: 1, l: 3}\n- { k: 2 }\nm: 1\n");
});

Deno.test("replaceValue() leaves a key in brackets that has no colon", () => {
  edited("{a, b: 1}\n", (root, file) => {
    const [entry] = root.entries;
    assert.ok(entry !== undefined && !replaceValue(file, entry, plain(2), root));
  });
});

Deno.test("replaceValue(), addEntry() and addItem() leave what aliases name, and what an alias stands for", () => {
  const source = `m: &m { k: 1, l: [x] }
n: { <<: *m }
s: &s
  - k: 1
t: *s
v: &v x
w: { k: *v }
o: { k: &o 1, p: { q: *o } }
`;
  const left = edited(source, (root, file) => {
    const answers = (map: MapNode): readonly string[] =>
      map.entries.flatMap((entry) => {
        const { key, value } = entry;
        const done = [
          ...(replaceValue(file, entry, plain(2), map) ? ["replaced"] : []),
          ...(value.kind === "map" && addEntry(file, value, "z", plain(2)) ? ["added to"] : []),
          ...(value.kind === "sequence" && addItem(file, value, plain(2)) ? ["added to"] : []),
        ];
        const below = value.kind === "map" ? answers(value).map((answer) => `${key}.${answer}`) : [];
        return [...done.map((answer) => `${key} ${answer}`), ...below];
      });
    assert.deepEqual(answers(root), [
      "n replaced",
      "n added to",
      "w replaced",
      "w added to",
      "o added to",
      "o.p replaced",
      "o.p added to",
    ]);
    file.edits.length = 0;
  });
  assert.equal(left, source);
});

Deno.test("replaceValue() changes what no alias names, at an anchor, too", () => {
  assert.equal(replaced("a: &x 1\nb: 2\n", plain(7)), "a: &x 7\nb: 2\n");
  assert.equal(replaced("a: &x\n  - 1\nb: 2\n", list([text("z")])), "a: &x\n  - z\nb: 2\n");
  assert.equal(replaced("a: &x\nb: 2\n", plain(7)), "a: &x 7\nb: 2\n");
  assert.equal(replaced("a: &x []\nb: 2\n", list([text("z")])), "a: &x\n  - z\nb: 2\n");
  assert.equal(replaced("{a: &x, b: 2}\n", plain(7)), "{a: &x 7, b: 2}\n");
});

Deno.test("replaceValue() does not change what stands at an anchor elsewhere", () => {
  edited("a: &x 1\nb: *x\n", (root, file) => {
    const entry = root.entries[1];
    assert.ok(entry !== undefined && !replaceValue(file, entry, plain(2), root));
  });
});

/** One report holds every mistake of the files, each at its place, and nothing that only follows from one. */
import assert from "node:assert/strict";
import { readDocuments } from "../../src/declarations/read.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { load } from "../../src/source/test_support.ts";
import { holdsForSets } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { plantMistakes } from "../support/random_set/mistakes.ts";
import { runCli } from "../support/run_cli.ts";

/** `line:column CODE` of each error. */
function errorsOf(err: string): readonly string[] {
  return err.split("\n").flatMap((line) => {
    const [, place, code] = /^<stdin>:(\d+:\d+): error: .* \[(FP\d+)\]$/.exec(line) ?? [];
    return place === undefined ? [] : [`${place} ${code}`];
  }).toSorted();
}

Deno.test("mistakes of different classes at different places are reported together, and nothing else is", async () => {
  const seen = new Map<string, number>();
  await holdsForSets(30, async (set) => {
    const draw = new Draw(set.seed ^ 0x2545f491);
    const text = filesOf(set).join("---\n");
    const { documents } = await load(text);
    const { entities } = readDocuments(documents, { onExists: "skip" }, new Diagnostics());
    const planted = plantMistakes(text, entities, draw.from(2, 9), draw);
    assert.ok(planted.expected.length >= 2, `${planted.expected.length} planted`);
    for (const name of planted.classes) seen.set(name, (seen.get(name) ?? 0) + 1);
    const { code, err } = await runCli(["validate", "--closed", "-f", "-"], { stdin: planted.text });
    assert.deepEqual(
      errorsOf(err),
      planted.expected,
      `${planted.classes.join(", ")}\n${
        err.split("\n").filter((line) => line.includes(" error: ")).join("\n")
      }`,
    );
    assert.equal(code, 1);
    assert.match(err, new RegExp(`^${planted.expected.length} errors[;,]`, "m"));
  });
  // Every class is tried.
  assert.deepEqual([...seen.keys()].toSorted(), [
    "bad date",
    "bad regex",
    "declared twice",
    "list for a name",
    "list for a value",
    "misspelt key",
    "name with a blank",
    "share above 100",
    "text for a boolean",
    "too many percent",
    "unknown reference",
  ]);
});

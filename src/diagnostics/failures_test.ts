import assert from "node:assert/strict";
import { CODES } from "./codes.ts";
import { EXIT } from "./error.ts";
import { FAILURES } from "./failures.ts";

const SOURCES = new URL("..", import.meta.url);

/** The text of all sources but tests and the two tables. */
async function sources(folder: URL): Promise<string> {
  const parts: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) parts.push(await sources(new URL(`${entry.name}/`, folder)));
    else if (!/_test\.ts$|^(codes|failures)\.ts$/.test(entry.name)) {
      parts.push(await Deno.readTextFile(new URL(entry.name, folder)));
    }
  }
  return parts.join("\n");
}

Deno.test("every code in the sources is in one table, and every code of a table is in the sources", async () => {
  const text = await sources(SOURCES);
  const used = new Set([...text.matchAll(/["[](FP\d{3})["\]]/g)].map((match) => match[1]));
  assert.deepEqual([...used].sort(), [...Object.keys(CODES), ...Object.keys(FAILURES)].sort());
});

Deno.test("failures end with an exit code of the tool or an answer of serve", () => {
  const known = new Set<string>(Object.values(EXIT).map(String));
  const odd = Object.entries(FAILURES).filter(([, { ends }]) =>
    !/^HTTP [45]\d\d$/.test(ends) && !ends.split(", ").every((code) => known.has(code))
  );
  assert.deepEqual(odd, []);
});

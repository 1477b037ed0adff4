/** A number of a decision names one page, and the page says it itself. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGES = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs/decisions");

Deno.test("decisions are numbered from 1 without a gap, in the file's name and in the heading alike", () => {
  const names = [...Deno.readDirSync(PAGES)].map(({ name }) => name).sort();
  assert.ok(names.length > 20);
  const numbers = names.map((_, at) => at + 1);
  assert.deepEqual(names.map((name) => Number(/^(\d{4})-[\w-]+\.md$/.exec(name)?.[1])), numbers);
  assert.deepEqual(
    names.map((name) => Number(/^# (\d+)\. /.exec(Deno.readTextFileSync(join(PAGES, name)))?.[1])),
    numbers,
  );
});

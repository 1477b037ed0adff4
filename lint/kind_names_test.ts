import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FILES_WITH_OTHER_WORDS, isOutsideKinds, kindFolders, namesKind } from "./kind_names.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

Deno.test("FILES_WITH_OTHER_WORDS lists no file without such a word", () => {
  const folders = kindFolders(ROOT);
  const needless = FILES_WITH_OTHER_WORDS.filter((path) => {
    const texts = Deno.readTextFileSync(join(ROOT, path)).matchAll(/"([a-z_]+)"/g);
    return !isOutsideKinds(path) || ![...texts].some(([, text = ""]) => namesKind(text, folders));
  });
  assert.deepEqual(needless, []);
});

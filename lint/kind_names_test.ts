import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FILES_THAT_NAME_KINDS, isOutsideKinds, kindFolders, namesKind } from "./kind_names.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

Deno.test("FILES_THAT_NAME_KINDS lists no file that names no kind any more", () => {
  const folders = kindFolders(ROOT);
  const needless = FILES_THAT_NAME_KINDS.filter((path) => {
    const texts = Deno.readTextFileSync(join(ROOT, path)).matchAll(/"([a-z_]+)"/g);
    return !isOutsideKinds(path) || ![...texts].some(([, text = ""]) => namesKind(text, folders));
  });
  assert.deepEqual(needless, []);
});

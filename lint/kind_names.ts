/** A rule of `lint/layers.ts`: only `src/kinds` names a kind; everyone else asks the records (`src/kinds/record.ts`). */
import { join } from "node:path";

/** Files in which a word like the name of a kind means something else: the package of the command line has its own "user". */
export const FILES_WITH_OTHER_WORDS: readonly string[] = ["src/cli/main.ts"];

/** Folders of `src/` that come before `kinds` or know nothing of it: words like "user" mean something else there. */
const WITHOUT_KINDS = ["diagnostics", "presets", "source", "flagsmith", "database"];

/** The names of kinds are those of their folders; permissions are of six kinds, `user_project_permission` and so on. */
export function kindFolders(root: string): ReadonlySet<string> {
  const entries = [...Deno.readDirSync(join(root, "src", "kinds"))];
  return new Set(entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name));
}

/** True for a text that is the name of a kind. */
export function namesKind(text: string, folders: ReadonlySet<string>): boolean {
  return folders.has(text) || /^(user|group)_[a-z]+_permission$/.test(text);
}

/** True for a file in which a text like the name of a kind is one. */
export function isOutsideKinds(path: string): boolean {
  const [top, folder = "", ...rest] = path.split("/");
  return top === "src" && rest.length > 0 && folder !== "kinds" && !WITHOUT_KINDS.includes(folder) &&
    !path.endsWith("_test.ts");
}

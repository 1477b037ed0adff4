/** A rule of `lint/layers.ts`: only `src/kinds` names a kind; everyone else asks the records (`src/kinds/record.ts`). */
import { join } from "node:path";

/**
 * Files that still name a kind, or a key of the format that is called like one. The list only shrinks: a file that needs
 * none any more has to leave it (`kind_names_test.ts`).
 */
export const FILES_THAT_NAME_KINDS: readonly string[] = [
  "src/apply/kept_ids.ts",
  "src/apply/project_contents.ts",
  "src/apply/rows.ts",
  "src/cli/main.ts",
  "src/export/build/addresses.ts",
  "src/export/build/document.ts",
  "src/export/merge/add.ts",
  "src/export/merge/checks.ts",
  "src/export/merge/merge.ts",
  "src/export/merge/update_fields.ts",
  "src/graph/build.ts",
  "src/graph/flag_circles.ts",
  "src/graph/options.ts",
  "src/graph/priorities.ts",
  "src/plan/flag_checks.ts",
  "src/plan/identity_checks.ts",
  "src/plan/plan_checks.ts",
  "src/plan/state_checks.ts",
  "src/plan/storable.ts",
  "src/plan/write_checks.ts",
  "src/removal/roots.ts",
  "src/reset/reset.ts",
  "src/snapshot/contents.ts",
  "src/snapshot/details.ts",
  "src/snapshot/flag_dependencies.ts",
];

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

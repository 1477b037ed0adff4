/**
 * Writes the files that are made from others: `deno task docs`. With `--check` (`deno task docs:check`) nothing is
 * written; files that differ are named and the exit code is 1.
 *
 * A new generator is a function in `scripts/generators/` and a line in `GENERATORS`.
 */
import { fileURLToPath } from "node:url";
import { cliPage } from "./generators/cli_page.ts";
import { columnDefaultsScript } from "./generators/column_defaults_script.ts";
import { embeddedPresets } from "./generators/embedded_presets.ts";
import { errorsPage } from "./generators/errors_page.ts";
import { formatFields } from "./generators/format_fields.ts";
import { formatKeysModule } from "./generators/format_keys.ts";
import { byText, type Files, type Generator } from "./generators/generator.ts";
import { knownSchema } from "./generators/known_schema.ts";
import { typedTables } from "./generators/typed_tables.ts";
import { complain, say } from "./terminal.ts";

/** All generators. Their outputs must not overlap. */
const GENERATORS: readonly Generator[] = [
  cliPage,
  columnDefaultsScript,
  embeddedPresets,
  errorsPage,
  formatFields,
  formatKeysModule,
  knownSchema,
  typedTables,
];

/** Extensions of generated files that `deno fmt` formats. */
const FORMATTED: ReadonlySet<string> = new Set(["ts", "md"]);

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Runs the generators and formats what they return as `deno fmt` does with the project's settings. */
export async function generate(root: string, generators: readonly Generator[]): Promise<Files> {
  const files: Record<string, string> = {};
  for (const generator of generators) {
    for (const [path, text] of Object.entries(await generator(root))) {
      if (path in files) throw new Error(`Two generators write "${path}"`);
      files[path] = await formatted(path, text);
    }
  }
  return files;
}

/** The paths whose content on disk is another one, or none; sorted. */
export async function outdated(root: string, files: Files): Promise<string[]> {
  const found: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    if (await currentText(root + path) !== text) found.push(path);
  }
  return found.sort(byText);
}

/** Writes the given paths of `files`, with the directories they need. */
export async function write(root: string, files: Files, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await Deno.mkdir(root + path.slice(0, path.lastIndexOf("/") + 1), { recursive: true });
    await Deno.writeTextFile(root + path, files[path] ?? "");
  }
}

async function currentText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function formatted(path: string, text: string): Promise<string> {
  const extension = path.slice(path.lastIndexOf(".") + 1);
  if (!FORMATTED.has(extension)) return text;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", `--config=${ROOT}deno.json`, `--ext=${extension}`, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Reading begins before writing ends, or a text larger than the pipes would wait for ever.
  const [done] = await Promise.all([child.output(), new Blob([text]).stream().pipeTo(child.stdin)]);
  const decoder = new TextDecoder();
  if (!done.success) throw new Error(`Cannot format "${path}": ${decoder.decode(done.stderr)}`);
  return decoder.decode(done.stdout);
}

async function main(args: readonly string[]): Promise<number> {
  const files = await generate(ROOT, GENERATORS);
  const paths = await outdated(ROOT, files);
  if (args.includes("--check")) {
    for (const path of paths) complain(`${path} is not up to date: run "deno task docs"`);
    return paths.length === 0 ? 0 : 1;
  }
  await write(ROOT, files, paths);
  for (const path of paths) say(`Wrote ${path}`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** The files of a release that are text: documents, shipped sets, deployment files, completions, man page. */
import { join } from "node:path";
import { processIo } from "../../mod.ts";
import { COMPLETIONS } from "../../src/cli/commands/completions.ts";
import { commandWords } from "../../src/cli/completions/command_words.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { documentSchema } from "../../src/declarations/json_schema.ts";
import { exitCodes, VARIABLES } from "../generators/cli_page.ts";
import { byText } from "../generators/generator.ts";
import { manPage } from "./man_page.ts";

/** A text of the release, by its path in the bundle. */
export interface ReleaseText {
  readonly path: string;
  readonly text: string;
}

/** Folders and files of the repository that are released as they are. */
const COPIED = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "deploy",
  "docs",
  "examples",
  "provisioning",
];

/** Where each shell looks for completions. */
const COMPLETION_FILES: Readonly<Record<keyof typeof COMPLETIONS, string>> = {
  bash: "completions/flagsmith-provision.bash",
  zsh: "completions/_flagsmith-provision",
  fish: "completions/flagsmith-provision.fish",
};

/** All of them. `root` is the project's folder. */
export async function documentFiles(
  root: string,
  facts: { readonly version: string; readonly time: number },
): Promise<readonly ReleaseText[]> {
  const program = buildProgram(processIo(), { exitCode: 0 });
  const commands = commandWords(program);
  const copied = await Promise.all(COPIED.map((path) => textsBelow(root, path)));
  return [
    ...copied.flat(),
    ...Object.entries(COMPLETION_FILES).map(([shell, path]) => ({
      path,
      text: COMPLETIONS[shell as keyof typeof COMPLETIONS](commands),
    })),
    {
      path: "schema/flagsmith-provision.schema.json",
      text: `${JSON.stringify(documentSchema(), null, 2)}\n`,
    },
    {
      path: "man/flagsmith-provision.1",
      text: manPage(commands, {
        version: facts.version,
        date: new Date(facts.time * 1000).toISOString().slice(0, 10),
        summary: program.description().replace(/\.$/, ""),
        exitCodes: exitCodes(),
        variables: VARIABLES,
      }),
    },
  ];
}

async function textsBelow(root: string, path: string): Promise<readonly ReleaseText[]> {
  const info = await Deno.stat(join(root, path)).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (info === undefined) return [];
  if (info.isFile) return [{ path, text: await Deno.readTextFile(join(root, path)) }];
  const names: string[] = [];
  for await (const { name } of Deno.readDir(join(root, path))) {
    if (!name.startsWith(".") && !name.endsWith("_test.ts") && name !== "__pycache__") names.push(name);
  }
  const below = await Promise.all(names.sort(byText).map((name) => textsBelow(root, `${path}/${name}`)));
  return below.flat();
}

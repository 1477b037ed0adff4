/** The source stage: names of files and directories in, documents with positions out. */
import { appendAll } from "../diagnostics/append_all.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../diagnostics/source_file.ts";
import { discoverFiles } from "./discover.ts";
import { baseDirectory, fillFileValues } from "./file_value.ts";
import type { BaseDirectory } from "./file_value.ts";
import type { Variables } from "./interpolate.ts";
import type { SourceInputs, SourceIo, SourceOptions } from "./io.ts";
import type { SourceDocument } from "./node.ts";
import { parseYaml } from "./parse.ts";
import { checkedSource, readSource } from "./read.ts";
import { buildTree } from "./tree.ts";
import type { TreeContext } from "./tree.ts";

export type { EmbeddedFile, SourceInputs, SourceIo, SourceOptions } from "./io.ts";

/**
 * Reads, parses and interpolates all inputs: directories first, then files, then shipped sets. Every independent mistake
 * is added to `diagnostics` (FP001 to FP022, FP110, FP111), none is thrown. A document that is not well-formed is left
 * out, as is an empty one; a part of a document that has another mistake is a placeholder with `mocked: true`.
 *
 * @example
 * ```ts
 * const inputs = { directories: ["provisioning"], files: [], embedded: [], allowEmpty: false };
 * const documents = await loadSources(inputs, io, { mockEnv: false, secretEnv: [] }, diagnostics);
 * ```
 */
export async function loadSources(
  inputs: SourceInputs,
  io: SourceIo,
  options: SourceOptions,
  diagnostics: Diagnostics,
): Promise<readonly SourceDocument[]> {
  let input: Promise<Uint8Array> | undefined;
  const once: SourceIo = { ...io, readStdin: () => input ??= io.readStdin() };
  for (let attempt = 1;; attempt++) {
    const before = await mountedVersions(inputs, io);
    const found = new Diagnostics();
    const documents = await loadOnce(inputs, once, options, found);
    if (attempt < ATTEMPTS && before !== await mountedVersions(inputs, io)) continue;
    diagnostics.addAll(found);
    return documents;
  }
}

/** How often directories are read that others swap meanwhile. */
const ATTEMPTS = 10;

/**
 * What the links `..data` of mounted ConfigMaps and Secrets lead to. Kubernetes swaps them all at once, while the files are
 * read one by one: when it did so meanwhile, a part of them is of the former version.
 */
async function mountedVersions({ directories }: SourceInputs, io: SourceIo): Promise<string> {
  const targets = await Promise.all(
    directories.map((directory) => io.realPath?.(`${directory}/..data`).catch(() => null)),
  );
  return JSON.stringify(targets);
}

async function loadOnce(
  inputs: SourceInputs,
  io: SourceIo,
  options: SourceOptions,
  diagnostics: Diagnostics,
): Promise<readonly SourceDocument[]> {
  const variables: Variables = {
    env: (name) => io.env(name),
    mockEnv: options.mockEnv,
    secretEnv: new Set(options.secretEnv),
  };
  const documents: SourceDocument[] = [];
  const load = async (file: SourceFile | undefined, base: BaseDirectory) => {
    if (file === undefined) return;
    diagnostics.reads(file.name);
    appendAll(documents, await documentsOf(file, base, variables, inputs.allowEmpty, io, diagnostics));
  };
  for (const found of await discoverFiles(inputs, io, diagnostics)) {
    await load(
      await readSource(found, io, diagnostics),
      found.path === undefined ? "" : baseDirectory(found.path),
    );
  }
  for (const { name, text } of new Map(inputs.embedded.map((file) => [file.name, file])).values()) {
    await load(checkedSource(`preset:${name}`, text, diagnostics), undefined);
  }
  return documents;
}

async function documentsOf(
  file: SourceFile,
  base: BaseDirectory,
  variables: Variables,
  allowEmpty: boolean,
  io: SourceIo,
  diagnostics: Diagnostics,
): Promise<SourceDocument[]> {
  const context: TreeContext = {
    file,
    variables,
    diagnostics,
    references: [],
    shared: new Set(),
    aliased: 0,
  };
  const { shared } = context;
  const documents = parseYaml(file, diagnostics).map((root) => ({
    file,
    root: buildTree(root, context),
    shared,
  }));
  await fillFileValues(context.references, base, io, diagnostics);
  const filled = documents.filter(({ root }) =>
    !(root.kind === "scalar" && root.value === null && !root.mocked)
  );
  if (
    filled.length === 0 && !allowEmpty && !diagnostics.hasErrorIn({ file, start: 0, end: file.text.length })
  ) {
    diagnostics.add(
      "FP002",
      { file, start: 0, end: 0 },
      "File holds no document",
      "Whatever writes it may have failed; allow an empty file with --allow-empty",
    );
  }
  return filled;
}

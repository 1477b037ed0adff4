/** For tests: files and variables in memory, and trees as plain values. */
import { normalize } from "node:path";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { positionAt } from "../diagnostics/source_file.ts";
import type { Node, SourceDocument } from "./node.ts";
import { loadSources } from "./sources.ts";
import type { SourceIo } from "./sources.ts";

/** What a test's world holds. */
export interface MemoryWorld {
  /** Path to content; a content of `null` makes a directory. Parent directories need no entry. */
  readonly files?: Readonly<Record<string, string | Uint8Array | null>>;
  /** Path to the path that it points at. */
  readonly links?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Paths that may not be read. */
  readonly denied?: readonly string[];
}

/** A `SourceIo` that touches nothing; `reads` lists the paths that were read. */
export function memoryIo(world: MemoryWorld): SourceIo & { readonly reads: string[] } {
  const { files = {}, links = {}, stdin = "", env = {}, denied = [] } = world;
  const encoder = new TextEncoder();
  const reads: string[] = [];
  const names = [...Object.keys(files), ...Object.keys(links)];
  const follow = (given: string): string => {
    const path = normalize(given).replace(/(.)\/$/, "$1");
    const link = Object.keys(links).find((name) => path === name || path.startsWith(`${name}/`));
    return link === undefined ? path : follow(`${links[link]}${path.slice(link.length)}`);
  };
  const isDirectory = (path: string) =>
    files[path] === null || names.some((name) => name.startsWith(`${path}/`));
  const stat = (given: string) => {
    const path = follow(given);
    const content = files[path];
    if (isDirectory(path)) return Promise.resolve({ isFile: false, isDirectory: true });
    if (typeof content === "string") return Promise.resolve({ isFile: true, isDirectory: false });
    if (content instanceof Uint8Array) {
      return Promise.resolve({ isFile: true, isDirectory: false, size: content.length });
    }
    return Promise.reject(new Deno.errors.NotFound("no such file"));
  };
  return {
    reads,
    stat,
    readFile(given) {
      reads.push(given);
      if (denied.includes(given)) return Promise.reject(new Deno.errors.PermissionDenied("denied"));
      const content = files[follow(given)];
      if (typeof content === "string") return Promise.resolve(encoder.encode(content));
      return content instanceof Uint8Array
        ? Promise.resolve(content)
        : Promise.reject(new Error("unreadable"));
    },
    readDirectory(given) {
      if (denied.includes(given)) return Promise.reject(new Deno.errors.PermissionDenied("denied"));
      const base = `${follow(given)}/`;
      const below = names.filter((name) => name.startsWith(base)).map((name) =>
        name.slice(base.length).split("/")[0] ?? ""
      );
      return Promise.resolve([...new Set(below)].reverse());
    },
    readStdin: () => Promise.resolve(encoder.encode(stdin)),
    env: (name) => env[name],
  };
}

/** A tree as plain values: mappings as objects, lists as arrays. */
export function plain(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

/** What `load()` found. */
export interface Loaded {
  readonly documents: readonly SourceDocument[];
  /** The documents as plain values. */
  readonly values: readonly unknown[];
  /** `line:column-line:column CODE message` of each finding; no place for those without a span. */
  readonly findings: readonly string[];
  /** The texts that are masked. */
  readonly masked: readonly string[];
  readonly diagnostics: Diagnostics;
}

/** Loads one text from standard input. */
export async function load(
  stdin: string,
  world: MemoryWorld = {},
  options: { readonly mockEnv?: boolean; readonly secretEnv?: readonly string[] } = {},
): Promise<Loaded> {
  const diagnostics = new Diagnostics();
  const inputs = { directories: [], files: ["-"], embedded: [], allowEmpty: false };
  const full = { mockEnv: options.mockEnv ?? false, secretEnv: options.secretEnv ?? [] };
  const documents = await loadSources(inputs, memoryIo({ ...world, stdin }), full, diagnostics);
  return loaded(documents, diagnostics);
}

/** Puts documents and findings into a form that tests compare. */
export function loaded(documents: readonly SourceDocument[], diagnostics: Diagnostics): Loaded {
  const findings = diagnostics.sorted().map(({ code, message, span }) => {
    if (span === undefined) return `${code} ${message}`;
    const [from, to] = [positionAt(span.file, span.start), positionAt(span.file, span.end)];
    return `${from.line}:${from.column}-${to.line}:${to.column} ${code} ${message}`;
  });
  const masked = diagnostics.masked.map(({ file, start, end }) => file.text.slice(start, end));
  return { documents, values: documents.map(({ root }) => plain(root)), findings, masked, diagnostics };
}

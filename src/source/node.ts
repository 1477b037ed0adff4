/** The tree that files become: YAML after interpolation, every node with its place. */
import { Secret } from "./secret.ts";
import type { SourceFile, Span } from "../diagnostics/source_file.ts";

/** A value that stands alone. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly span: Span;
  /** The value as YAML 1.2 (core schema) types it; a plain scalar with `${…}` is typed after interpolation, a quoted one is text. */
  readonly value: string | number | bigint | boolean | null;
  /** The source text after interpolation: of a plain scalar as written (`007`), of a quoted or block one its content. */
  readonly text: string;
  readonly style: "plain" | "quoted" | "block";
  /** True when a `${…}` was replaced in it. */
  readonly interpolated: boolean;
  /** Names of the variables whose values are in the text. */
  readonly variables?: readonly string[];
  /** True when the text is a placeholder for a missing variable (`--mock-env`). */
  readonly mocked: boolean;
  /** True for a placeholder whose text is what stands there, though the field refuses it. */
  readonly readable?: true;
  /** True when the text must never be shown (`!file`, `--secret-env`). */
  readonly secret: boolean;
  /** True for `!ref`: the text names an entity, whose primary key is meant. */
  readonly reference?: true;
  /** True for `!exact`: the text is meant as it is written, whatever form and length its field asks for. */
  readonly exact?: true;
}

/** A mapping; keys are text. Merge keys (`<<`) are already resolved. */
export interface MapNode {
  readonly kind: "map";
  readonly span: Span;
  readonly entries: readonly MapEntry[];
  /** True when something that stands there is not among the entries, because its key or form is wrong: nothing is missing then. */
  readonly incomplete?: true;
  /** True for a placeholder, as of a scalar. */
  readonly mocked?: true;
}

/** One key of a mapping. */
export interface MapEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Node;
  /** True for `{key}` and `{key:value}`, which have nothing that separates a key from a value: nobody can tell what stands there. */
  readonly bare?: true;
  /** True for a key with the tag `!exact`. */
  readonly exact?: true;
}

/** A list. */
export interface SequenceNode {
  readonly kind: "sequence";
  readonly span: Span;
  readonly items: readonly Node[];
  /** True for a placeholder, as of a scalar. */
  readonly mocked?: true;
}

/** Any node. */
export type Node = ScalarNode | MapNode | SequenceNode;

/** One YAML document of a file. */
export interface SourceDocument {
  readonly file: SourceFile;
  readonly root: Node;
  /** Nodes of the file that aliases name: what stands there is read in more than one place. */
  readonly shared: ReadonlySet<Span>;
}

/** The texts of all secret scalars at and below a node. */
export function secretTexts(node: Node): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (at: Node): void => {
    if (at.kind === "scalar") {
      if (at.secret && at.text !== "") found.add(at.text);
    } else if (at.kind === "sequence") at.items.forEach(walk);
    else for (const entry of at.entries) walk(entry.value);
  };
  walk(node);
  return found;
}

/** A text that was read from a node, as a secret when that came from a secret source. */
export function guarded(text: string, node: Node): string | Secret {
  return secretTexts(node).has(text) ? new Secret(text) : text;
}

/** True for what people write as a key; anything else may be a value that a typing mistake made one, and is not repeated. */
export function looksLikeKey(text: string): boolean {
  return text === "<<" || /^[A-Za-z_][\w-]{0,40}$/.test(text);
}

/** The value under `key`, or undefined. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "map" ? node.entries.find((e) => e.key === key)?.value : undefined;
}

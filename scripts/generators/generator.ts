/** What the generators of `scripts/generate.ts` have in common. */

/** Files by path, relative to the project with forward slashes. */
export type Files = Readonly<Record<string, string>>;

/**
 * Makes files of the repository from others. `root` is the project's directory, ending in a slash. The result depends
 * on the content of the repository only; its format does not matter, since `deno fmt` goes over it.
 */
export type Generator = (root: string) => Promise<Files>;

/** Orders text by code units, the same on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

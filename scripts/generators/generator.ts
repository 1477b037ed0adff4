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

/**
 * Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->` for each given name. Throws when a page lacks one of
 * the pairs, since the text would silently be lost.
 */
export function replaceRegions(page: string, regions: Readonly<Record<string, string>>): string {
  let result = page;
  for (const [name, text] of Object.entries(regions)) {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const from = result.indexOf(start);
    const to = result.indexOf(end);
    if (from < 0 || to < from) throw new Error(`The page has no region "${name}"`);
    result = `${result.slice(0, from + start.length)}\n\n${text.trim()}\n\n${result.slice(to)}`;
  }
  return result;
}

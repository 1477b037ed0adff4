/** Blocks of commands that a page marks for CI. */

/** A block of commands, and the output that is shown below it. */
export interface MarkedBlock {
  /** The word after the mark; empty where there is none. */
  readonly name: string;
  readonly script: string;
  readonly output: string | undefined;
}

/** Blocks marked `<!-- ci:MARK NAME -->`, each with the `text` block that follows it directly. */
export function markedBlocks(page: string, mark: string): readonly MarkedBlock[] {
  const form = new RegExp(
    "^<!-- ci:" + mark + "(?: (\\S+))? -->\n\n```bash\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?",
    "gm",
  );
  return [...page.matchAll(form)].map(([, name = "", script = "", output]) => ({ name, script, output }));
}

/** Text in the style of the scalar that it takes the place of. */
import { escapeVariables, isBlockText, isQuotable } from "../build/print.ts";

/** Where a text goes. */
export interface TextPlace {
  /** What is written there now, with its quotes or the header of its block; empty where nothing is. */
  readonly written: string;
  /** What follows in the line, with the blanks before it: a comment or nothing. */
  readonly comment: string;
  /** The column of the key. */
  readonly column: number;
  /** The line break of the file. */
  readonly newline: string;
}

/** A text as it is written. */
interface StyledText {
  readonly text: string;
  /** True when it holds the comment that followed in the line. */
  readonly tookComment: boolean;
}

/**
 * A text for a place in block style: a block where a block was or where it has several lines, in single quotes where those
 * were. Undefined where the usual style in one line is right.
 */
export function inStyleOf(
  { written, comment, column, newline }: TextPlace,
  value: string,
): StyledText | undefined {
  const text = escapeVariables(value);
  const [quote] = written;
  if (quote === "'" && isQuotable(text)) {
    return { text: `'${text.replaceAll("'", "''")}'`, tookComment: false };
  }
  const header = /^([|>])[-+\d]*([ \t]+#[^\r\n]*)?(?=[\r\n]|$)/.exec(written);
  const isBlock = isBlockText(text) || (header !== null && isBlockText(`${text}\n`));
  if (!isBlock || (header === null && (quote === '"' || quote === "'"))) return undefined;
  const body = text.replace(/\n$/, "");
  const isFolded = header?.[1] === ">" && !/^\s|\n[ \t]/.test(body);
  // The number of a block that begins with a blank counts from the column of the key.
  const isIndented = /^\n?[ \t]/.test(body);
  const indent = isIndented ? column + 2 : indentOf(written, column);
  const lines = (isFolded ? body.replaceAll(/\n+/g, (breaks) => `${breaks}\n`) : body).split("\n");
  const kept = header === null ? comment : header[2] ?? "";
  const head = `${isFolded ? ">" : "|"}${isIndented ? "2" : ""}${body === text ? "-" : ""}${kept}`;
  return {
    text: [head, ...lines.map((each) => (each === "" ? "" : " ".repeat(indent) + each))].join(newline),
    tookComment: header === null,
  };
}

/** How far the lines of a block are indented; two columns more than the key where there is none. */
function indentOf(written: string, column: number): number {
  const [, first] = /^[|>][-+]?(?:[ \t]+#[^\r\n]*)?(?:\r?\n *(?=\r?\n))*\r?\n( +)(?=\S)/.exec(written) ?? [];
  return first?.length ?? column + 2;
}

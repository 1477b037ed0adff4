/** How text looks on a terminal: columns, and characters that must not reach one. */
import { escaped, UNSAFE } from "../diagnostics/shield.ts";

/** What people see as one character. */
export interface Grapheme {
  /** What to print; characters that would move the cursor or hide text are escaped. */
  readonly text: string;
  /** Columns that it takes. */
  readonly width: number;
  /** UTF-16 units that it takes in the original. */
  readonly length: number;
}

/** Made when a line needs it: its tables take 8 ms to load, and most lines are plain ASCII. */
let segmenter: Intl.Segmenter | undefined;

const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}.*\u200D)/u;

/** Scripts whose characters take two columns, and the full-width forms. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303E\uFE30-\uFE4F\uFF01-\uFF60\uFFE0-\uFFE6]/u;

/** Katakana and Hangul that take one column all the same. */
const HALF_WIDTH = /^[\uFF61-\uFFDC]/;

/** Splits a line into what can be printed; a tab becomes one space. */
export function graphemes(line: string): Grapheme[] {
  if (/^[\x20-\x7E]*$/.test(line)) return Array.from(line, (text) => ({ text, width: 1, length: 1 }));
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(line), ({ segment }) => grapheme(segment));
}

function grapheme(segment: string): Grapheme {
  const length = segment.length;
  if (segment === "\t") return { text: " ", width: 1, length };
  if (EMOJI.test(segment)) return { text: segment, width: 2, length };
  if (UNSAFE.test(segment)) {
    const text = escapeControls(segment);
    return { text, width: [...text].length, length };
  }
  return { text: segment, width: WIDE.test(segment) && !HALF_WIDTH.test(segment) ? 2 : 1, length };
}

/** Writes control and invisible characters as `\x1b`, `\u202e`, `\u{e0001}`; leaves all others. */
export function escapeControls(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return Array.from(text, (character) => {
    return UNSAFE.test(character) ? escaped(character) : character;
  }).join("");
}

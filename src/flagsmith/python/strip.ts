/** Python's `str.strip()`, which the serializers of Flagsmith's API apply to the texts that they take. */

const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const START = new RegExp(`^${SPACE}+`);
const IS_SPACE = new RegExp(SPACE);

/** The text without white space at both ends. */
export function pythonStrip(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end).replace(START, "");
}

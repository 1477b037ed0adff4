/**
 * Escaping where text leaves the process: whatever a stranger named (a project in the dashboard, a trait of an SDK client, a
 * path) reaches no terminal, log viewer or parser as a control character. Pure.
 */

/** Matches one of: controls, invisible formatting (also the ones that reverse the direction), lone surrogates, odd line breaks. */
export const UNSAFE: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What joins two pictures to one (a family, a profession) is part of what people see. */
const JOINER =
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})";

let pattern: RegExp | undefined;

/**
 * Replaces what nobody sees; line breaks and tabs move nothing but the text. The pattern is made for the first text that is
 * not plain ASCII: that takes a millisecond, which `--help` would notice.
 */
function replaceShielded(text: string, replace: (character: string) => string): string {
  if (/^[\n\t\x20-\x7E]*$/.test(text)) return text;
  pattern ??= new RegExp(`[${UNSAFE.source}--[\\n\\t]](?<!${JOINER})`, "gv");
  return text.replace(pattern, replace);
}

/** Lines for people and data for programs: control characters other than line break and tab are written as `\x1b`. */
export function shielded(text: string): string {
  return replaceShielded(text, escaped);
}

/** What our own code paints with: colours, and the wiping of a status line. */
// deno-lint-ignore no-control-regex -- it is what the pattern is for
const PAINT = /(\x1b\[[\d;]*m|\r?\x1b\[K)/;

/** As `shielded()`, but colours and the wiping of a line pass: for texts whose parts were shielded before. */
export function shieldedPaint(text: string): string {
  return text.split(PAINT).map((part, at) => at % 2 === 1 ? part : shielded(part)).join("");
}

/** JSON in which every control and invisible character is escaped, so that it passes every sink unchanged. */
export function safeJson(value: unknown, indent?: number): string {
  return replaceShielded(
    JSON.stringify(value, null, indent),
    (character) =>
      Array.from(
        { length: character.length },
        (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/** YAML whose control and invisible characters, which are in double quotes only, are escaped; all readers know these forms. */
export function safeYaml(text: string): string {
  return replaceShielded(text, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
}

/** One character as `\x1b`, `\u202e` or `\u{e0001}`. */
export function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length <= 2
    ? `\\x${hex.padStart(2, "0")}`
    : hex.length <= 4
    ? `\\u${hex.padStart(4, "0")}`
    : `\\u{${hex}}`;
}

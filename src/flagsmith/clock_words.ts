/** Texts in which PostgreSQL reads its clock, so that they are another value each time: `now`, `today`, `tomorrow`. Pure. */

/** The only such text that `rows` take: the moment at which the row is created. */
const NOW = "now";

/** Types of one date or time, as `format_type` prints them with a precision. */
const MOMENT = /^(timestamp|date|time)\b.*(?<!\[\])$/;

/** What is made of those: arrays, ranges, arrays of ranges. */
const OF_MOMENTS = /^((timestamp|date|time)\b.*\[\]|(ts|tstz|date)(multi)?range(\[\])?)$/;

/** What PostgreSQL looks up in its clock, in any case and beside other words: `today 10:00`. */
const WORD = /(?<![a-z])(now|today|tomorrow|yesterday)(?![a-z])/i;

/**
 * True for `now` in a column of one date or time. It counts when the row is created and no more: whatever the row holds later
 * is in sync with it. `type` is what `format_type` prints with a length.
 */
export function isNow(text: string | null, type: string): boolean {
  return text === NOW && MOMENT.test(type);
}

/** True for any other text of a date or time, or of an array or range of them, that is another value each time it is read. */
export function readsClock(text: string, type: string): boolean {
  if (isNow(text, type) || !(MOMENT.test(type) || OF_MOMENTS.test(type))) return false;
  // Arrays and ranges may have quotes and backslashes anywhere in a word.
  return WORD.test(text.replace(/["\\]/g, ""));
}

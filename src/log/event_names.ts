/** The words of the column `event` of the log. This file imports nothing: the help lists them. */

/** Every word, in the order of summaries. */
export const EVENT_NAMES = [
  "created",
  "updated",
  "adopted",
  "renamed",
  "rotated",
  "deleted",
  "restored",
  "failed",
  "pruned",
  "protected",
] as const;

/** A word of the column `event`. */
export type EventName = typeof EVENT_NAMES[number];

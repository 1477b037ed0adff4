/** Ids of runs as people give them. */

/**
 * The id of a run as the log holds it, or nothing when the text is none. The dashes may be missing: `application_name`, and
 * so the message of who holds the lock, shows ids without them.
 */
export function runIdOf(text: string): string | undefined {
  const parts = /^([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})$/i.exec(text);
  if (parts === null) return undefined;
  const [, first, , ...rest] = parts;
  return [first, ...rest].join("-").toLowerCase();
}

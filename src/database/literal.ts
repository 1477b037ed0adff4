/**
 * Values as SQL text. All statements go through PostgreSQL's simple protocol: many statements make one round trip, no
 * prepared statement is left behind a pooler, and the driver needs no extra trip to learn parameter types (decision
 * 0005). This file is the only place that turns values into SQL.
 */

/** A text literal. NUL cannot be stored and was refused long before; it throws here. */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("Cannot write a NUL character into SQL");
  const quoted = text.replaceAll("'", "''");
  // The E form means the same whatever standard_conforming_strings says.
  return text.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

/** A quoted identifier. */
export function identifier(name: string): string {
  if (name.includes("\0")) throw new RangeError("Cannot write a NUL character into SQL");
  return `"${name.replaceAll('"', '""')}"`;
}

/** The text form of an array, before it is quoted as a literal; null elements become NULL. */
export function arrayText(elements: readonly (string | number | boolean | null)[]): string {
  const parts: string[] = [];
  for (const element of elements) {
    if (element === null) parts.push("NULL");
    else if (typeof element === "number") parts.push(String(element));
    else if (typeof element === "boolean") parts.push(element ? "t" : "f");
    else if (element.includes('"') || element.includes("\\")) {
      parts.push(`"${element.replace(/["\\]/g, "\\$&")}"`);
    } else parts.push(`"${element}"`);
  }
  return `{${parts.join(",")}}`;
}

/** An array literal of a type: `'{…}'::text[]`. `type` is PostgreSQL's own name, never user input. */
export function arrayLiteral(elements: readonly (string | number | boolean | null)[], type: string): string {
  return `${literal(arrayText(elements))}::${type}[]`;
}

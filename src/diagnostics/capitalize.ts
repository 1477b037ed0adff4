/** The text with a capital at its beginning, as messages begin. */
export function capitalize(text: string): string {
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
}

/** Text inside of brackets: where the last thing ends. */

/**
 * Offset behind the last character between `from` and `to` that is neither blank, nor a comma, nor part of a comment; `from`
 * when there is none. `from` must not be inside of a value.
 */
export function endOfContent(text: string, from: number, to: number): number {
  let end = from;
  for (let at = from; at < to; at++) {
    const char = text[at] ?? "";
    if (char === "#" && /\s/.test(text[at - 1] ?? "")) {
      const line = text.indexOf("\n", at);
      at = line < 0 ? to : line;
    } else if (`"'`.includes(char) && /[\s,:[{]/.test(text[at - 1] ?? "")) {
      at = closingQuote(text, at);
      end = at + 1;
    } else if (!/[\s,]/.test(char)) end = at + 1;
  }
  return end;
}

/** Offset of the quote that closes the one at `start`; a doubled single quote closes nothing. */
function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    const isEscape = quote === '"' ? text[at] === "\\" : text.startsWith("''", at);
    if (isEscape) at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

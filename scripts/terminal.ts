/** What scripts tell the person who runs them; `console` is not used in this project. */

const encoder = new TextEncoder();

/** Writes a line to standard output. */
export function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

/** Writes a line to standard error. */
export function complain(line: string): void {
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}

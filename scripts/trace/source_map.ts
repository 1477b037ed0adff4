/** Reading source maps: which line of which source a place in a bundled file comes from. */

/** A source map of version 3, as far as it is read here. */
export interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of a segment: base 64, five bits a digit, the lowest first, the sign in the first bit. */
export function decodeVlq(segment: string): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    if (bits < 0) throw new RangeError("Cannot read a source map: a digit is not one of base 64");
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits >= 32) continue;
    numbers.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** `path:line:column` of the source at a place, both from 1 as in a trace; undefined where the map says nothing. */
export function originalPlace(
  { sources, mappings }: SourceMap,
  line: number,
  column: number,
): string | undefined {
  let [source, sourceLine, sourceColumn] = [0, 0, 0];
  let found: string | undefined;
  for (const [at, text] of mappings.split(";").slice(0, line).entries()) {
    let generated = 0;
    for (const segment of text === "" ? [] : text.split(",")) {
      const [step = 0, ofSource, ofLine = 0, ofColumn = 0] = decodeVlq(segment);
      generated += step;
      if (ofSource === undefined) continue;
      [source, sourceLine, sourceColumn] = [source + ofSource, sourceLine + ofLine, sourceColumn + ofColumn];
      if (at === line - 1 && generated < column) {
        found = `${sources[source]}:${sourceLine + 1}:${sourceColumn + 1}`;
      }
    }
  }
  return found;
}

/** Texts on both sides of every limit: lengths, white space, characters that routes, JSON or databases do not take. */
import type { Draw } from "../../../tests/support/random_set/draw.ts";

const PLAIN = [
  "web",
  "Dark_Mode",
  "a.b",
  "a/b",
  "beta-2",
  "Zürich",
  "x",
  "0",
  "null",
  "true",
  "#ff0000",
  "Ünï 7",
];
const ODD = [
  "",
  " ",
  "\t",
  "\n",
  "\u00a0",
  "\u2003x",
  "\u200b",
  "\ufeffx",
  " lead",
  "trail ",
  "trail\n",
  "\u0085next",
  "\u001fx",
  "in\nside",
  "in\tside",
  "in\rside",
  "nul\u0000",
  "\u0001",
  "é",
  "e\u0301",
  "\u0130",
  "ß",
  "\u{1F600}",
  "\u202Ex",
  "%s",
  "%41",
  "?a=b",
  "#f",
  "a;b",
  "a,b",
  "'",
  '"',
  "\\",
  "<b>",
  "{{x}}",
  "a:b",
  "..",
  "/",
];

/** A text that may be anything; now and then it ends beside the limit of `max` characters. */
export function oddText(draw: Draw, max?: number): string {
  if (max !== undefined && draw.chance(0.08)) {
    const letter = draw.pick(["x", "é", "\u{1F600}"]);
    return letter.repeat(max + draw.pick([-1, 0, 0, 1]));
  }
  if (draw.chance(0.45)) return draw.pick(PLAIN);
  if (draw.chance(0.7)) return draw.pick(ODD);
  return draw.many(1, 3, () => draw.pick(draw.chance(0.5) ? PLAIN : ODD)).join("");
}

/** A name that nothing else has: often an ordinary one, so that other fields decide. */
export function oddName(draw: Draw, max: number, plain = 0.5): string {
  return draw.chance(plain) ? `fuzz ${draw.below(1_000_000)}` : oddText(draw, max);
}

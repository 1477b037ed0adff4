/** Rules of segments in every shape, with every operator. */
import { type Operator, OPERATORS } from "../../../src/flagsmith/condition.ts";
import type { Draw } from "./draw.ts";
import { anyText } from "./texts.ts";
import { type Fields, Plain, type Value } from "./value.ts";

/** The rules of a segment: at least one, at most two levels deep. */
export function anyRules(draw: Draw): readonly Fields[] {
  return draw.many(1, 3, () => outerRule(draw));
}

function outerRule(draw: Draw): Fields {
  return {
    type: draw.pick(["ALL", "ANY", "NONE"]),
    conditions: draw.maybe(0.6, () => draw.many(0, 3, () => condition(draw))),
    // Without the key the rule is a short form; an empty list is none.
    rules: draw.maybe(
      0.6,
      () =>
        draw.many(0, 2, (): Fields => ({
          type: draw.pick(["ALL", "ANY", "NONE"]),
          conditions: draw.maybe(0.9, () => draw.many(0, 3, () => condition(draw))),
          rules: draw.maybe(0.3, () => []),
        })),
    ),
  };
}

function condition(draw: Draw): Fields {
  const operator = draw.pick(OPERATORS);
  const property = draw.pick([
    "plan",
    "$.identity.identifier",
    "$.environment.name",
    anyText(draw, 200, false),
  ]);
  return {
    operator,
    property: operator === "PERCENTAGE_SPLIT" && draw.chance(0.5) ? undefined : property,
    value: conditionValue(draw, operator),
    description: draw.maybe(0.2, () => anyText(draw, 300)),
  };
}

function conditionValue(draw: Draw, operator: Operator): Value | undefined {
  switch (operator) {
    case "IS_SET":
    case "IS_NOT_SET":
      return draw.pick([undefined, "", new Plain("null")]);
    case "PERCENTAGE_SPLIT":
      return draw.pick<Value>([0, 100, "33.3", 12.5, "1e1", new Plain("07.50")]);
    case "MODULO":
      return draw.pick(["4|0", "2.5|1", "100|99"]);
    case "REGEX":
      return draw.pick(["^a+$", "(?P<x>[a-z]+)-(?P=x)", "\\d{2,3}", "(?i)foo|bar", "[^\\]]", "é"]);
    case "IN":
      return draw.pick(["a,b", '["a","b c"]', "1", anyText(draw, 300, false)]);
    case "EQUAL":
    case "NOT_EQUAL":
      return draw.pick<Value>(["1.2.3:semver", true, 7, new Plain("1.50"), `x${anyText(draw, 300)}x`]);
    case "CONTAINS":
    case "NOT_CONTAINS":
      return draw.pick([" ", `${anyText(draw, 300)}x`]);
    default:
      return draw.pick<Value>(["1.2.3-rc.1+build:semver", "10", -5, 2.5, "1e3", " 7 ", "1_0"]);
  }
}

/** Segments: names, rules, and conditions of every operator with every sort of value. */
import { OPERATORS } from "../../../../src/flagsmith/condition.ts";
import type { Json } from "../../../../tests/support/dump.ts";
import type { Draw } from "../../../../tests/support/random_set/draw.ts";
import { type Answer, field } from "../../client.ts";
import { oddName, oddText } from "../odd_texts.ts";
import { defined } from "../fields.ts";
import { type Ask, type Ground, refusesSdk } from "../ground.ts";
import type { Subject } from "../trial.ts";

const VALUES = [
  "",
  " ",
  "0",
  "-0",
  "7",
  " 7 ",
  "+7",
  "1_0",
  "1.50",
  ".5",
  "5.",
  "1e3",
  "1e400",
  "-1e-400",
  "inf",
  "-Infinity",
  "nan",
  "NaN",
  "\u0661\u0662",
  "0x1F",
  "100",
  "100.0001",
  "-1",
  "33.3",
  "50%",
  "true",
  "True",
  "false",
  "None",
  "null",
  "1.2.3:semver",
  "1.2:semver",
  "v1.2.3:semver",
  "1.2.3-rc.1+b:semver",
  "01.2.3:semver",
  ":semver",
  "1.2.3",
  "1.2.3 :semver",
  "1.2.3:SEMVER",
  "2024-01-31",
  "2024-01-31T00:00:00Z",
  "4|0",
  "0|0",
  "0.0|1",
  "-4|1",
  "4|4",
  "4|-1",
  "4",
  "|",
  "4|",
  "|0",
  "a|b",
  "4|0|1",
  "inf|0",
  "nan|0",
  "4|nan",
  "1e400|1",
  " 4 | 0 ",
  "1_0|1",
  "2.5|1",
  "-0.0|0",
  "a,b",
  "a, b",
  ",",
  "[",
  "[]",
  '["a","b"]',
  "[1,2]",
  "['a']",
  '[1,"a",null]',
  '[["a"]]',
  '["a"',
  "[true]",
  "[1.5]",
  "[1e400]",
  "[NaN]",
  '{"a":1}',
  "^a+$",
  "(",
  ")",
  "[a-",
  "a{2,1}",
  "(?P<x>a)(?P=x)",
  "(?<x>a)",
  "(?i)a",
  "a(?i)b",
  "\\d{2,3}",
  "\\p{L}",
  "\\N{LATIN SMALL LETTER A}",
  "\\N{NO SUCH}",
  "*",
  "a**",
  "a++",
  "(?>a)",
  "(?<=a+)b",
  "\\1",
  "(a)\\2",
  "\\g<1>",
  "[[:alpha:]]",
  "[z-a]",
  "\\",
  "a\\",
  "\\x",
  "\\u12",
  "(?#",
  "(?L)a",
  "(?u)a",
  "(?a)\\w",
  "[^]",
  "\\Z",
  "\\z",
  "(?(1)a|b)",
  "(a)?(?(1)b|c)",
  "x{99999999999}",
  "a|*",
  "(?P<1>a)",
  "(?P<x>a)(?P<x>b)",
] as const;

const PROPERTIES = [
  "plan",
  "$.identity.identifier",
  "$.identity.key",
  "$.environment.name",
  "$.environment.key",
  "$.",
  "$",
  "$.identity",
  "$.identity.traits.plan",
  "$.nothing.here",
  "$.identity.traits['a b']",
  "$[",
  "$..x",
  "$.identity.traits.*",
  "$.identity.traits[?@.a]",
  "$.environment",
  "$.segments",
  "$.features",
  "$.identity.traits",
  "$.a b",
  "$.identity.",
] as const;

/** The values that a trait of the property gets when what was accepted is used: one of each list. */
const TRAITS = [[7, 0, 1.5, -3], ["abc", "1.2.3", "", "7", true]] as const;

/** Operators that fail for some values, when the engine comes to them. */
const FAILING: Readonly<Record<string, readonly string[]>> = {
  REGEX: ["^a+$", "a|b", "\\d{2,3}"],
  MODULO: ["4|0", "2.5|1", "a|b"],
};

/** A condition of which nothing hides from the engine that it fails: it stands alone, and the identity has its trait. */
function loneCondition(draw: Draw): Record<string, Json> {
  const operator = draw.chance(0.97) ? draw.pick(OPERATORS) : oddText(draw, 500);
  const property = draw.maybe(0.94, () => anyProperty(draw));
  const harmless = property === "plan" ? undefined : FAILING[operator];
  return defined({
    operator,
    property,
    value: harmless === undefined ? draw.maybe(0.94, () => anyValue(draw)) : draw.pick(harmless),
    description: draw.maybe(0.1, () => oddText(draw)),
  });
}

/** One of several conditions, of which the engine need not look at each: nothing in it makes the engine fail. */
function condition(draw: Draw): Record<string, Json> {
  const operator = draw.pick(OPERATORS);
  return defined({
    operator,
    property: anyProperty(draw),
    value: draw.pick(FAILING[operator] ?? [anyValue(draw)]),
    description: draw.maybe(0.1, () => oddText(draw)),
  });
}

function anyProperty(draw: Draw): string {
  return draw.chance(0.6) ? "plan" : draw.chance(0.6) ? draw.pick(PROPERTIES) : oddText(draw, 1000);
}

function anyValue(draw: Draw): string {
  return draw.chance(0.85) ? draw.pick(VALUES) : oddText(draw, 1000);
}

function ruleType(draw: Draw): string {
  return draw.chance(0.98) ? draw.pick(["ALL", "ANY", "NONE"]) : draw.pick(["all", "", "XOR"]);
}

function loneRule(draw: Draw): Record<string, Json> {
  const own = { type: ruleType(draw), conditions: [loneCondition(draw)], rules: [] };
  return draw.chance(0.3) ? own : { type: ruleType(draw), conditions: [], rules: [own] };
}

function rule(draw: Draw, depth: number): Record<string, Json> {
  return {
    type: ruleType(draw),
    conditions: draw.many(depth === 0 ? 0 : 1, depth === 0 ? 1 : 2, () => condition(draw)),
    rules: depth < 1 || draw.chance(0.02) ? draw.many(0, 2, () => rule(draw, depth + 1)) : [],
  };
}

/** The rule as dashboards send it, which never leave out the property of a condition: the API fails without. */
function withProperties(one: Readonly<Record<string, Json>>): Record<string, Json> {
  const list = (name: string) => one[name] as Record<string, Json>[];
  return {
    ...one,
    conditions: list("conditions").map((condition) => ({ property: null, ...condition })),
    rules: list("rules").map(withProperties),
  };
}

/** The first identity whose flags the API cannot tell, with a trait of each type. */
async function evaluate(
  answer: Answer,
  properties: readonly string[],
  values: readonly Json[],
  ground: Ground,
  ask: Ask,
): Promise<Answer | undefined> {
  const path = `/api/v1/environments/${ground.key}/features/${ground.ids.feature}/create-segment-override/`;
  const made = await ask({
    method: "POST",
    path,
    body: {
      feature_segment: { segment: field(answer.body, "id") },
      enabled: true,
      feature_state_value: { type: "unicode", string_value: "x" },
    },
  });
  if (made.status !== 201) {
    throw new Error(`POST ${path} answers ${made.status}: ${JSON.stringify(made.body)}`);
  }
  const keys = properties.filter((key) => key.trim() !== "" && !key.includes("\0") && key.length <= 200);
  for (const value of values) {
    const seen = await ask({
      method: "POST",
      path: "/api/v1/identities/",
      headers: { "X-Environment-Key": ground.key },
      body: {
        identifier: "fuzz",
        transient: true,
        traits: [...new Set(["plan", ...keys])].map((trait_key) => ({ trait_key, trait_value: value })),
      },
    });
    if (seen.status !== 200) return seen;
  }
  return await refusesSdk(ground, ask);
}

function propertiesOf(rules: readonly Record<string, Json>[]): readonly string[] {
  return rules.flatMap((one) => [
    ...(one["conditions"] as Record<string, Json>[]).flatMap((c) =>
      typeof c["property"] === "string" ? [c["property"]] : []
    ),
    ...propertiesOf(one["rules"] as Record<string, Json>[]),
  ]);
}

/** Segments of the ground's project. */
export const segment: Subject = {
  name: "segment",
  draw(draw, ground) {
    const rules = draw.chance(0.6)
      ? [loneRule(draw)]
      : draw.many(draw.chance(0.05) ? 0 : 1, 2, () => rule(draw, 0));
    const fields = defined({
      name: oddName(draw, 2000, 0.9),
      description: draw.maybe(0.2, () => oddText(draw)),
      rules,
    });
    const own = draw.chance(0.1);
    const values = TRAITS.map((some) => draw.pick<Json>(some));
    return {
      document: {
        segments: [{ ...fields, project: ground.project, ...(own ? { feature: ground.feature } : {}) }],
      },
      request: {
        method: "POST",
        path: `/api/v1/projects/${ground.ids.project}/segments/`,
        body: {
          ...fields,
          rules: rules.map(withProperties),
          project: ground.ids.project,
          ...(own ? { feature: ground.ids.feature } : {}),
        },
      },
      use: (answer, ask) => evaluate(answer, propertiesOf(rules), values, ground, ask),
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/projects/${ground.ids.project}/segments/${field(body, "id")}/`,
        }),
    };
  },
};

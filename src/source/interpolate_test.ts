import assert from "node:assert/strict";
import { interpolate } from "./interpolate.ts";
import type { Variables } from "./interpolate.ts";

function variables(env: Record<string, string>, rest: Partial<Variables> = {}): Variables {
  return {
    env: (name) => Object.hasOwn(env, name) ? env[name] : undefined,
    mockEnv: false,
    secretEnv: new Set(),
    ...rest,
  };
}

const ENV = variables({ A: "a", EMPTY: "", DOLLAR: "${A}", JSON: '{"x": 1}', _under1: "u" });

Deno.test("interpolate() replaces what the format knows and leaves everything else", () => {
  const cases: [string, string][] = [
    ["plain", "plain"],
    ["${A}", "a"],
    ["<${A}${A}>", "<aa>"],
    ["${_under1}", "u"],
    ["${NO:localhost:8000}", "localhost:8000"],
    ["${NO:}", ""],
    ["${EMPTY:default}", ""],
    ["${NO:${A}}", "a"],
    ["${NO:x${NO2:y${A}z}}w", "xyazw"],
    ["${A:${NO}}", "a"],
    ['${NO:{"k": {"n": 1}}}', '{"k": {"n": 1}}'],
    ["${NO:-5}", "-5"],
    ["${NO: - x}", " - x"],
    ["${NO:a\nb}", "a\nb"],
    ["$${A}", "${A}"],
    ["$$${A}", "$${A}"],
    ["$${A} ${A}", "${A} a"],
    ["${NO:$${A}}", "${A}"],
    ["${DOLLAR}", "${A}"],
    ["${JSON}", '{"x": 1}'],
    ["$2b$12$x $A Pa$$w0rd {{ x }} $ {A} }{ $", "$2b$12$x $A Pa$$w0rd {{ x }} $ {A} }{ $"],
  ];

  const results = cases.map((
    [text],
  ) => [text, interpolate(text, ENV).text, interpolate(text, ENV).problems.length]);

  assert.deepEqual(results, cases.map(([text, expected]) => [text, expected, 0]));
});

Deno.test("interpolate() reports every mistake with its place", () => {
  const cases: [string, string[]][] = [
    ["a ${NO} ${A} ${NO2}", ['FP020 2-7 Variable "NO" is not set', 'FP020 13-19 Variable "NO2" is not set']],
    ["${NO} ${NO}", ['FP020 0-5 Variable "NO" is not set', 'FP020 6-11 Variable "NO" is not set']],
    ["${NO:${NO2}}", ['FP020 5-11 Variable "NO2" is not set']],
    ["${NO:-d}", ['FP021 0-8 Default of variable "NO" begins with "-", as in a shell']],
    ["${A:-}", ['FP021 0-6 Default of variable "A" begins with "-", as in a shell']],
    ["x ${A", ["FP021 2-5 Interpolation is not closed"]],
    ["x ${A:b", ["FP021 2-7 Interpolation is not closed"]],
    ["${NO:${A}", ["FP021 0-9 Interpolation is not closed"]],
    ["${NO:{}", ["FP021 0-7 Interpolation is not closed"]],
    ["${", ["FP021 0-2 Interpolation is not closed"]],
    ["${} ${A}", ["FP021 0-3 Interpolation has no variable name"]],
    ["${1A}", ["FP021 0-5 Interpolation does not begin with a variable name"]],
    ["${ A }", ["FP021 0-6 Interpolation does not begin with a variable name"]],
    ["${A-b}", ['FP021 0-6 Variable name is followed by neither ":" nor "}"']],
    ["${Ä}", ["FP021 0-4 Interpolation does not begin with a variable name"]],
    ["${A:${:x}}", ["FP021 4-9 Interpolation does not begin with a variable name"]],
    ["${A:".repeat(21) + "}".repeat(21), ["FP021 80-105 Interpolation is nested deeper than 20 levels"]],
  ];

  const results = cases.map(([text]) => [
    text,
    interpolate(text, ENV).problems.map((p) => `${p.code} ${p.start}-${p.end} ${p.message}`),
  ]);

  assert.deepEqual(results, cases);
});

Deno.test("interpolate() puts the name for a missing variable when the environment is mocked", () => {
  const result = interpolate("x-${NO}-${NO:d}-${A}", { ...ENV, mockEnv: true });

  assert.deepEqual(result, {
    text: "x-NO-d-a",
    interpolated: true,
    mocked: true,
    secret: false,
    problems: [],
    secretDefaults: [],
    used: ["A"],
  });
});

Deno.test("interpolate() marks what a secret variable touches, also in a default that is not used", () => {
  const secret = { ...ENV, secretEnv: new Set(["PW"]) };

  const results = ["${A}", "${PW:abc}", "${A:${PW}}", "x${A:${PW:abc}}", "PW", "$${PW}"].map((text) => {
    const { secret: isSecret, secretDefaults } = interpolate(text, secret);
    return [text, isSecret, secretDefaults.map(([start, end]) => text.slice(start, end))];
  });

  assert.deepEqual(results, [
    ["${A}", false, []],
    ["${PW:abc}", true, ["abc"]],
    ["${A:${PW}}", true, []],
    ["x${A:${PW:abc}}", true, ["abc"]],
    ["PW", false, []],
    ["$${PW}", false, []],
  ]);
});

import assert from "node:assert/strict";
import { flagOfProperty, parsePath } from "./json_path.ts";

Deno.test("flagOfProperty() reads the flag that a property names", () => {
  for (
    const [property, flag] of [
      ["$.flags.x.enabled", "x"],
      ['$.flags["x"].value', "x"],
      ["$.flags['my-flag'].enabled", "my-flag"],
      ["$.flags.x", "x"],
      ['$.flags["a.b"]["value"]', "a.b"],
      ["$.flags [ 'x' ] .value", "x"],
      [String.raw`$.flags["\u00e4\"\\"].value`, 'ä"\\'],
      [String.raw`$.flags["\ud83d\ude00"].value`, "😀"],
      ["$.flags.größe.value", "größe"],
      ["$.flags.x[?@.a == 1 && !(@.b || count(@.*) > 2)]", "x"],
      ["$.flags.x[0, 1:2, ::3, *]", "x"],
      ["$.flags.x..enabled", "x"],
      ["$.flags.flags.flags", "flags"],
    ]
  ) {
    assert.equal(flagOfProperty(property ?? ""), flag, property);
  }
});

Deno.test("flagOfProperty() takes everything else for an ordinary property", () => {
  for (
    const property of [
      "plan",
      "$.flags",
      "$.flagsmith.x.enabled",
      "$.flags..enabled",
      "$['flags'].x.enabled",
      '$.flags["x", "y"].enabled',
      "$.flags.*.enabled",
      "$.flags[0].enabled",
      "$.flags[?@.enabled].value",
      "$.flags.my-flag.enabled",
      "$.flags.1x.enabled",
      '$.flags["x".enabled',
      "$.flags.x.",
      " $.flags.x",
      "$.flags.x ",
      "$.flags['x].enabled",
      String.raw`$.flags["\x"].value`,
      String.raw`$.flags["\ud83d"].value`,
      "$.identity.flags.x",
      "$.flags.x[?length(@.*) == 1]",
      "$.flags.x[?unknown(@)]",
      "$.flags.x[01]",
      "$.flags.x[9007199254740992]",
    ]
  ) {
    assert.equal(flagOfProperty(property), undefined, property);
  }
});

Deno.test("parsePath() tells well-formed paths from others", () => {
  for (
    const path of ["$", "$.a", "$..a", "$..[*]", "$[?@.a=='b']", "$[?match(@.a, 'x')]", "$[?@]", "$[?!@.a]"]
  ) {
    assert.notEqual(parsePath(path), undefined, path);
  }
  for (const path of ["", "a", "$.", "$..", "$[", "$[]", "$[?]", "$[?1]", "$[?@.* == 1]", "$[?!@.a == 1]"]) {
    assert.equal(parsePath(path), undefined, path);
  }
});

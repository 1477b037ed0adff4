import assert from "node:assert/strict";
import { toolchainFrom } from "./toolchain.ts";

Deno.test("toolchainFrom() takes the running Deno when nothing is set", () => {
  assert.deepEqual(toolchainFrom({}, "/bin/deno"), { deno: "/bin/deno", denort: undefined });
});

Deno.test("toolchainFrom() takes DENO when DENORT_BIN is set, too", () => {
  assert.deepEqual(toolchainFrom({ DENO: "/a/deno", DENORT_BIN: "/a/denort" }, "/bin/deno"), {
    deno: "/a/deno",
    denort: "/a/denort",
  });
});

Deno.test("toolchainFrom() ignores DENO when it stands alone, and empty values", () => {
  assert.deepEqual(toolchainFrom({ DENO: "/a/deno", DENORT_BIN: "" }, "/bin/deno"), {
    deno: "/bin/deno",
    denort: undefined,
  });
});

Deno.test("toolchainFrom() prefers DENO_COMPILE", () => {
  const env = { DENO_COMPILE: "/c/deno", DENO: "/a/deno", DENORT_BIN: "/a/denort" };
  assert.deepEqual(toolchainFrom(env, "/bin/deno"), { deno: "/c/deno", denort: "/a/denort" });
});

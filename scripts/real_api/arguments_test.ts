import assert from "node:assert/strict";
import { readArguments } from "./arguments.ts";

Deno.test("readArguments() takes a value after a blank or an equals sign", () => {
  assert.deepEqual(
    readArguments([
      "--api",
      "flagsmith/api",
      "--python=venv/bin/python",
      "--database-url=postgres://a/b?c=d",
    ]),
    {
      api: "flagsmith/api",
      python: "venv/bin/python",
      databaseUrl: "postgres://a/b?c=d",
      browser: "/usr/bin/chromium",
      keep: false,
    },
  );
});

Deno.test("readArguments() names what is unknown, empty or missing", () => {
  const api = ["--api", "a"];
  const python = ["--python", "p"];
  assert.throws(() => readArguments([...api, ...python, "--kept"]), { message: 'Unknown argument "--kept"' });
  assert.throws(() => readArguments([...api, "--python"]), { message: '"--python" needs a value' });
  assert.throws(() => readArguments(api), { message: '"--python" is missing' });
  assert.throws(() => readArguments([...python, "--keep"]), { message: '"--api" is missing' });
});

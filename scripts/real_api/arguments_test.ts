import assert from "node:assert/strict";
import { readArguments, readFuzzArguments } from "./arguments.ts";

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

Deno.test("readFuzzArguments() takes seed, draws, first and subject, and refuses what is no number", () => {
  const where = ["--api", "a", "--python", "p"];
  assert.deepEqual(
    readFuzzArguments([
      ...where,
      "--seed=7",
      "--draws",
      "10",
      "--first",
      "3",
      "--subject",
      "tag",
      "--keep",
      "--template=postgres://h/d",
    ]),
    {
      template: "postgres://h/d",
      api: "a",
      python: "p",
      keep: true,
      seed: 7,
      draws: 10,
      first: 3,
      subject: "tag",
    },
  );
  const { seed, ...rest } = readFuzzArguments(where);
  assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 1e9, `${seed}`);
  assert.deepEqual(rest, { api: "a", python: "p", keep: false, draws: 3000, first: 0 });
  assert.throws(() => readFuzzArguments([...where, "--seed", "x"]), {
    message: '"--seed" takes a whole number',
  });
  assert.throws(() => readFuzzArguments([...where, "--browser", "x"]), {
    message: 'Unknown argument "--browser"',
  });
});

/** The commands of the README, word for word, each on a fresh database. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { withDatabase } from "../support/database.ts";
import { markedBlocks } from "../support/marked_blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const blocks = markedBlocks(await Deno.readTextFile(`${ROOT}README.md`), "run");

/** A directory to run in, like a checkout with `flagsmith-provision` on the PATH. */
async function withCheckout(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.symlink(`${ROOT}examples`, join(directory, "examples"));
    await Deno.mkdir(join(directory, "path"));
    const program = Deno.env.get("FLAGSMITH_PROVISION_BINARY");
    const call = program === undefined
      ? `"${Deno.execPath()}" run -A --quiet --config "${ROOT}deno.json" "${ROOT}mod.ts"`
      : `"${program}"`;
    await Deno.writeTextFile(join(directory, "path/flagsmith-provision"), `#!/bin/sh\nexec ${call} "$@"\n`, {
      mode: 0o755,
    });
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesBelow(join(folder, name)));
    else found.push(join(folder, name));
  }
  return found;
}

Deno.test("the README marks a command for each use case", () => {
  assert.deepEqual(blocks.map((block) => block.name), [
    "bootstrap",
    "configuration",
    "look",
    "flagsmith-on-flagsmith",
    "development",
    "e2e",
    "demo",
    "air-gapped",
  ]);
});

Deno.test("the README's build command is the one that CI runs, and what it makes can be installed", async () => {
  const [block] = markedBlocks(await Deno.readTextFile(`${ROOT}README.md`), "build");
  const [build = "", ...install] = block?.script.trim().split("\n") ?? [];
  const ci = await Deno.readTextFile(`${ROOT}.ci/run`);
  assert.ok(ci.split("\n").some((line) => line.trim().startsWith(`${build} ||`)), build);
  // CI has built it before the tests; without it the sources stand in its place.
  const binary = Deno.env.get("FLAGSMITH_PROVISION_BINARY") ?? `${ROOT}bin/deno`;
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(directory, "dist"));
    await Deno.symlink(binary, join(directory, "dist/flagsmith-provision"));
    const { success, stderr } = await new Deno.Command("bash", {
      args: ["-euc", install.join("\n")],
      cwd: directory,
      env: { HOME: directory },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const { mode } = await Deno.stat(join(directory, ".local/bin/flagsmith-provision"));
    assert.equal((mode ?? 0) & 0o777, 0o755);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("README and deploy files name the version of this source, wherever they name one", async () => {
  const texts = [
    await Deno.readTextFile(`${ROOT}README.md`),
    ...await Promise.all((await filesBelow(`${ROOT}deploy`)).map((path) => Deno.readTextFile(path))),
  ];
  const form =
    /flagsmith-provision[:-]v?(\d+\.\d+\.\d+)|(?:newTag: |(?:targetRevision|tag): v)(\d+\.\d+\.\d+)|\?ref=v(\S+?)[\]"\n]/g;
  const named = texts.flatMap((text) =>
    [...text.matchAll(form)].map(([, ...found]) => found.find((version) => version !== undefined))
  );
  assert.ok(named.length > 10, `only ${named.length} were found`);
  assert.deepEqual(named.filter((version) => version !== config.version), []);
});

for (const { name, script, output } of blocks) {
  Deno.test(`the README's command "${name}" does what is shown below it`, async () => {
    await withDatabase({}, async ({ url }) => {
      await withCheckout(async (directory) => {
        const { code, stdout, stderr } = await new Deno.Command("bash", {
          args: ["-euo", "pipefail", "-c", script],
          cwd: directory,
          clearEnv: true,
          env: {
            PATH: `${join(directory, "path")}:${Deno.env.get("PATH") ?? ""}`,
            HOME: Deno.env.get("HOME") ?? directory,
            ...(Deno.env.has("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR") ?? "" } : {}),
            DATABASE_URL: url,
          },
          stdin: "null",
        }).output();
        const text = new TextDecoder();
        assert.equal(code, 0, text.decode(stderr));
        if (output !== undefined) assert.equal(text.decode(stdout), output);
      });
    });
  });
}

Deno.test("the README's environment file gives the keys of the environment", async () => {
  const block = blocks.find((b) => b.name === "flagsmith-on-flagsmith");
  await withDatabase({}, async ({ sql, url }) => {
    await withCheckout(async (directory) => {
      const keys = '"$FLAGSMITH_ON_FLAGSMITH_API_KEY" "$FLAGSMITH_ON_FLAGSMITH_SERVER_KEY"';
      const { stdout } = await new Deno.Command("bash", {
        args: ["-euo", "pipefail", "-c", `${block?.script}\nprintf '%s\\n' ${keys}`],
        cwd: directory,
        env: { PATH: `${join(directory, "path")}:${Deno.env.get("PATH") ?? ""}`, DATABASE_URL: url },
        stdin: "null",
      }).output();
      const [environment] = await sql<{ client: string; server: string }[]>`
        select e.api_key as client, k.key as server from environments_environment e
        join environments_environmentapikey k on k.environment_id = e.id`;
      assert.deepEqual(new TextDecoder().decode(stdout).trimEnd().split("\n").slice(-2), [
        environment?.client,
        environment?.server,
      ]);
    });
  });
});

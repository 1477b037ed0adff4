/** The commands of the README, word for word, each on a fresh database. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withDatabase } from "../support/database.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A command block of the README, and the output that is shown below it. */
interface Block {
  readonly name: string;
  readonly script: string;
  readonly output: string | undefined;
}

/** Blocks marked `<!-- ci:run NAME -->`, each with the `text` block that follows it directly. */
function blocksOf(readme: string): readonly Block[] {
  const form = /^<!-- ci:run (\S+) -->\n\n```bash\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;
  return [...readme.matchAll(form)].map(([, name = "", script = "", output]) => ({ name, script, output }));
}

const readme = await Deno.readTextFile(`${ROOT}README.md`);
const blocks = blocksOf(readme);

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

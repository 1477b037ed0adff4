import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const wrapper = fileURLToPath(new URL("./deno", import.meta.url));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the wrapper in a directory of its own where only `programs` (name → shell script) and the system's are on the PATH. */
async function run(
  programs: Readonly<Record<string, string>>,
  args: readonly string[],
  env = {},
): Promise<Ran> {
  const home = await Deno.makeTempDir();
  try {
    const path = join(home, "path");
    await Deno.mkdir(path);
    // Linked one by one: the directories they are in may hold a real Deno or Node.js.
    for (const tool of ["sed", "mktemp", "rm", "cat", "mkdir", "chmod"]) {
      await Deno.symlink(await which(tool), join(path, tool));
    }
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    await Deno.mkdir(join(home, "checkout"));
    const { code, stdout, stderr } = await new Deno.Command(wrapper, {
      args: [...args],
      cwd: join(home, "checkout"),
      clearEnv: true,
      env: { PATH: path, TMPDIR: home, HOME: home, ...env },
    }).output();
    const left = [...Deno.readDirSync(home)].map((entry) => entry.name).sort();
    assert.deepEqual(left, ["checkout", "path"]);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replaceAll(home, "HOME");
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function which(tool: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", `command -v ${tool}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** A stand-in for Deno: tells its version, else what it was called with. */
function deno(version: string): string {
  return `[ "$1" = --version ] && { echo "deno ${version} (stable)"; exit; }
for a in "$@"; do echo "[$a]"; done; echo "$DENO_TLS_CA_STORE"; exit 7`;
}

/** A stand-in for npm, which answers where it put Deno and where it ran. */
const npm = `echo "npm ran in $(pwd)" >&2; echo "$*" | sed 's/ -- .*//' >&2; printf %s "\${0%/*}/fetched"`;

Deno.test.each(
  ["2.9.0", "2.9.6", "2.10.0", "2.31.4"].map((version): [string] => [version]),
)("bin/deno runs the Deno on the PATH when it is %s", async (version) => {
  assert.deepEqual(await run({ deno: deno(version) }, ["run", "a b", "", "*"]), {
    code: 7,
    stdout: "[run]\n[a b]\n[]\n[*]\nsystem,mozilla\n",
    stderr: "",
  });
});

Deno.test.each(
  ["1.46.3", "2.6.10", "2.8.9", "3.0.0", "2.x.1", "nonsense"].map((version): [string] => [version]),
)("bin/deno does not run the Deno on the PATH when it is %s", async (version) => {
  const { code, stdout } = await run({ deno: deno(version) }, ["run"]);
  assert.deepEqual([code, stdout], [127, ""]);
});

Deno.test("bin/deno keeps DENO_TLS_CA_STORE when it is set", async () => {
  const { stdout } = await run({ deno: deno("2.9.6") }, [], { DENO_TLS_CA_STORE: "mozilla" });
  assert.equal(stdout, "mozilla\n");
});

Deno.test("bin/deno says what to install when there is neither Deno nor Node.js", async () => {
  assert.deepEqual(await run({}, ["run"]), {
    code: 127,
    stdout: "",
    stderr: "bin/deno: Found neither Deno 2.9 or later on the PATH nor Node.js to fetch it with\n" +
      "bin/deno: Install Deno (https://docs.deno.com/runtime/getting_started/installation/) or Node.js with npm\n",
  });
});

Deno.test("bin/deno fetches the pinned release away from the checkout when the Deno on the PATH is too old", async () => {
  const { code, stderr } = await run({ deno: deno("2.6.10"), npm }, ["run"]);
  assert.equal(code, 127); // the stand-in fetches nothing
  assert.match(
    stderr,
    /^npm ran in HOME\/flagsmith-provision-deno\.\w{6}\nexec --yes --loglevel=error --package=deno@2\.9\.6\nbin\/deno: npm could not provide/,
  );
});

Deno.test("bin/deno runs what npm fetched, where the caller stands, when there is no Deno on the PATH", async () => {
  const fetching =
    `d="\${0%/*}/fetched"; mkdir "$d"; cat "\${0%/*}/stub" >"$d/deno"; chmod 755 "$d/deno"; printf %s "$d"`;
  const stub = `[ "$1" = eval ] && { echo "$0"; exit; }\necho "$0 in $(pwd) [$1]"`;
  assert.deepEqual(await run({ npm: fetching, stub }, ["a b"]), {
    code: 0,
    stdout: "HOME/path/fetched/deno in HOME/checkout [a b]\n",
    stderr: "",
  });
});

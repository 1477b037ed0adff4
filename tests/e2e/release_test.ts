/** What a release publishes, built from the binary that CI has built and tried as its users would. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finished, run } from "../../scripts/build/process.ts";
import config from "../../deno.json" with { type: "json" };
import { complain } from "../../scripts/terminal.ts";
import { withDatabase } from "../support/database.ts";
import { markedBlocks } from "../support/marked_blocks.ts";
import { program } from "../support/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { command, compiled } = program();

const system = `linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;

async function has(name: string): Promise<boolean> {
  return (await run("/bin/sh", ["-c", `command -v ${name}`])).ok;
}

/** Runs a shell script with its arguments as $1, $2, …; throws with its output when it fails. */
async function shell(script: string, ...args: readonly string[]): Promise<Finished> {
  const done = await run("/bin/sh", ["-eu", "-c", script, "sh", ...args]);
  if (!done.ok) throw new Error(`${script}\n${done.stdout}${done.stderr}`);
  return done;
}

/** Runs a program in the image's file system: read-only, as nobody, without a network but a folder with a socket. */
const CONTAINED = `mount --bind "$1" "$1"
mkdir -p "$1/proc" "$1/socket"
mount -t proc proc "$1/proc"
[ -z "$2" ] || mount --bind "$2" "$1/socket"
mount -o remount,ro,bind "$1"
root=$1; shift 2
exec chroot --userspec=65534:65534 "$root" "$@"`;

if (!compiled) {
  complain("There is no compiled binary (FLAGSMITH_PROVISION_BINARY): the release is not tried");
} else {
  Deno.test("a release unpacks into an empty directory and bootstraps from there", async (t) => {
    const directory = await Deno.makeTempDir();
    try {
      const release = await run(Deno.execPath(), [
        "run",
        "-A",
        join(ROOT, "scripts/release.ts"),
        "--binary",
        `${system}=${command}`,
      ]);
      assert.equal(release.ok, true, release.stdout + release.stderr);
      const [archive = ""] = [...Deno.readDirSync(join(ROOT, "dist/release"))].map(({ name }) => name)
        .filter((name) => name.endsWith(".tar.gz"));
      const home = join(directory, archive.replace(/\.tar\.gz$/, ""));

      await t.step(
        "the README's commands unpack it, check it and install the binary of this machine",
        async () => {
          const [block] = markedBlocks(await Deno.readTextFile(join(ROOT, "README.md")), "archive");
          assert.ok(block !== undefined);
          const script = block.script.replace("linux-x64", system);
          const downloaded = join(ROOT, "dist/release", archive);
          await shell(`HOME=$1; cp "$2" "$1"; cd "$1"\n${script}`, directory, downloaded);
          const installed = join(directory, ".local/bin/flagsmith-provision");
          assert.equal((await run(installed, ["--version"])).stdout.trim(), config.version);
        },
      );

      await t.step("its sums are true and name every file", async () => {
        await shell('cd "$1" && sha256sum --quiet --check SHA256SUMS', home);
        const { stdout } = await shell('cd "$1" && find . -type f | sed "s#^./##" | sort', home);
        const sums = await Deno.readTextFile(join(home, "SHA256SUMS"));
        const named = sums.trim().split("\n").map((line) => line.slice(66));
        assert.deepEqual(stdout.trim().split("\n"), [...named, "SHA256SUMS"].sort());
      });

      await t.step(
        "its binary provisions a database with nothing else",
        () =>
          withDatabase({}, async ({ url }) => {
            const env = { DATABASE_URL: url, ADMIN_EMAIL: "owner@example.com" };
            const binary = join(home, `bin/flagsmith-provision-${system}`);
            const { stdout, code } = await run(binary, ["--preset", "bootstrap"], env, true);
            assert.deepEqual([code, stdout.trim().split("\n").at(-1)], [
              0,
              "Provisioning complete: 3 created, 0 skipped.",
            ]);
          }),
      );

      if (await has("mandoc")) {
        await t.step("its man page has nothing that mandoc objects to", async () => {
          assert.equal(
            (await run("mandoc", ["-T", "lint", join(home, "man/flagsmith-provision.1")])).stdout,
            "",
          );
        });
      }

      const images = await Deno.stat(join(home, "image")).then(() => true, () => false);
      if (images) {
        const readme = await Deno.readTextFile(join(ROOT, "README.md"));
        const [image = ""] = /image\/\S+\.oci\.tar/.exec(readme) ?? [];
        assert.deepEqual(await Deno.stat(join(home, image)).then(({ isFile }) => isFile, String), true);
      }
      if (!images) {
        assert.match(release.stderr, /Left out: image for (amd64|arm64): Cannot get Debian's packages/);
      } else if (Deno.uid() === 0 && (await run("unshare", ["--mount", "--net", "true"])).ok) {
        await t.step("its image runs read-only, as nobody, without a network", async () => {
          const root = join(directory, "root");
          await Deno.mkdir(root);
          await shell(
            `mkdir "$1/layout" && tar -xf "$2"/image/*.oci.tar -C "$1/layout"
            for layer in $(sed 's/.*"Layers":\\[\\([^]]*\\)\\].*/\\1/; s/[",]/ /g' "$1/layout/manifest.json"); do
              tar -xzf "$1/layout/$layer" -C "$1/root"
            done; chmod 755 "$1"`,
            directory,
            home,
          );
          const contained = (
            socket: string,
            args: readonly string[],
            env: Readonly<Record<string, string>> = {},
          ) =>
            run("unshare", [
              "--mount",
              "--net",
              "--propagation",
              "private",
              "/bin/sh",
              "-eu",
              "-c",
              CONTAINED,
              "sh",
              root,
              socket,
              "/usr/local/bin/flagsmith-provision",
              ...args,
            ], env);
          const presets = await contained("", ["presets"]);
          assert.equal(presets.code, 0, presets.stderr);
          assert.match(presets.stdout, /^bootstrap /);
          await withDatabase({}, async ({ sql, url }) => {
            const [row] = await sql`SELECT current_setting('unix_socket_directories') AS directories`;
            const [socket = ""] = String(row?.["directories"]).split(", ");
            assert.notEqual(socket, "", "the test server listens on no socket");
            const { pathname, port, username } = new URL(url);
            const done = await contained(socket, ["--preset", "bootstrap"], {
              PGHOST: "/socket",
              PGPORT: port,
              PGUSER: username,
              PGDATABASE: pathname.slice(1),
            });
            assert.equal(done.code, 0, done.stderr);
            assert.match(done.stdout, /^Provisioning complete: 3 created, 0 skipped\.$/m);
          });
        });
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

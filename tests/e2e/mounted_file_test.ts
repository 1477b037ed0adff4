/** `--outputs` to a file that is mounted by itself, as `docker run --volume ./keys.json:/out/keys.json` does: it takes no rename. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../scripts/build/process.ts";
import { complain } from "../../scripts/terminal.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { program } from "../support/program.ts";

/** Mounts $1 on $2 with the options $3 in a namespace of its own, and runs the rest there. */
const MOUNTED = `if [ "$3" = full ]; then
  target=$2 small=$(mktemp -d)
  mount -t tmpfs -o size=8k none "$small"; cp "$1" "$small/file"
  dd if=/dev/zero of="$small/rest" bs=4096 count=2 2>/dev/null || true
  mount --bind "$small/file" "$target"
  shift 3
  code=0; "$@" || code=$?
  cat "$target" > "$HELD"
  umount "$target" "$small"; rmdir "$small"
  exit $code
fi
mount --bind "$1" "$2"
[ -z "$3" ] || mount -o "remount,bind,$3" "$2"
shift 3
exec "$@"`;

const UNSHARE = ["--mount", "--propagation", "private"];

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What the mounted file holds afterwards, and that it is still the same file. */
  readonly content: string;
  readonly same: boolean;
  /** Names in the folder of the target. */
  readonly beside: readonly string[];
}

/** Applies two sets with `--outputs` to a mounted file that holds `former`. */
async function withMount({ url }: TestDatabase, former: string, options: string): Promise<Outcome> {
  const directory = await Deno.makeTempDir();
  try {
    const [source, folder] = [join(directory, "keys.json"), join(directory, "out")];
    const target = join(folder, "keys.json");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(source, former);
    await Deno.writeTextFile(target, "");
    const before = (await Deno.stat(source)).ino;
    const { command, args } = program();
    const done = await run("unshare", [
      ...UNSHARE,
      ...["/bin/sh", "-euc", MOUNTED, "sh", source, target, options],
      ...[
        command,
        ...args,
        "--preset",
        "flagsmith-on-flagsmith",
        "--preset",
        "bootstrap",
        "--outputs",
        target,
      ],
    ], { DATABASE_URL: url, HELD: source });
    return {
      code: done.code,
      out: done.stdout,
      err: done.stderr,
      content: await Deno.readTextFile(source),
      same: (await Deno.stat(source)).ino === before,
      beside: [...Deno.readDirSync(folder)].map(({ name }) => name),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const refused = await run("unshare", [...UNSHARE, "true"]).then(
  ({ ok, stderr }) => ok ? undefined : stderr.trim(),
  (error: unknown) => String(error),
);
if (refused !== undefined) {
  complain(`No file can be mounted here, so --outputs to a mounted file is not tried: ${refused}`);
} else {
  Deno.test("--outputs writes into a file that is mounted by itself, and leaves nothing beside it", async () => {
    await withDatabase({}, async (database) => {
      const first = await withMount(database, "", "");
      assert.deepEqual([first.code, first.same, first.beside], [0, true, ["keys.json"]], first.err);
      const [row] = await database.sql`select api_key from environments_environment`;
      assert.match(JSON.stringify(JSON.parse(first.content)), new RegExp(String(row?.["api_key"])));
      // Longer than what replaces it: nothing of it may be left at the end.
      const again = await withMount(database, first.content + " ".repeat(100_000), "");
      assert.deepEqual([again.code, again.same, again.beside], [0, true, ["keys.json"]], again.err);
      assert.equal(again.content, first.content);
    });
  });

  Deno.test("--outputs to a mounted file that has no room is refused before anything is written", async () => {
    await withDatabase({}, async (database) => {
      const { code, err, content } = await withMount(database, "", "full");
      assert.match(err, /^error: .*there is no space left.*\[FP\d{3}\]$/m);
      assert.equal(code, 1, err);
      assert.equal(content, "");
      const [row] = await database.sql`select count(*)::int as n from organisations_organisation`;
      assert.equal(row?.["n"], 0);
    });
  });

  Deno.test("--outputs to a file that is mounted read-only is refused before anything is written", async () => {
    await withDatabase({}, async (database) => {
      // An empty file may be replaced, so that it is the mount that keeps it.
      const { code, err, content } = await withMount(database, "", "ro");
      assert.equal(code, 1, err);
      assert.match(err, /^error: .*the file system is read-only.*\[FP\d{3}\]$/m);
      assert.equal(content, "");
      const [row] = await database.sql`select count(*)::int as n from organisations_organisation`;
      assert.equal(row?.["n"], 0);
    });
  });
}

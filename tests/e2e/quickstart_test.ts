/** `bin/deno task quickstart`, as a newcomer runs it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { staysOpen } from "../../scripts/quickstart.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const LINES = `Created user "admin@example.com".
Created organisation "Default Organisation".
Created project "Default Project".
Provisioning complete: 3 created, 0 skipped.
`;

function command(args: readonly string[]): Deno.Command {
  const { ADMIN_EMAIL: _a, ORGANISATION_NAME: _o, PROJECT_NAME: _p, DJANGO_SECRET_KEY: _k, ...env } = Deno.env
    .toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "quickstart", ...args],
    cwd: ROOT,
    clearEnv: true,
    // Nothing of this may be touched: the quick start brings a database of its own.
    env: { ...env, DATABASE_URL: "postgres://nobody@127.0.0.1:1/none", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test("quickstart ends with the lines of the bootstrap set when it runs without a terminal", async () => {
  const { code, stdout, stderr } = await command([]).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  assert.equal(text.decode(stdout), LINES);
});

Deno.test("quickstart --keep keeps the database until it is interrupted, and then leaves nothing", async () => {
  const child = command(["--keep"]).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const remarks = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("--preset demo")) {
    const { value, done } = await remarks.read();
    if (done) break;
    said += value;
  }
  const url = /DATABASE_URL=(\S+)/.exec(said)?.[1];
  assert.ok(url !== undefined, said);
  const sql = postgres(url, { max: 1 });
  const events = await sql<{ address: string }[]>`select address from provisioning_log order by seq`;
  const [directory] = await sql<{ data: string }[]>`select current_setting('data_directory') as data`;
  await sql.end();
  assert.deepEqual(events.map((e) => e.address), [
    "user:admin@example.com",
    "organisation:Default Organisation",
    "member:Default Organisation/admin@example.com",
    "project:Default Organisation/Default Project",
    "app_domain:1",
  ]);
  child.kill("SIGINT");
  const [status, out] = await Promise.all([child.status, Array.fromAsync(lines), remarks.cancel()]);
  assert.equal(out.join(""), LINES);
  assert.equal(status.success, true, said);
  await assert.rejects(Deno.stat(directory?.data ?? ""), Deno.errors.NotFound);
});

Deno.test("staysOpen() follows the arguments, else the terminal", () => {
  assert.deepEqual(
    [[], ["--once"], ["--keep"]].flatMap((args) => [staysOpen(args, true), staysOpen(args, false)]),
    [true, false, false, false, true, true],
  );
  assert.throws(() => staysOpen(["--onec"], true), {
    message: 'Unknown argument "--onec"; the arguments are --once and --keep',
  });
});

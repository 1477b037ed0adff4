/** No command reads by `!file` what the address of the database takes its credentials from. */
import assert from "node:assert/strict";
import { runCli } from "../support/run_cli.ts";

Deno.test("every command that reads files refuses those that hold credentials of an address", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/pass`, "*:*:*:*:CANARY\n");
    await Deno.mkdir(`${directory}/set`);
    await Deno.writeTextFile(
      `${directory}/set/a.yaml`,
      "version: '1.0'\nusers: [{email: a@example.com, password: !file ../pass}]\n",
    );
    const address = `host=127.0.0.1 port=1 dbname=x user=y passfile=${directory}/pass`;
    const files = ["--directory", `${directory}/set`];
    for (
      const [args, env] of [
        [["validate", ...files], { DATABASE_URL: address }],
        [["validate", ...files], { FLAGSMITH_PROVISION_DATABASE_URL: address }],
        ...["plan", "apply", "status", "adopt", "reset"].map((command) =>
          [[command, ...files, "--database-url", address], {}] as const
        ),
        [["serve", ...files, "--database-url", address], { E2E_TEST_AUTH_TOKEN: "token-of-tests" }],
        [
          ["export", "--organisation", "O", "--merge-into", `${directory}/set`, "--database-url", address],
          {},
        ],
      ] as const
    ) {
      const { code, out, err } = await runCli(args, { env });
      assert.equal(code, 1, args.join(" "));
      assert.match(
        err,
        /a\.yaml:2:\d+: error: The file holds a credential of the program itself .*\[FP023\]\n/,
      );
      assert.ok(!`${out}${err}`.includes("CANARY"));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

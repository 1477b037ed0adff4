/** Rights of the process: what a command does not need is gone before it reads its input. */
import assert from "node:assert/strict";
import { runCli } from "../support/run_cli.ts";

/** Runs a command in a process of its own, which then tries to connect and to write; gives what came of both. */
async function triesAfter(...args: readonly string[]): Promise<readonly string[]> {
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const directory = await Deno.makeTempDir();
  try {
    const script = `
      import { main, processIo } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
      const io = processIo();
      await main(${JSON.stringify(args)}, { ...io, out: () => {}, err: () => {} });
      const of = (work) => Promise.resolve().then(work).then(() => "done", (error) => error.name);
      console.log(await of(() => Deno.connect({ hostname: "127.0.0.1", port: ${port} }).then((c) => c.close())));
      console.log(await of(() => Deno.writeTextFile(${JSON.stringify(`${directory}/x`)}, "")));
      Deno.exit(0);`;
    await Deno.writeTextFile(`${directory}/main.ts`, script);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-prompt",
        "--cached-only",
        "--no-check",
        "--config",
        config,
        `${directory}/main.ts`,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    const said = text.decode(stdout).trim().split("\n");
    assert.equal(said.length, 2, text.decode(stderr));
    return said;
  } finally {
    server.close();
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("validate, schema and presets cannot open a connection or write a file", async () => {
  const file = new URL("../../provisioning/dev/dev.yaml", import.meta.url).pathname;
  for (const args of [["validate", "-f", file], ["schema"], ["presets"]]) {
    assert.deepEqual(await triesAfter(...args), ["NotCapable", "NotCapable"], args.join(" "));
  }
});

Deno.test("a command keeps what it needs: files that an option names, the network for a database", async () => {
  const directory = await Deno.makeTempDir();
  try {
    assert.deepEqual(await triesAfter("presets", "dev", "--to", `${directory}/set`), ["NotCapable", "done"]);
    assert.ok([...Deno.readDirSync(`${directory}/set`)].length > 0);
    const address = "postgresql://nobody@127.0.0.1:1/none";
    assert.deepEqual(await triesAfter("log", "--database-url", address), ["done", "done"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("every command without a database gives up the network", async () => {
  const commands: string[] = [];
  for (
    const args of [["validate", "-f", "-"], ["schema"], ["presets"], ["presets", "dev"], [
      "completions",
      "bash",
    ]]
  ) {
    const rights: string[] = [];
    await runCli(args, { stdin: "version: '1.0'\n", io: { giveUp: (right) => void rights.push(right) } });
    assert.deepEqual(rights, ["net", "write"], args.join(" "));
    commands.push(args[0] ?? "");
  }
  const { out } = await runCli(["--help"]);
  const all = [...out.matchAll(/^ {2}([a-z][a-z-]+)\b/gm)].map(([, name = ""]) => name);
  for (const name of all) {
    const help = (await runCli([name, "--help"])).out;
    if (!help.includes("--database-url") && name !== "help") assert.ok(commands.includes(name), name);
  }
});

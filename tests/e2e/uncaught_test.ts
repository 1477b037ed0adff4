import assert from "node:assert/strict";

const main = new URL("../../src/cli/main.ts", import.meta.url).href;
const surroundings = new URL("../../src/cli/io.ts", import.meta.url).href;

/** The program as a process, in which `fault` goes wrong while it waits for its input. */
async function ended(
  fault: string,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode(`
    import { main } from "${main}";
    import { processIo } from "${surroundings}";
    setTimeout(() => { ${fault} }, 10);
    setInterval(() => {}, 1000); // a process that waits for nothing else would end
    const io = { ...processIo(), envNames: () => [], readStdin: () => new Promise(() => {}) };
    Deno.exit(await main(["validate", "--file", "-"], io));`));
  await input.close();
  const { code, stdout, stderr } = await process.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out ?? "", err: err ?? "" };
}

for (
  const [what, fault] of [
    ["an error that is thrown", "throw new TypeError('hunter2')"],
    ["a promise that is rejected", "Promise.reject(new TypeError('hunter2'))"],
    ["an error of a stream", "process.stdout.emit('error', new TypeError('hunter2'))"],
  ] as const
) {
  Deno.test(`${what} where nobody catches it is a bug with a code, and its text is not shown`, async () => {
    const { code, out, err } = await ended(`const process = globalThis.process; ${fault}`);
    assert.deepEqual([code, out], [70, ""]);
    assert.match(
      err,
      /^error: This is a bug in flagsmith-provision \(TypeError\) \[FP500\]\n( +at .*\n)*\n? +(= hint: Please report it with these lines\. If a database was being written to, the transaction was rolled back)\n$/,
    );
    assert.doesNotMatch(err, /hunter2/);
  });
}

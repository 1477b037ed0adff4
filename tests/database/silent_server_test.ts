/** Signals while the database does not answer any more: a signal ends the program within seconds, whatever it waits for. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const INPUT = "version: '1.0'\norganisations: [{name: Acme}]\n";

/** Passes bytes on until it is told to be silent; nothing is lost of what went before. */
function startProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const state = { silent: false };
  const pass = async (from: Deno.Conn, to: Deno.Conn, seen: (text: string) => void) => {
    const buffer = new Uint8Array(65536);
    try {
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        seen(new TextDecoder().decode(buffer.subarray(0, n)));
        if (!state.silent) await to.write(buffer.slice(0, n));
      }
    } catch {
      // One side is closed.
    }
  };
  let seen: (text: string) => void = () => {};
  const serve = (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port) });
      open.push(client, server);
      void pass(client, server, (text) => seen(text));
      void pass(server, client, () => {});
    }
  })();
  const url = new URL(databaseUrl);
  url.port = String(listener.addr.port);
  return {
    url: url.href,
    /** From the statement with this text on nothing is passed on. */
    silentAt: (text: string, then: () => void) => {
      seen = (sent) => {
        if (!state.silent && sent.includes(text)) {
          state.silent = true;
          then();
        }
      };
    },
    close: async () => {
      listener.close();
      await serve;
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It is closed already.
        }
      }
    },
  };
}

/** The message that is nothing but COMMIT: its length stands before it. */
const COMMIT = "\vCOMMIT";

for (
  const [text, code, words] of [
    ["INSERT INTO", 143, "error: Interrupted; the run was rolled back and nothing was changed\n"],
    [
      COMMIT,
      74,
      "error: The connection was lost while committing, and the outcome could not be learned [FP423]\n",
    ],
  ] as const
) {
  Deno.test(`a second signal ends a run whose server is silent since ${text.replace("\v", "")}`, async () => {
    await withDatabase({}, async ({ url, sql }) => {
      const proxy = startProxy(url);
      let signal: (name: "SIGINT" | "SIGTERM") => void = () => {};
      proxy.silentAt(text, () => {
        signal("SIGTERM");
        signal("SIGTERM");
      });
      try {
        const result = await runCli(["apply", "-f", "-"], {
          databaseUrl: proxy.url,
          stdin: INPUT,
          io: {
            onSignal: (callback) => {
              signal = callback;
              return () => {};
            },
          },
        });
        assert.equal(result.code, code, result.err);
        assert.ok(result.err.startsWith(words), result.err);
      } finally {
        await proxy.close();
      }
      assert.equal((await sql`select 1 from organisations_organisation`).length, 0);
    });
  });
}

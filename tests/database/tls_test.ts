/** Certificates are compared with the host of the address, and what does not fit is refused with the reason. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findBinaries } from "../support/postgres_binaries.ts";
import { serverAccount, startProcess } from "../support/postgres_process.ts";
import { runCli } from "../support/run_cli.ts";

const DATA = new URL("../data/tls/", import.meta.url);
const NAMELESS = "The TLS connection to the database failed: the server's certificate does not name";
const ISSUER =
  "The TLS connection to the database failed: the server's certificate is self-signed, or was issued by an authority that is not trusted here";

/** Starts a server with a certificate, or without TLS, and gives what a command says to an address on its port. */
async function withServer(
  certificate: "name" | "address" | undefined,
  test: (say: (host: string, query: string) => Promise<string>) => Promise<void>,
  hba = "host all all all trust",
): Promise<void> {
  const [binaries] = await findBinaries();
  if (binaries === undefined) throw new Error("initdb and postgres were not found");
  const account = await serverAccount();
  const home = await Deno.makeTempDir();
  try {
    for (const file of ["ca.pem", "name.pem", "name.key", "address.pem", "address.key"]) {
      const path = join(home, file);
      await Deno.writeFile(path, await Deno.readFile(new URL(file, DATA)), { mode: 0o600 });
      if (account !== undefined) await Deno.chown(path, account.uid, account.gid);
    }
    await Deno.writeTextFile(join(home, "hba.conf"), `${hba}\n`);
    if (account !== undefined) await Deno.chown(join(home, "hba.conf"), account.uid, account.gid);
    if (account !== undefined) await Deno.chown(home, account.uid, account.gid);
    const process = await startProcess(
      binaries,
      home,
      account,
      undefined,
      {
        hba_file: join(home, "hba.conf"),
        ...(certificate === undefined ? {} : {
          ssl: "on",
          ssl_cert_file: join(home, `${certificate}.pem`),
          ssl_key_file: join(home, `${certificate}.key`),
        }),
      },
    );
    try {
      await test(async (host, query) => {
        const url = `postgresql://postgres@${host}:${process.port}/postgres?${
          query.replace("CA", join(home, "ca.pem"))
        }`;
        const { err } = await runCli(["log"], { databaseUrl: url });
        // The database has no tables, which is what a command says once it is connected.
        return err.includes("[FP420]")
          ? "connected"
          : err.replace(/^error: (.*?)(; its names.*)? \(postgres@.*$/s, "$1");
      });
    } finally {
      await process.stop();
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("verify-full connects to the name of a certificate, and to no other", async () => {
  await withServer("name", async (say) => {
    const full = "sslmode=verify-full&sslrootcert=CA";
    assert.equal(await say("localhost", full), "connected");
    assert.equal(await say("127.0.0.1", full), `${NAMELESS} "127.0.0.1"`);
    assert.equal(await say("localhost", `${full}&hostaddr=127.0.0.1`), "connected");
    assert.equal(await say("127.0.0.1", "sslmode=verify-ca&sslrootcert=CA"), "connected");
    assert.equal(await say("127.0.0.1", "sslmode=require"), "connected");
    assert.equal(await say("localhost", "sslmode=verify-full"), ISSUER);
  });
});

Deno.test("verify-full connects to the IP address of a certificate, and to no name", async () => {
  await withServer("address", async (say) => {
    const full = "sslmode=verify-full&sslrootcert=CA";
    assert.equal(await say("127.0.0.1", full), "connected");
    assert.equal(await say("localhost", full), `${NAMELESS} "localhost"`);
  });
});

Deno.test("a server without TLS is named as such, and good enough for prefer", async () => {
  await withServer(undefined, async (say) => {
    assert.equal(
      await say("127.0.0.1", "sslmode=require"),
      "The TLS connection to the database failed: the server has no TLS",
    );
    assert.equal(await say("127.0.0.1", "sslmode=prefer"), "connected");
    assert.equal(await say("127.0.0.1", "sslmode=allow"), "connected");
  });
});

Deno.test("a server that forces TLS is reached by every mode but disable, which it refuses", async () => {
  await withServer("name", async (say) => {
    for (const mode of ["allow", "prefer", "require", "verify-ca&sslrootcert=CA"]) {
      assert.equal(await say("127.0.0.1", `sslmode=${mode}`), "connected", mode);
    }
    assert.equal(await say("127.0.0.1", ""), "connected");
    assert.equal(
      await say("127.0.0.1", "sslmode=disable"),
      "The database refuses the user from here",
    );
  }, "hostssl all all all trust");
});

import assert from "node:assert/strict";
import { credentialFiles } from "./credential_files.ts";

async function found(
  addresses: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const all = await credentialFiles(addresses, (name) => env[name], {
    readTextFile: (path) => {
      const text = files[path];
      return text === undefined ? Promise.reject(new Error("gone")) : Promise.resolve(text);
    },
    stat: () => Promise.reject(new Error("gone")),
  });
  return all.toSorted();
}

Deno.test("credentialFiles() names what URIs, keywords, variables and services name", async () => {
  assert.deepEqual(await found(["postgresql://db/x?passfile=%2Fa%20b&sslkey=k&sslcert=c"]), [
    "/a b",
    "c",
    "k",
  ]);
  assert.deepEqual(await found(["host=db passfile='/a b' sslkey=k sslcert=c"]), ["/a b", "c", "k"]);
  assert.deepEqual(await found([], { PGPASSFILE: "p", PGSSLKEY: "k", PGSSLCERT: "c", PGSERVICEFILE: "s" }), [
    "c",
    "k",
    "p",
    "s",
  ]);
  const service = { "/conf/s": "[other]\nsslkey=/no\n[own]\nhost=db\npassfile=/p\n" };
  assert.deepEqual(await found(["host=db service=own servicefile=/conf/s"], {}, service), ["/conf/s", "/p"]);
  assert.deepEqual(
    await found([], { PGSERVICE: "own", PGSYSCONFDIR: "/etc/pg" }, {
      "/etc/pg/pg_service.conf": service["/conf/s"],
    }),
    ["/etc/pg/pg_service.conf", "/p"],
  );
});

Deno.test("credentialFiles() names the files at home where no other is named", async () => {
  const home = [
    "/h/.pg_service.conf",
    "/h/.pgpass",
    "/h/.postgresql/postgresql.crt",
    "/h/.postgresql/postgresql.key",
  ];
  assert.deepEqual(await found([], { HOME: "/h" }), home);
  assert.deepEqual(await found(["host=db passfile=/p"], { HOME: "/h" }), [...home, "/p"].toSorted());
});

Deno.test("credentialFiles() passes over an address that nobody can connect with, and names those of the others", async () => {
  assert.deepEqual(
    await found(["postgresql://a@b@c/?passfile=x", "host=db passfile=p", "host=db service=gone"]),
    ["p"],
  );
});

import assert from "node:assert/strict";
import { posix } from "node:path";
import { credentialFiles } from "../database/credential_files.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { child } from "./node.ts";
import { loadSources } from "./sources.ts";
import { loaded, memoryIo } from "./test_support.ts";
import type { Loaded, MemoryWorld } from "./test_support.ts";

async function loadFile(path: string, world: MemoryWorld): Promise<Loaded> {
  const diagnostics = new Diagnostics();
  const inputs = { directories: [], files: [path], embedded: [], allowEmpty: false };
  const io = memoryIo(world);
  const readTextFile = async (name: string) => new TextDecoder().decode(await io.readFile(name));
  const credentials = () =>
    credentialFiles([io.env("DATABASE_URL")], io.env, { readTextFile, stat: io.stat });
  return loaded(
    await loadSources(
      inputs,
      { ...io, credentialFiles: credentials },
      { mockEnv: false, secretEnv: [] },
      diagnostics,
    ),
    diagnostics,
  );
}

Deno.test("fillFileValues() reads files relative to the YAML file, as secret text without one line break", async () => {
  const result = await loadFile("conf/a.yaml", {
    files: {
      "conf/a.yaml":
        "a: !file pw\nb: !file '${DIR}/pw'\nc: !file ../other\nd: !file crlf\ne: &x !file pw\nf: *x\n",
      "conf/pw": "007\n",
      "/run/pw": "${X}\n\n",
      "other": "bare",
      "conf/crlf": "win\r\n",
    },
    env: { DIR: "/run", X: "never" },
  });

  assert.deepEqual(result.findings, []);
  assert.deepEqual(result.values, [{ a: "007", b: "${X}\n", c: "bare", d: "win", e: "007", f: "007" }]);
  const node = child(result.documents[0]?.root, "b");
  assert.deepEqual({ ...node, span: undefined }, {
    kind: "scalar",
    span: undefined,
    value: "${X}\n",
    text: "${X}\n",
    style: "quoted",
    interpolated: true,
    mocked: false,
    secret: true,
  });
});

Deno.test("fillFileValues() reports what cannot be read, never with the content", async () => {
  const result = await loadFile("a.yaml", {
    files: {
      "a.yaml":
        "a: !file gone\nb: !file dir\nc: !file big\nd: !file latin\ne: !file nul\nf: !file\ng: !file locked\nh: !file ${GONE}\n",
      "dir/x": "",
      "big": new Uint8Array(1024 * 1024 + 1),
      "latin": new Uint8Array([0x68, 0xe9]),
      "nul": "hunter2\0",
      "locked": "hunter2",
    },
    denied: ["locked"],
  });

  assert.deepEqual(result.findings, [
    "1:10-1:14 FP022 File does not exist",
    "2:10-2:13 FP022 Path is a directory",
    "3:10-3:13 FP022 File is larger than 1 MiB",
    "4:10-4:15 FP022 File is not UTF-8",
    "5:10-5:13 FP110 Value holds a NUL character",
    "6:9-6:9 FP022 Tag !file needs a path",
    "7:10-7:16 FP022 File cannot be read",
    '8:10-8:17 FP020 Variable "GONE" is not set',
  ]);
  assert.deepEqual(result.values, [{ a: "", b: "", c: "", d: "", e: "", f: "", g: "", h: "GONE" }]);
});

Deno.test("fillFileValues() refuses relative paths in a shipped set", async () => {
  const diagnostics = new Diagnostics();
  const embedded = [{ name: "e2e/e2e.yaml", text: "a: !file pw\nb: !file /run/pw\n" }];
  const io = memoryIo({ files: { "pw": "x", "/run/pw": "y" } });

  const documents = await loadSources({ directories: [], files: [], embedded, allowEmpty: false }, io, {
    mockEnv: false,
    secretEnv: [],
  }, diagnostics);

  const { values, findings } = loaded(documents, diagnostics);
  assert.deepEqual(values, [{ a: "", b: "y" }]);
  assert.deepEqual(findings, ["1:10-1:12 FP022 A shipped set has no directory for a relative path"]);
});

Deno.test("fillFileValues() reads no file that the program itself takes a credential from", async () => {
  const { findings } = await loadFile("a.yaml", {
    files: {
      "a.yaml":
        "a: !file /secrets/pgpass\nb: !file /accounts/ada/.pg_service.conf\nc: !file /accounts/ada/.pgpass\n",
      "/secrets/pgpass": "CANARY",
      "/accounts/ada/.pg_service.conf": "CANARY",
      "/accounts/ada/.pgpass": "not the one that is used",
    },
    env: { PGPASSFILE: "/secrets/pgpass", HOME: "/accounts/ada" },
  });
  const own = "The file holds a credential of the program itself and is never put into a value";
  assert.equal(findings.length, 2);
  for (const finding of findings) {
    assert.match(JSON.stringify(finding), new RegExp(`FP023.*${own}|${own}.*FP023`));
  }
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/pgpass`, "CANARY");
    await Deno.symlink("pgpass", `${directory}/link`);
    await Deno.writeTextFile(`${directory}/a.yaml`, "a: !file link\n");
    const diagnostics = new Diagnostics();
    await loadSources(
      { directories: [], files: [`${directory}/a.yaml`], embedded: [], allowEmpty: false },
      {
        readFile: (path) => Deno.readFile(path),
        readDirectory: () => Promise.resolve([]),
        stat: (path) => Deno.stat(path),
        realPath: (path) => Deno.realPath(path),
        readStdin: () => Promise.resolve(new Uint8Array()),
        env: () => undefined,
        credentialFiles: () => Promise.resolve([`${directory}/pgpass`]),
      },
      { mockEnv: false, secretEnv: [] },
      diagnostics,
    );
    assert.deepEqual(diagnostics.sorted().map(({ code }) => code), ["FP023"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("fillFileValues() knows the files of an address and of its service by every path and link", async () => {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  const write = (name: string, text = "CANARY") => Deno.writeTextFile(`${directory}/${name}`, text);
  try {
    for (const name of ["pgpass", "client.crt", "client.key", "of-service.key", "plain"]) await write(name);
    await write(
      "services",
      `[flagsmith]\nhost=db\nsslcert=${directory}/client.crt\nsslkey=${directory}/of-service.key\n`,
    );
    await Deno.mkdir(`${directory}/conf`);
    await Deno.symlink("../pgpass", `${directory}/conf/link`);
    await Deno.symlink(directory, `${directory}/conf/all`);
    await Deno.link(`${directory}/pgpass`, `${directory}/conf/hard`);
    const refused = [
      "../pgpass",
      "./../conf/../pgpass",
      `${directory}//pgpass`,
      "link",
      "all/pgpass",
      "hard",
      "../client.key",
      "../client.crt",
      "../of-service.key",
      "../services",
      "/proc/self/environ",
      "/proc/self/cmdline",
    ];
    const lines = [...refused, "../plain"].map((path, at) => `k${at}: !file ${path}\n`);
    await write("conf/a.yaml", lines.join(""));
    const relative = (name: string) => posix.relative(Deno.cwd(), `${directory}/${name}`);
    const env = (name: string): string | undefined =>
      ({
        DATABASE_URL: `postgresql://db/x?passfile=${
          encodeURIComponent(relative("pgpass"))
        }&service=flagsmith`,
        PGSSLKEY: relative("client.key"),
        PGSERVICEFILE: relative("services"),
      } as Readonly<Record<string, string>>)[name];
    const io = {
      ...memoryIo({}),
      readFile: (path: string) => Deno.readFile(path),
      stat: (path: string) => Deno.stat(path),
      realPath: (path: string) => Deno.realPath(path),
      env,
      credentialFiles: () =>
        credentialFiles([env("DATABASE_URL")], env, { readTextFile: Deno.readTextFile, stat: Deno.stat }),
    };
    const diagnostics = new Diagnostics();
    const documents = await loadSources(
      { directories: [], files: [`${directory}/conf/a.yaml`], embedded: [], allowEmpty: false },
      io,
      { mockEnv: false, secretEnv: [] },
      diagnostics,
    );
    const { values, findings } = loaded(documents, diagnostics);
    assert.deepEqual(
      findings.map((finding) => finding.replace(/^(\d+):\S+ (\w+) .*$/, "$1 $2")),
      refused.map((_, at) => `${at + 1} FP023`),
    );
    assert.deepEqual(values, [{
      ...Object.fromEntries(refused.map((_, at) => [`k${at}`, ""])),
      [`k${refused.length}`]: "CANARY",
    }]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

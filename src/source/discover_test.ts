import assert from "node:assert/strict";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { discoverFiles } from "./discover.ts";
import { memoryIo } from "./test_support.ts";
import type { MemoryWorld } from "./test_support.ts";

async function discover(
  world: MemoryWorld,
  inputs: { readonly directories?: string[]; readonly files?: string[]; readonly allowEmpty?: boolean },
): Promise<{ names: string[]; findings: string[] }> {
  const diagnostics = new Diagnostics();
  const all = { directories: [], files: [], embedded: [], allowEmpty: false, ...inputs };
  const found = await discoverFiles(all, memoryIo(world), diagnostics);
  return {
    names: found.map((f) => f.name),
    findings: diagnostics.sorted().map((d) => `${d.code} ${d.message}`),
  };
}

Deno.test("discoverFiles() lists a directory in alphabetical order, without hidden entries and subdirectories", async () => {
  const files = {
    "p/20-b.yml": "",
    "p/10-a.yaml": "",
    "p/B.json": "",
    "p/a.YAML": "",
    "p/readme.md": "",
    "p/.hidden.yaml": "",
    "p/sub/deep.yaml": "",
    "p/dir.yaml": null,
  };

  const result = await discover({ files }, { directories: ["p/"] });

  assert.deepEqual(result, { names: ["p/10-a.yaml", "p/20-b.yml", "p/B.json", "p/a.YAML"], findings: [] });
});

Deno.test("discoverFiles() follows the links of a mounted ConfigMap once", async () => {
  const world = {
    files: { "/etc/p/..2026_01/a.yaml": "a: 1" },
    links: { "/etc/p/..data": "/etc/p/..2026_01", "/etc/p/a.yaml": "/etc/p/..data/a.yaml" },
  };

  const result = await discover(world, { directories: ["/etc/p"] });

  assert.deepEqual(result, { names: ["/etc/p/a.yaml"], findings: [] });
});

Deno.test("discoverFiles() names a path once when several options lead to it", async () => {
  const result = await discover({ files: { "p/a.yaml": "", "p/b.yaml": "" } }, {
    directories: ["p", "./p", "p/"],
    files: ["p/../p/a.yaml", "-", "p/b.yaml", "-"],
  });

  assert.deepEqual(result, { names: ["p/a.yaml", "p/b.yaml", "<stdin>"], findings: [] });
});

Deno.test("discoverFiles() reports all paths that cannot be used", async () => {
  const world = {
    files: { "empty": null, "docs/readme.md": "", "file.yaml": "", "locked/a.yaml": "", "farm/b.yaml": "" },
    links: { "farm/gone.yaml": "nowhere" },
    denied: ["locked"],
  };

  const result = await discover(world, {
    directories: ["empty", "docs", "missing", "file.yaml", "locked", "farm"],
    files: ["docs", "missing.yaml"],
  });

  assert.deepEqual(result, {
    names: ["farm/b.yaml"],
    findings: [
      'FP001 "docs" is a directory',
      'FP001 "file.yaml" is not a directory',
      'FP001 Directory "locked" cannot be read: permission denied',
      'FP001 File "farm/gone.yaml" does not exist',
      'FP001 File "missing.yaml" does not exist',
      'FP002 Directory "docs" holds no .yaml, .yml or .json file',
      'FP002 Directory "empty" holds no .yaml, .yml or .json file',
      'FP002 Directory "missing" does not exist',
    ],
  });
});

Deno.test("discoverFiles() accepts empty and missing directories when they are allowed", async () => {
  const result = await discover({ files: { "empty": null } }, {
    directories: ["empty", "missing"],
    allowEmpty: true,
  });

  assert.deepEqual(result, { names: [], findings: [] });
});

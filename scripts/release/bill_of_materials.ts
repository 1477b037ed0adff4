/** The software bill of materials, and the licence notices: of the packages inside the binary and of its runtime. */
import { createHash } from "node:crypto";
import type { ReleasedPackage } from "./packages.ts";

/** What the bill is about. */
export interface BillFacts {
  readonly version: string;
  readonly commit: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** Version of the Deno whose runtime the binary starts with. */
  readonly runtime: string;
}

/** A CycloneDX 1.6 document. Equal releases have equal bills: the serial number follows from the content. */
export function billOfMaterials(packages: readonly ReleasedPackage[], facts: BillFacts): string {
  const { version, commit, time, runtime } = facts;
  const own = `pkg:generic/flagsmith-provision@${version}`;
  const components = [
    {
      type: "framework",
      "bom-ref": `pkg:generic/deno@${runtime}`,
      name: "deno",
      version: runtime,
      purl: `pkg:generic/deno@${runtime}`,
      licenses: [{ license: { id: "MIT" } }],
    },
    ...packages.map(({ name, version, license, sha512 }) => {
      const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
      return {
        type: "library",
        "bom-ref": purl,
        name,
        version,
        purl,
        licenses: [{ license: { id: license } }],
        hashes: [{ alg: "SHA-512", content: sha512 }],
      };
    }),
  ];
  const content = {
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": own,
        name: "flagsmith-provision",
        version,
        purl: own,
        licenses: [{ license: { id: "BSD-3-Clause" } }],
        properties: [{ name: "commit", value: commit }],
      },
    },
    components,
    dependencies: [
      { ref: own, dependsOn: components.map((component) => component["bom-ref"]) },
      ...components.map((component) => ({ ref: component["bom-ref"], dependsOn: [] })),
    ],
  };
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${
    hash.slice(20, 32)
  }`;
  return `${
    JSON.stringify(
      { bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: `urn:uuid:${uuid}`, ...content },
      null,
      2,
    )
  }\n`;
}

/** The texts that the licences of packages ask to be passed on. */
export function licenceNotices(packages: readonly ReleasedPackage[], runtime: string): string {
  const parts = packages.map(({ name, version, license, texts }) =>
    `${name} ${version} (${license})\n\n${
      texts.map((text) => text.trim()).join("\n\n") || `SPDX: ${license}`
    }`
  );
  return [
    "flagsmith-provision contains the following software.",
    `Deno ${runtime} (MIT), with V8 (BSD-3-Clause) and the crates that its own notices list:\nhttps://github.com/denoland/deno/blob/v${runtime}/LICENSE.md`,
    ...parts,
  ].join(`\n\n${"-".repeat(78)}\n\n`) + "\n";
}

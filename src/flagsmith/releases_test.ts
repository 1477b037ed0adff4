/** Whether messages and pages name the releases that the program knows. */
import assert from "node:assert/strict";
import { CODES } from "../diagnostics/codes.ts";
import { FAILURES } from "../diagnostics/failures.ts";
import { FLAG_REFERENCES } from "./models/projects.ts";
import {
  compareReleases,
  firstRelease,
  FLAGS_IN_CONDITIONS,
  NEWEST_KNOWN,
  OLDEST_WRITTEN,
  releaseOf,
} from "./releases.ts";

/** The oldest release whose rows were recorded. */
const OLDEST_TESTED = "2.100.2";

Deno.test("README, pages and codes name the oldest and the newest release, and what changed when", async () => {
  const read = async (path: string): Promise<string> =>
    (await Deno.readTextFile(new URL(`../../${path}`, import.meta.url))).replaceAll(/\s+/g, " ");
  const schemas = [...Deno.readDirSync(new URL("../../tests/data/schema/", import.meta.url))]
    .flatMap(({ name }) => /^([\d.]+)\.sql$/.exec(name)?.[1] ?? []).sort(compareReleases);
  assert.deepEqual([schemas[0], schemas.at(-1)], [OLDEST_TESTED, NEWEST_KNOWN]);
  const releases = await read("docs/releases.md");
  for (
    const [text, wanted] of [
      [await read("README.md"), `Databases of Flagsmith ${OLDEST_WRITTEN} to ${NEWEST_KNOWN} are written to`],
      [releases, `| ${OLDEST_TESTED} to ${NEWEST_KNOWN} | Tested`],
      [releases, `| ${OLDEST_WRITTEN} to 2.100.1 | Written to as ${OLDEST_TESTED}`],
      [releases, `| before ${OLDEST_WRITTEN} |`],
      [JSON.stringify(FAILURES.FP432), `Rows of releases before ${OLDEST_WRITTEN} are not known`],
      [JSON.stringify(CODES.FP152), `since ${FLAGS_IN_CONDITIONS}`],
      [JSON.stringify(CODES.FP209), `Flagsmith ${firstRelease(FLAG_REFERENCES)} and later`],
    ] as const
  ) assert.ok(text.includes(wanted), wanted);
});

Deno.test("the matrix of the page names every schema, and every supported server with the newest", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/releases.md", import.meta.url));
  const rows = [...page.matchAll(/^\| (\S+) +\| (\d+) +\| (\S.*?) +\|$/gm)].map(([, ...cells]) => cells);
  const schemas = [...Deno.readDirSync(new URL("../../tests/data/schema/", import.meta.url))]
    .flatMap(({ name }) => name.endsWith(".sql") ? [name.slice(0, -".sql".length)] : []);
  assert.deepEqual([...new Set(rows.map(([schema]) => schema))].sort(), schemas.sort());
  const servers = rows.filter(([schema]) => schema === NEWEST_KNOWN).map(([, server]) => Number(server));
  assert.deepEqual(servers.sort((a, b) => a - b), [12, 13, 14, 15, 16, 17, 18]);
  assert.match(page, /PostgreSQL 12 to 18/);
  assert.deepEqual(rows.filter(([, , result]) => result !== "ok"), []);
});

Deno.test("releaseOf() is a lower bound: the newest release whose migrations are there", () => {
  assert.equal(releaseOf({}), undefined);
  assert.equal(releaseOf({ feature_dependencies: "0001_initial" }), NEWEST_KNOWN);
  assert.equal(releaseOf({ organisations: "0061_x" }), "2.266.0");
});

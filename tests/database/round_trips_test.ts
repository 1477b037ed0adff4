/** Round trips to the database do not grow with the number of entities. */
import assert from "node:assert/strict";
import { processIo } from "../../mod.ts";
import { apply } from "../../src/apply/apply.ts";
import { readInputs } from "../../src/cli/inputs.ts";
import { openSession } from "../../src/database/session.ts";
import { connectionSettings } from "../../src/database/settings.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";

/** A file of about `count` entities of several kinds. */
function fileOf(count: number): string {
  const each = Math.ceil(count / 4);
  const list = <T>(make: (at: number) => T): readonly T[] =>
    Array.from({ length: each }, (_, at) => make(at));
  return JSON.stringify({
    version: "1.0",
    organisations: list((at) => ({ name: `O${at}`, subscription: { seats: at } })),
    projects: list((at) => ({ name: `P${at}`, organisation: `O${at}`, environments: [{ name: "Dev" }] })),
    features: list((at) => ({
      name: `f${at}`,
      project: `P${at}`,
      environments: { Dev: { enabled: true, segment_overrides: [{ segment: "s", enabled: false }] } },
    })),
    segments: list((at) => ({
      name: "s",
      project: `P${at}`,
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: String(at) }] }],
    })),
  });
}

/** Applies a file in a session of its own; gives how many round trips that took and how many actions there were. */
async function roundTrips(
  { url }: TestDatabase,
  text: string,
  dryRun = false,
): Promise<{ trips: number; created: number }> {
  const diagnostics = new Diagnostics();
  const io = { ...processIo(), readStdin: () => Promise.resolve(new TextEncoder().encode(text)) };
  const inputs = await readInputs(
    { directory: [], file: ["-"], preset: [], secretEnv: [], warnExternal: false },
    io,
    diagnostics,
  );
  const open = () =>
    openSession(connectionSettings(url, () => undefined), {
      connectTimeout: 10,
      applicationName: "flagsmith-provision test",
      readTextFile: io.readTextFile,
    });
  const session = await open();
  try {
    const result = await apply(session, inputs.graph, inputs.declarations, {
      dryRun,
      lockTimeout: 10_000,
      command: "apply",
      toolVersion: "test",
      source: "test",
      reopen: open,
      uuid: io.uuid,
      refuses: (found) => found.hasErrors,
    }, diagnostics);
    assert.deepEqual(diagnostics.sorted(), []);
    const created = result?.plan.decisions.filter((d) => d.action === "create").length ?? 0;
    return { trips: session.roundTrips, created };
  } finally {
    await session.close();
  }
}

Deno.test("apply() makes the same number of round trips for 1, 100 and 2,000 entities", async () => {
  const seen: unknown[] = [];
  for (const count of [1, 100, 2000]) {
    await withDatabase({}, async (database) => {
      const text = fileOf(count);
      const dry = await roundTrips(database, text, true);
      const first = await roundTrips(database, text);
      const again = await roundTrips(database, text);
      assert.ok(first.created >= count && dry.created === first.created, String(first.created));
      seen.push({ dry: dry.trips, first: first.trips, again: again.trips, left: again.created });
    });
  }
  const same = { dry: 10, first: 10, again: 3, left: 0 };
  assert.deepEqual(seen, [same, same, same]);
});

Deno.test("apply() makes the same number of round trips for one new feature and for 500 in a live project", async () => {
  const seen: number[] = [];
  await withDatabase({}, async (database) => {
    await roundTrips(database, fileOf(400));
    for (const [name, count] of [["a", 1], ["b", 500]] as const) {
      const features = Array.from(
        { length: count },
        (_, at) => ({ name: `${name}${at}`, project: `P${at % 100}` }),
      );
      const { trips, created } = await roundTrips(database, JSON.stringify({ version: "1.0", features }));
      assert.equal(created, count);
      seen.push(trips);
    }
  });
  // Two of them learn the addresses below a project that the file names without its organisation.
  assert.deepEqual(seen, [13, 13]);
});

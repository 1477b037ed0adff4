/** Round trips to the database do not grow with the number of entities. */
import { isFull } from "../support/property.ts";
import assert from "node:assert/strict";
import { processIo } from "../../mod.ts";
import { apply } from "../../src/apply/apply.ts";
import { readInputs } from "../../src/cli/inputs.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { noSession } from "../support/fault_states.ts";
import { startMeter } from "../support/meter.ts";
import { runCli } from "../support/run_cli.ts";
import { openTestSession } from "../support/session.ts";

/** A file of about `count` entities of several kinds; an update changes what `value` is part of. */
function fileOf(count: number, value = "1", policies: object = {}): string {
  const each = Math.ceil(count / 4);
  const list = <T>(make: (at: number) => T): readonly T[] =>
    Array.from({ length: each }, (_, at) => make(at));
  return JSON.stringify({
    version: "1.0",
    ...policies,
    organisations: list((at) => ({ name: `O${at}`, subscription: { seats: at + Number(value) } })),
    projects: list((at) => ({ name: `P${at}`, organisation: `O${at}`, environments: [{ name: "Dev" }] })),
    features: list((at) => ({
      name: `f${at}`,
      project: `P${at}`,
      initial_value: value,
      environments: { Dev: { enabled: true, segment_overrides: [{ segment: "s", enabled: false }] } },
    })),
    segments: list((at) => ({
      name: "s",
      project: `P${at}`,
      rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: `${at} ${value}` }] }],
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
  const open = () => openTestSession(url);
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
      parallelism: io.parallelism,
      allowDelete: false,
      protect: undefined,
      refuses: (found) => found.hasErrors,
    }, diagnostics);
    assert.deepEqual(diagnostics.sorted(), []);
    const created = result?.plan.decisions.filter((d) => d.action === "create").length ?? 0;
    return { trips: session.roundTrips, created };
  } finally {
    await session.close();
  }
}

const MANY = isFull() ? 2000 : 500;

Deno.test(`apply() makes the same number of round trips for 1, 100 and ${MANY} entities`, async () => {
  const seen: unknown[] = [];
  for (const count of [1, 100, MANY]) {
    await withDatabase({}, async (database) => {
      const text = fileOf(count);
      const dry = await roundTrips(database, text, true);
      const first = await roundTrips(database, text);
      const again = await roundTrips(database, text);
      assert.ok(first.created >= count && dry.created === first.created, String(first.created));
      seen.push({ dry: dry.trips, first: first.trips, again: again.trips, left: again.created });
    });
  }
  // The first run reads the rules of the tables that it writes to; the next one, with nothing to write, does not.
  const same = { dry: 11, first: 11, again: 3, left: 0 };
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

/** Runs a command behind a relay that counts how often it waits for the database; connecting is included. */
async function waits(
  { url }: TestDatabase,
  args: readonly string[],
  stdin = "",
): Promise<readonly unknown[]> {
  const meter = startMeter(url);
  const { code, out, err } = await runCli(args, { databaseUrl: meter.url, stdin });
  const connections = await meter.end();
  assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
  return [args[0], ...connections.map(({ trips }) => trips)];
}

/** A reset of so many more takes half a minute, and a number that grew with them would be another with these, too. */
const MANY_OF_ALL = isFull() ? 1000 : 200;

Deno.test(`every command makes the same number of round trips for 4 entities and for ${MANY_OF_ALL}`, async () => {
  const seen: unknown[] = [];
  for (const count of [4, MANY_OF_ALL]) {
    await withDatabase({}, async (database) => {
      const [before, after] = [
        fileOf(count),
        fileOf(count, "2", { defaults: { on_exists: "update" } }),
      ];
      seen.push([
        await waits(database, ["apply", "--file", "-"], before),
        await waits(database, ["plan", "--file", "-"], after),
        await waits(database, ["apply", "--file", "-"], after),
        await waits(database, ["status", "--file", "-"], after),
        await waits(database, ["log", "--limit", "10000"]),
        await waits(database, ["export", "--organisation", "O0"]),
        await waits(database, ["reset", "--file", "-"], before),
        await waits(database, ["adopt", "--file", "-"], before),
        await waits(database, ["teardown", "--all", "--yes"]),
      ]);
    });
  }
  assert.deepEqual(seen[1], seen[0]);
});

Deno.test("a look without statistics reads as many rows for each entity when there are more of them", async () => {
  const most = isFull() ? 2000 : 1000;
  const read = async (count: number): Promise<number> =>
    await withDatabase({}, async (database) => {
      const stdin = fileOf(count);
      const world = { databaseUrl: database.url, stdin };
      assert.equal((await runCli(["--file", "-"], world)).code, 0);
      const rows = async (): Promise<number> => {
        await noSession(database, false); // sessions that have ended have told their counts
        const [row] = await database
          .sql`select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as n from pg_stat_user_tables
          where relname ~ '^(features|environments|segments|projects|organisations)_'`;
        return Number(row?.["n"]);
      };
      const before = await rows();
      const again = await runCli(["--file", "-"], world);
      assert.match(again.out, / 0 created/);
      return (await rows() - before) / count;
    });
  const [few, many] = [await read(200), await read(most)];
  assert.ok(
    many < 2 * few,
    `${few.toFixed(1)} rows an entity for 200 entities, ${many.toFixed(1)} for ${most}`,
  );
});

/**
 * What fails during a reset through `serve`: each script is made to fail, and the kept connection is lost before and after
 * each, COMMIT included. The answer says what the database holds, and the next request is answered as if nothing had been.
 * Every script with `FULL_TESTS=1`, else the first ones, of which the second is only refused, and the last ones.
 */
import assert from "node:assert/strict";
import { createDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { uuid } from "../support/fault_commands.ts";
import { CANARIES, DATA, FAULT_TABLE } from "../support/fault_data.ts";
import { type Fault, type FaultPlan, PROVOKED, startFaultProxy } from "../support/fault_proxy.ts";
import { noSession, stateAfter, stateOf } from "../support/fault_states.ts";
import { keepState } from "../support/kept_state.ts";
import { requestReset, startServing } from "../support/serving.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";

/** What must come out of a request. */
interface Expected {
  readonly state: "before" | "after";
  readonly status: number;
  /** The code of the error, and its words to the client. */
  readonly error?: readonly [code: string, message: RegExp];
}

/** `commit` is the number of the script that commits. */
function expected({ at, fault, unreachable }: FaultPlan, commit: number): Expected {
  if (fault.kind === "error") {
    const message = new RegExp(`^Cannot [a-z ]+: PostgreSQL answered with error ${PROVOKED}$`);
    return { state: "before", status: 500, error: ["FP415", message] };
  }
  if (at === commit && (unreachable === true || fault.kind === "split")) {
    return {
      state: fault.kind === "after" ? "after" : "before",
      status: 500,
      error: ["FP423", /^The connection was lost while committing, and the outcome could not be learned$/],
    };
  }
  if (unreachable === true) {
    return { state: "before", status: 500, error: ["FP403", /^The database cannot be reached: /] };
  }
  // What was rolled back is done again on a new connection, and what was committed is found in the log.
  return { state: "after", status: 204 };
}

function plansOf(scripts: number, commit: number): readonly FaultPlan[] {
  const kinds: readonly Fault["kind"][] = ["error", "before", "after"];
  // What fails between the lock and the last script fails in the same place of the session, in whatever way.
  const all: FaultPlan[] = Array.from({ length: scripts }, (_, at) => at)
    .flatMap((at) => kinds.map((kind) => ({ at, fault: { kind } })));
  const some = all.filter(({ at, fault: { kind } }) =>
    [0, commit - 1, commit].includes(at) || at === 1 && kind === "error"
  );
  return [
    ...FULL ? all : some,
    { at: 0, fault: { kind: "before" }, unreachable: true },
    { at: commit - 1, fault: { kind: "after" }, unreachable: true },
    { at: commit, fault: { kind: "late" } },
    { at: commit, fault: { kind: "split" } },
    // A split network is the same to the server as one that is gone before the commit comes.
    ...FULL ? [{ at: commit, fault: { kind: "before" }, unreachable: true } as const] : [],
    { at: commit, fault: { kind: "after" }, unreachable: true },
  ];
}

Deno.test("a reset through serve is done or not done, never half, whatever fails", async (t) => {
  const database = await createDatabase();
  await database.sql.unsafe(FAULT_TABLE);
  const proxy = startFaultProxy(database.url);
  const server = await startServing(
    ["--file", "-", "--lock-timeout", "2s", "--connect-timeout", "200ms"],
    { databaseUrl: proxy.url, stdin: JSON.stringify({ version: "1.0", ...DATA }), io: { uuid } },
  );
  try {
    const reset = () => requestReset(server.port);
    assert.equal((await reset()).status, 204);
    await database.sql`update features_feature set initial_value = 'edited'`;
    const before = await keepState(database);
    proxy.watch();
    assert.equal((await reset()).status, 204);
    const scripts = [...proxy.scripts];
    const commit = scripts.indexOf("COMMIT");
    assert.equal(commit, scripts.length - 1, "the commit is the last script of a warm reset");
    const dump = await dumpTables(database.sql);
    const states = { database, before, after: await stateAfter(database, before, dump) };

    let warm = false;
    const check = async (plan: FaultPlan): Promise<void> => {
      const wanted = expected(plan, commit);
      // On a connection that is kept: the one of the reset that ended the case before.
      if (!warm) {
        proxy.arm();
        assert.equal((await reset()).status, 204);
        await before.restore(await dumpTables(database.sql));
      }
      warm = false;
      const saidBefore = server.said();
      // What is done once more draws the ids that were drawn for nothing.
      proxy.watch({ ...plan, meanwhile: () => before.restoreSequences() });
      const { status, body } = await reset();
      if (plan.fault.kind === "split") await noSession(database, true);
      const said = server.said();
      const out = said.out.slice(saidBefore.out.length);
      const err = said.err.slice(saidBefore.err.length);
      assert.equal(status, wanted.status, `${body}${err}`);
      const { state, dump: now } = await stateOf(states);
      assert.equal(state, wanted.state);
      if (wanted.error === undefined) {
        assert.equal(body, "");
        assert.equal(err, "");
        assert.match(out, /^Reset in \d+\.\d\d s\.\n$/);
      } else {
        const { error } = JSON.parse(body);
        const [code, message] = wanted.error;
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(out, "", "nothing is said to be done that is not");
        assert.equal(
          err,
          `error: The reset failed: ${error.message} [${error.code}]\n   = hint: ${error.hint}\n`,
        );
      }
      assert.doesNotMatch(`${body}${out}${err}`, /division|1\/0|CONNECTION_|SELECT|INSERT|DELETE /);
      const log = JSON.stringify(now.get("provisioning_log"));
      for (const canary of CANARIES) {
        assert.ok(!`${body}${out}${err}${log}`.includes(canary), "a secret is shown");
      }
      // A reset says how many older events it took out of the log, and a failure would be one of them.
      await before.restore(now);
      // The database can be reached again, and nobody has told the server.
      proxy.watch();
      const next = await reset();
      assert.equal(next.status, 204, next.body);
      const last = await stateOf(states);
      assert.equal(last.state, "after");
      await before.restore(last.dump);
      warm = true;
    };

    for (const plan of plansOf(scripts.length, commit)) {
      const text = (scripts[plan.at] ?? "").replaceAll(/\s+/g, " ").slice(0, 60);
      await t.step(
        `${plan.fault.kind} ${plan.at} of ${scripts.length}${
          plan.unreachable === true ? ", then unreachable" : ""
        }: ${text}`,
        () => check(plan),
      );
    }
  } finally {
    await server.stop();
    await proxy.close();
    await database.drop();
  }
});

/**
 * Nothing is ever half applied: scripts of each command are made to fail, or the connection is lost before or after them. Of
 * apply each script in one of these ways, of the others the last ones; where the lock is taken and at COMMIT in every way. With
 * `FULL_TESTS=1` every script of every command in every way, and every statement of those that write.
 */
import assert from "node:assert/strict";
import { KIND_NAMES } from "../../src/kinds/specs.ts";
import { createDatabase, withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { CANARIES, CHANGE, DATA, FAULT_TABLE } from "../support/fault_data.ts";
import {
  type Fault,
  type FaultPlan,
  type FaultProxy,
  PROVOKED,
  startFaultProxy,
  statementStarts,
} from "../support/fault_proxy.ts";
import { type FaultStates, noSession, stateAfter, stateOf } from "../support/fault_states.ts";
import { keepState } from "../support/kept_state.ts";
import { COMMANDS, type FaultCommand, outputs, runFaultCommand } from "../support/fault_commands.ts";
import { runCli } from "../support/run_cli.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";
const LEARNED = /note: The connection was lost while committing; the log shows that /;

/** One command, what it does when nothing is in its way, and how its states are looked at. */
interface Bench extends FaultStates {
  readonly command: FaultCommand;
  readonly proxy: FaultProxy;
  /** What the command says. */
  readonly out: string;
  readonly scripts: readonly string[];
}

async function prepareBench(command: FaultCommand): Promise<Bench> {
  const database = await createDatabase();
  const proxy = startFaultProxy(database.url);
  await database.sql.unsafe(FAULT_TABLE);
  await command.prepare(database);
  const before = await keepState(database);
  proxy.arm();
  const { code, out, err } = await runFaultCommand(command, proxy.url);
  assert.equal(code, 0, err);
  const scripts = [...proxy.scripts];
  const dump = await dumpTables(database.sql);
  const after = await stateAfter(database, before, dump);
  const bench = { command, database, proxy, before, after, out, scripts };
  await goBack(bench, dump);
  assert.equal(
    (await stateOf(bench)).state,
    "before",
    "the command does something, and the bench takes it back",
  );
  return bench;
}

/** Makes the database what it was before the command. */
async function goBack({ command, database, before }: Bench, now: Dump): Promise<void> {
  await before.restore(now);
  if (command.undo !== undefined) await database.sql.unsafe(command.undo);
  await Deno.writeTextFile(outputs, "");
}

/** What must come out: the state, the exit code and the words. */
interface Expected {
  readonly state: "before" | "after";
  readonly code: number;
  readonly err: RegExp;
}

function expected({ scripts }: Bench, { at, fault, unreachable }: FaultPlan): Expected {
  const commit = scripts.indexOf("COMMIT");
  assert.ok(commit > 0, "the command commits");
  const refused = fault.kind === "error";
  if (at === 0) {
    return {
      state: "before",
      code: 69,
      err:
        /^error: The database cannot be reached(: it closed the connection|: it answered with a data exception \(22012\)) \(.*\) \[FP403\]\n/,
    };
  }
  const failed = refused
    ? `: PostgreSQL answered with error ${PROVOKED}`
    : ": the connection to the database was lost";
  if (at === commit && !refused) {
    if (unreachable === true || fault.kind === "split") {
      return {
        state: fault.kind === "before" || fault.kind === "split" ? "before" : "after",
        code: 74,
        err:
          /^error: The connection was lost while committing, and the outcome could not be learned \[FP423\]\n {3}= hint: Run the same command again/,
      };
    }
    return fault.kind === "before"
      ? {
        state: "before",
        code: 69,
        err: /^error: The connection was lost while committing; the run was rolled back \[FP404\]\n/,
      }
      : { state: "after", code: 0, err: LEARNED };
  }
  return {
    state: "before",
    code: refused ? 1 : 69,
    err: new RegExp(`^error: Cannot [a-z ]+${failed} \\[FP4(04|15)\\]\n   = hint: Nothing was changed`),
  };
}

/** Lets the fault happen and looks at everything; then runs the command again, which must succeed. */
async function check(bench: Bench, plan: FaultPlan): Promise<void> {
  const { command, proxy, before, out } = bench;
  const wanted = expected(bench, plan);
  proxy.arm(plan);
  const result = await runFaultCommand(
    command,
    proxy.url,
    [
      ...(plan.fault.kind === "split" ? ["--lock-timeout", "300ms"] : []),
      ...(plan.unreachable === true ? ["--connect-timeout", "200ms"] : []),
    ],
  );
  if (plan.fault.kind === "split" || plan.fault.kind === "late") {
    await noSession(bench.database, plan.fault.kind === "split");
  }
  const said = `${result.out}${result.err}`;
  assert.equal(result.code, wanted.code, said);
  assert.match(result.err, wanted.err);
  assert.equal(result.out, wanted.code === 0 ? out : "", "nothing is said to be done that is not");
  // Neither the driver's words nor what was sent.
  assert.doesNotMatch(said, /division|1\/0|CONNECTION_|SELECT|INSERT|DELETE /);
  const { state, dump } = await stateOf(bench);
  assert.equal(state, wanted.state);
  const log = dump.get("provisioning_log") ?? [];
  const failures = log.filter((row) => row["event"] === "failed");
  const failuresBefore = (before.dump.get("provisioning_log") ?? []).filter((row) =>
    row["event"] === "failed"
  );
  const added = failures.slice(failuresBefore.length).map((row) => Object(row["details"])["code"]);
  const [, code] = /\[(FP\d+)\]/.exec(result.err) ?? [];
  // A session that is lost cannot tell the log; one that is left does, unless there is no log.
  const logs = plan.fault.kind === "error" && wanted.state === "before" &&
    before.dump.has("provisioning_log") &&
    isLocked(bench, plan.at);
  assert.deepEqual(added, logs ? [code] : []);
  for (const canary of CANARIES) {
    assert.ok(!`${said}${JSON.stringify(log)}`.includes(canary), "a secret is shown");
  }
  const commit = bench.scripts.indexOf("COMMIT");
  // Before anything is written the next run is what the first one was; a full run tries it all the same.
  if (!FULL && plan.at < commit - 1) return await goBack(bench, dump);
  if (command.countsFailures === true && wanted.state === "before") await before.restore(dump);
  else if (wanted.state === "before") await before.restoreSequences();
  proxy.arm();
  const again = await runFaultCommand(command, proxy.url);
  assert.equal(again.code, 0, again.err);
  if (command.startsOver === true && wanted.state === "after") {
    return await goBack(bench, await dumpTables(bench.database.sql));
  }
  const done = await stateOf(bench);
  assert.equal(done.state, "after", "the next run does what is missing");
  await goBack(bench, done.dump);
}

/** True when the script belongs to the run under the lock: only those runs are told to the log. */
function isLocked({ scripts }: Bench, at: number): boolean {
  return at >= scripts.findIndex((text) => text.includes("pg_advisory_xact_lock"));
}

Deno.test("the data that faults are tried on touches every kind, and rows without one", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await sql.unsafe(FAULT_TABLE);
    for (const document of [DATA, CHANGE]) {
      const stdin = JSON.stringify({ version: "1.0", ...document });
      const { code, err } = await runCli(["apply", "-f", "-", "--allow-delete"], { databaseUrl: url, stdin });
      assert.equal(code, 0, err);
    }
    const kinds = (await sql`select distinct kind from provisioning_log`).map((line) => String(line["kind"]));
    // Hashing a master API key is left to full runs.
    const wanted = [...KIND_NAMES, "app_domain", "row"].filter((kind) => FULL || kind !== "master_api_key");
    assert.deepEqual(kinds.sort(), wanted.sort());
    const events = (await sql`select distinct event from provisioning_log`).map((line) => line["event"]);
    assert.deepEqual(events.sort(), ["adopted", "created", "deleted", "renamed", "updated"]);
  });
});

const KINDS: readonly Fault["kind"][] = ["error", "before", "after"];

/** The faults of a command: all, or the last scripts before the commit and what is around it. */
function plansOf({ command, scripts }: Bench): readonly FaultPlan[] {
  const commit = scripts.indexOf("COMMIT");
  const lock = scripts.findIndex((text) => text.includes("pg_advisory_xact_lock"));
  const numbers = scripts.map((_, at) => at).filter((at) => scripts[at] !== "ROLLBACK");
  if (!FULL && command.all !== true) {
    return [
      { at: commit - 1, fault: { kind: "error" } },
      { at: commit, fault: { kind: "before" } },
      { at: commit, fault: { kind: "after" } },
    ];
  }
  // Any script before the last one is answered, refused or lost in the same place of the session.
  const plans: FaultPlan[] = numbers.flatMap((at) =>
    KINDS.filter((_, way) => FULL || [0, lock, commit - 1, commit].includes(at) || way === at % KINDS.length)
      .map((kind) => ({ at, fault: { kind } }))
  );
  plans.push({ at: commit, fault: { kind: "late" } });
  plans.push(
    { at: commit, fault: { kind: "split" } },
    { at: commit, fault: { kind: "before" }, unreachable: true },
    { at: commit, fault: { kind: "after" }, unreachable: true },
  );
  if (FULL) {
    for (
      const at of numbers.filter((n) =>
        n < commit && /^(INSERT|UPDATE|DELETE|CREATE)\b/m.test(scripts[n] ?? "")
      )
    ) {
      statementStarts(scripts[at] ?? "").forEach((_, statement) =>
        plans.push({ at, fault: { kind: "error", statement } })
      );
    }
  }
  return plans;
}

for (const command of COMMANDS) {
  Deno.test(`${command.name} is done or not done, never half, whatever fails`, async (t) => {
    const bench = await prepareBench(command);
    try {
      for (const plan of plansOf(bench)) {
        const { kind } = plan.fault;
        const statement = plan.fault.kind === "error" ? plan.fault.statement : undefined;
        const name = `${kind} ${plan.at}${
          statement === undefined ? "" : `.${statement}`
        } of ${bench.scripts.length}${plan.unreachable === true ? ", then unreachable" : ""}: ${
          (bench.scripts[plan.at] ?? "").replaceAll(/\s+/g, " ").slice(0, 60)
        }`;
        const done = await t.step(name, () => check(bench, plan));
        if (!done) await goBack(bench, await dumpTables(bench.database.sql));
      }
    } finally {
      await bench.proxy.close();
      await bench.database.drop();
      if (command === COMMANDS.at(-1)) await Deno.remove(outputs);
    }
  });
}

/**
 * `deno task real-api:fuzz`: asks a real Flagsmith API and the program about the same random things, and compares what they
 * accept and what then is stored. `docs/real-api.md` says what it needs and lists the reasons for which both may differ.
 * Exit codes: 0 no difference without a reason, 1 one at least, 64 wrong usage.
 */
import { resolve } from "node:path";
import { Draw } from "../tests/support/random_set/draw.ts";
import { exitCodeOf } from "./real_api/command.ts";
import { checkRelease, environment, manage, RELEASE } from "./real_api/application.ts";
import { FUZZ_USAGE, type FuzzArguments, readFuzzArguments } from "./real_api/arguments.ts";
import { openDatabases } from "./real_api/databases.ts";
import { applyGround, type Ground, GROUNDS, readGrounds } from "./real_api/fuzz/ground.ts";
import { describe, judge, type Verdict } from "./real_api/fuzz/judge.ts";
import { SUBJECTS } from "./real_api/fuzz/subjects.ts";
import type { Subject } from "./real_api/fuzz/trial.ts";
import { outcome } from "./real_api/outcome.ts";
import { withApi, type World } from "./real_api/world.ts";
import { complain, say } from "./terminal.ts";

/** One of three draws is tried with a dry run before the API is asked. */
const THOROUGH = 3 * GROUNDS;

/** Counts of verdicts by what they are, and of those by subject. */
type Tally = Map<string, Map<string, number>>;

function count(tally: Tally, subject: string, verdict: Verdict): void {
  const what = verdict.kind === "explained" ? `explained: ${verdict.reason}` : verdict.kind;
  const counts = tally.get(what) ?? new Map<string, number>();
  counts.set(subject, (counts.get(subject) ?? 0) + 1);
  tally.set(what, counts);
}

function subjectsOf(only: string | undefined): readonly Subject[] {
  const chosen = SUBJECTS.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`There is no subject "${only}"`);
  return chosen;
}

/** Judges all draws of one ground. Draw number `at` of a seed is the same whatever comes before it. */
async function fuzzGround(args: FuzzArguments, url: string, ground: Ground, tally: Tally): Promise<void> {
  const subjects = subjectsOf(args.subject);
  for (let at = args.first; at < args.first + args.draws; at++) {
    if (at % GROUNDS !== ground.at) continue;
    const draw = new Draw(args.seed + Math.imul(at, 0x9e3779b1));
    const subject = draw.pick(subjects);
    const verdict = await judge(subject, subject.draw(draw, ground), url, ground, at % THOROUGH < GROUNDS);
    count(tally, subject.name, verdict);
    const judged = sumOf(tally);
    if (judged % 500 === 0 && judged < args.draws) complain(`${judged} of ${args.draws} draws`);
    if (verdict.kind !== "different") continue;
    say(`DIFFERENT draw ${at}`);
    for (const line of describe(verdict.seen)) say(`       ${line}`);
  }
}

function sumOf(tally: Tally): number {
  return [...tally.values()].flatMap((counts) => [...counts.values()]).reduce((a, b) => a + b, 0);
}

/** Tells how many there were; true when no difference is without a reason. */
function tell(tally: Tally, seed: number): boolean {
  for (const [what, counts] of [...tally].sort(([a], [b]) => a < b ? -1 : 1)) {
    const sum = [...counts.values()].reduce((a, b) => a + b, 0);
    say(`${what}: ${sum} (${[...counts].map(([subject, n]) => `${subject} ${n}`).join(", ")})`);
  }
  const different = [...tally.get("different")?.values() ?? []].reduce((a, b) => a + b, 0);
  const all = sumOf(tally);
  say(`real API fuzz: seed ${seed}, ${all} draws, ${different} differences`);
  return different === 0 && all > 0;
}

async function prove(args: FuzzArguments): Promise<boolean> {
  const installation = { api: resolve(args.api), python: resolve(args.python) };
  subjectsOf(args.subject);
  await checkRelease(installation.api);
  say(`Seed ${args.seed}`);
  const directory = await Deno.makeTempDir({ prefix: "flagsmith-real-api-" });
  const databases = await openDatabases(args.databaseUrl, args.keep);
  const secretKey = crypto.randomUUID();
  let finished = false;
  try {
    const url = await databases.create("fuzz", args.template);
    if (args.template === undefined) {
      complain(`Migrating a new database with Flagsmith ${RELEASE}, which takes about a minute …`);
      await manage(installation, ["migrate", "--verbosity", "0"], environment(url, secretKey, directory));
    }
    const world: World = { installation, databases, migrated: url, secretKey, directory, outcome: outcome() };
    const password = `Chosen-${crypto.randomUUID()}`;
    // Without the rights of a test run the API stops at one project.
    const token = crypto.randomUUID();
    await applyGround(world, url, password);
    await withApi(world, url, "fuzz", async (running) => {
      const grounds = await readGrounds(running, password, token);
      const tally: Tally = new Map();
      await Promise.all(grounds.map(async (ground) => await fuzzGround(args, url, ground, tally)));
      finished = tell(tally, args.seed);
    }, { ENABLE_FE_E2E: "true", E2E_TEST_AUTH_TOKEN: token });
    return finished;
  } finally {
    await databases.end();
    if (finished) await Deno.remove(directory, { recursive: true });
    else complain(`What the API's server wrote is in ${directory}`);
  }
}

if (import.meta.main) {
  Deno.exit(await exitCodeOf("real-api:fuzz", FUZZ_USAGE, () => readFuzzArguments(Deno.args), prove));
}

/** `docker stop`: SIGTERM to the Python process ends the program and rolls back; and nobody reads a secret off a command line. */
import postgres from "postgres";
import { ended } from "../../../tests/support/program.ts";
import { unless } from "../outcome.ts";
import type { World } from "../world.ts";
import { DOCUMENT, writeDirectory } from "./check_provision.ts";
import { type Image, MIGRATE_AND_SERVE } from "./layout.ts";

/** Milliseconds. */
const LONGEST = 1_000;

/** As a command, and as part of the start; in the second case a warning must not let the start go on. */
export async function checkSignals(world: World, image: Image): Promise<void> {
  const directory = await writeDirectory(world, "signals", JSON.stringify(DOCUMENT));
  for (
    const [what, args, env] of [
      ["manage.py provision", ["manage.py", "provision", "--directory", directory], {}],
      ["the start", ["-c", MIGRATE_AND_SERVE], {
        PROVISIONING_DIRECTORY: directory,
        PROVISION_ON_ERROR: "warn",
        PROOF_ADDRESS: "127.0.0.1:0",
      }],
    ] as const
  ) {
    const url = await world.databases.create(`signals_${args.length}`, world.migrated);
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    try {
      await sql.begin(async (holder) => {
        await holder`lock table organisations_organisation in access exclusive mode`;
        const process = image.start(args, image.env(url, env));
        const end = ended(process);
        await untilItWaits(sql, end);
        const lines = await commandLines();
        world.outcome.check(`no command line holds the secret key or the database's address during ${what}`, [
          ...unless(lines.some((line) => line.includes("provision")), "the program was not seen"),
          ...unless(!lines.some((line) => line.includes(world.secretKey)), "the secret key"),
          ...unless(!lines.some((line) => line.includes(url)), "the address"),
        ]);
        const start = performance.now();
        process.kill("SIGTERM");
        const { code, err } = await end;
        const took = Math.round(performance.now() - start);
        world.outcome.check(`SIGTERM ends ${what} within a second: ${took} ms`, [
          ...unless(took < LONGEST, `it took ${took} ms`),
          ...unless(code === 143, `exit code ${code}\n${err}`),
        ]);
      });
      const [row] = await sql<{ n: number }[]>`select count(*)::int as n from users_ffadminuser`;
      world.outcome.check(`and nothing was changed by ${what}`, unless(row?.n === 0, `${row?.n} users`));
    } finally {
      await sql.end();
    }
  }
}

/** Until the program waits for the lock; throws with what was said when it ends before. */
async function untilItWaits(sql: postgres.Sql, end: ReturnType<typeof ended>): Promise<void> {
  let early: string | undefined;
  const over = end.then(({ code, out, err }) => void (early = `It ended with ${code}\n${out}${err}`));
  for (const limit = performance.now() + 120_000; performance.now() < limit && early === undefined;) {
    const [row] = await sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name like 'flagsmith-provision%'`;
    if (row !== undefined) return;
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  throw new Error(early ?? "The program did not come to wait for the lock within two minutes");
}

/** The command lines of all processes of this machine. */
async function commandLines(): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "args="] }).output();
  return new TextDecoder().decode(stdout).split("\n");
}

/** The image's default command: what it does before the API answers, with files and without, with good ones and bad ones. */
import { join } from "node:path";
import postgres from "postgres";
import { checkLogins } from "../check_accounts.ts";
import { send } from "../client.ts";
import { ended } from "../../../tests/support/program.ts";
import { unless } from "../outcome.ts";
import { readySet } from "../sets.ts";
import type { World } from "../world.ts";
import { DOCUMENT, writeDirectory } from "./check_provision.ts";
import { type Image, MIGRATE_AND_SERVE, type Variables } from "./layout.ts";

const E2E: Variables = { E2E_TEST_AUTH_TOKEN: "a token of this run", ENABLE_FE_E2E: "true" };
const FIRST_USER: Variables = { ALLOW_ADMIN_INITIATION_VIA_CLI: "true" };
const WEB_FORM = "/api/v1/users/config/init/";
const TEARDOWN = "/api/v1/e2etests/teardown/";

/** Every way to start. */
export async function checkStart(world: World, image: Image): Promise<void> {
  const good = await writeDirectory(world, "start", JSON.stringify(DOCUMENT));
  const bad = await writeDirectory(world, "bad", "version: '1.0'\nprojects: [{nmae: Typo}]\n");

  await starting(world, image, "without_files", {}, async (started) => {
    world.outcome.check(
      "the start without files changes nothing, and the web form for the first user is there",
      [
        ...unless(
          (await started.counts()) === "0 users, 0 organisations, 0 projects",
          await started.counts(),
        ),
        ...unless(
          (await status(started.origin, WEB_FORM)) === 200,
          `status ${await status(started.origin, WEB_FORM)}`,
        ),
      ],
    );
  });
  await starting(world, image, "first_user", FIRST_USER, async (started) => {
    world.outcome.check("the start without files makes the first user, as Flagsmith's own does", [
      ...unless((await started.counts()) === "1 users, 1 organisations, 1 projects", await started.counts()),
      ...unless(/^Superuser "admin@example.com" created successfully\.$/m.test(started.log()), started.log()),
    ]);
  });
  await starting(world, image, "files", { PROVISIONING_DIRECTORY: good, ...E2E }, async (started) => {
    world.outcome.check("the start with PROVISIONING_DIRECTORY applies the files", [
      ...unless((await started.counts()) === "2 users, 1 organisations, 1 projects", await started.counts()),
      ...unless(/^Provisioning complete: 6 created, 0 skipped\.$/m.test(started.log()), started.log()),
    ]);
    world.outcome.check("the web form for the first user is gone then", [
      ...unless(
        (await status(started.origin, WEB_FORM)) === 404,
        `status ${await status(started.origin, WEB_FORM)}`,
      ),
    ]);
    await checkTeardown(world, started.origin);
  });
  await starting(
    world,
    image,
    "warn",
    { PROVISIONING_DIRECTORY: bad, PROVISION_ON_ERROR: "warn" },
    async (started) => {
      world.outcome.check("a bad file under PROVISION_ON_ERROR=warn is a warning, and the API starts", [
        ...unless(
          (await started.counts()) === "0 users, 0 organisations, 0 projects",
          await started.counts(),
        ),
        ...unless(/^warning: Provisioning failed with exit code 1; /m.test(started.log()), started.log()),
      ]);
    },
  );
  await checkRefusals(world, image, bad, good);
}

/** What can be asked of a started API. */
interface Started {
  readonly origin: string;
  log(): string;
  counts(): Promise<string>;
}

async function starting(
  world: World,
  image: Image,
  name: string,
  env: Variables,
  check: (started: Started) => Promise<void>,
): Promise<void> {
  const url = await world.databases.create(`start_${name}`, world.migrated);
  const log = join(world.directory, `start-${name}.log`);
  const running = await image.serve(image.env(url, env), log);
  try {
    await check({
      origin: running.origin,
      log: () => Deno.readTextFileSync(log),
      counts: async () => await counts(url),
    });
  } finally {
    await running.stop();
  }
}

/** The end-to-end reset at Flagsmith's own address. */
async function checkTeardown(world: World, origin: string): Promise<void> {
  const post = async (token?: string) =>
    (await send(origin, {
      method: "POST",
      path: TEARDOWN,
      headers: token === undefined ? {} : { "X-E2E-Test-Auth-Token": token },
    })).status;
  const token = E2E["E2E_TEST_AUTH_TOKEN"];
  for (
    const [what, given, wanted] of [["no", undefined, 401], ["a wrong", "x", 401], [
      "the",
      token,
      204,
    ]] as const
  ) {
    const got = await post(given);
    world.outcome.check(
      `POST ${TEARDOWN} with ${what} token answers ${wanted}`,
      unless(got === wanted, `it is ${got}`),
    );
  }
  const set = await readySet("e2e", world.directory);
  await checkLogins(set.logins, { origin, stop: () => Promise.resolve() }, world.outcome);
  const again = await post(token);
  world.outcome.check(
    "the reset is made again after the users were used",
    unless(again === 204, `it is ${again}`),
  );
}

/** What ends the process before the API starts, and the shell entry point of older images. */
async function checkRefusals(world: World, image: Image, bad: string, good: string): Promise<void> {
  const url = await world.databases.create("refused", world.migrated);
  const run = async (args: readonly string[], env: Variables) =>
    await ended(image.start(args, image.env(url, env)));
  for (
    const [what, env, wanted] of [
      ["a bad file", { PROVISIONING_DIRECTORY: bad }, 1],
      ["a bad file under PROVISION_ON_ERROR=fail", {
        PROVISIONING_DIRECTORY: bad,
        PROVISION_ON_ERROR: "fail",
      }, 1],
      [
        "a wrong word in PROVISION_ON_ERROR",
        { PROVISIONING_DIRECTORY: bad, PROVISION_ON_ERROR: "ignore" },
        64,
      ],
    ] as const
  ) {
    const done = await run(["-c", MIGRATE_AND_SERVE], { ...env, PROOF_ADDRESS: "127.0.0.1:0" });
    world.outcome.check(`${what} ends the start with exit code ${wanted}`, [
      ...unless(done.code === wanted, `it is ${done.code}\n${done.err}`),
      ...unless((await counts(url)) === "0 users, 0 organisations, 0 projects", await counts(url)),
    ]);
  }
  for (
    const [what, env, code, wanted] of [
      ["a bad file", { PROVISIONING_DIRECTORY: bad }, 1, "0 users, 0 organisations, 0 projects"],
      ["a good file", { PROVISIONING_DIRECTORY: good }, 0, "2 users, 1 organisations, 1 projects"],
    ] as const
  ) {
    const done = await run(["manage.py", "bootstrap"], env);
    world.outcome.check(`the start of images before 2.253.0 (manage.py bootstrap) with ${what}`, [
      ...unless(done.code === code, `exit code ${done.code}\n${done.err}`),
      ...unless((await counts(url)) === wanted, await counts(url)),
    ]);
  }
}

async function status(origin: string, path: string): Promise<number> {
  const response = await fetch(origin + path);
  await response.body?.cancel();
  return response.status;
}

async function counts(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ text: string }[]>`
    select format('%s users, %s organisations, %s projects', (select count(*) from users_ffadminuser),
      (select count(*) from organisations_organisation), (select count(*) from projects_project)) as text`
    .finally(() => sql.end());
  return row?.text ?? "";
}

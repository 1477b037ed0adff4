/**
 * `deno task real-api`: proves the sets on a real Flagsmith API. Its own migrations make the tables, the program fills
 * them, its own server answers: SDK requests as recorded, log-ins, reset links, keys. `docs/real-api.md` says what it
 * needs and what it checks. Exit codes: 0 all is as it should be, 1 something is not, 64 wrong usage.
 */
import { resolve } from "node:path";
import { exitCodeOf } from "./real_api/command.ts";
import { checkRelease, environment, manage, RELEASE } from "./real_api/application.ts";
import { type Arguments, readArguments, USAGE } from "./real_api/arguments.ts";
import { checkLogins, checkMasterKey, checkResetLink } from "./real_api/check_accounts.ts";
import { addServerKeys, checkSdk, sdkRecordings } from "./real_api/check_sdk.ts";
import { proveImage } from "./real_api/image/prove_image.ts";
import { openDatabases } from "./real_api/databases.ts";
import { outcome, unless } from "./real_api/outcome.ts";
import { provePlaywright } from "./real_api/prove_playwright.ts";
import { provision, readySet, summary } from "./real_api/sets.ts";
import { withApi, type World } from "./real_api/world.ts";
import { complain } from "./terminal.ts";

/** Applies a set twice; the second time must find nothing to do. */
async function applyTwice(
  world: World,
  url: string,
  set: Awaited<ReturnType<typeof readySet>>,
): Promise<void> {
  for (const run of set.runs) await provision(["apply", ...run], url);
  const again: string[] = [];
  for (const run of set.runs) again.push(summary(await provision(["apply", ...run], url)));
  world.outcome.check(
    `set "${set.name}" applied, and applied again`,
    again.flatMap((line) => unless(/: 0 created, \d+ skipped\.$/.test(line), `the second run: ${line}`)),
  );
}

/** The `dev` set: everything that its recordings hold, log-in, `reset-link`, keys. */
async function proveDev(world: World): Promise<void> {
  const url = await world.databases.create("dev", world.migrated);
  const set = await readySet("dev", world.directory);
  const recordings = await sdkRecordings("dev");
  await applyTwice(world, url, set);
  await addServerKeys(recordings, url, world.directory);
  const [organisation = ""] = recordings.map((recording) => recording.organisation);
  const masterKey = await makeMasterKey(world, url, organisation);
  await withApi(world, url, "dev", async (running) => {
    await checkSdk(recordings, url, running, world.outcome);
    await checkLogins(set.logins, running, world.outcome);
    await checkMasterKey(masterKey, organisation, running, world.outcome);
    const [user] = set.logins;
    const email = user?.email ?? "";
    const secret = { DJANGO_SECRET_KEY: world.secretKey };
    const link = (await provision(["reset-link", email], url, secret)).trim();
    await checkResetLink(link, email, running.origin, world.outcome);
  });
}

/** Makes a master API key; gives its value, which is shown only once. */
async function makeMasterKey(world: World, url: string, organisation: string): Promise<string> {
  const file = `${world.directory}/master-key.json`;
  const document = { version: "1.0", master_api_keys: [{ name: "real-api", organisation }] };
  await Deno.writeTextFile(file, JSON.stringify(document));
  const out = await provision(["apply", "--file", file], url);
  const key = /^Created master API key "real-api": (\S+)$/m.exec(out)?.[1];
  if (key === undefined) throw new Error(`No master API key was printed\n${out}`);
  return key;
}

/** The `e2e` set: its users log in. */
async function proveE2e(world: World): Promise<void> {
  const url = await world.databases.create("e2e", world.migrated);
  const set = await readySet("e2e", world.directory);
  await applyTwice(world, url, set);
  await withApi(world, url, "e2e", async (running) => await checkLogins(set.logins, running, world.outcome));
}

/** The `bootstrap` set: the link that it prints is the way in, and the API's own command finds nothing to do. */
async function proveBootstrap(world: World): Promise<void> {
  const url = await world.databases.create("bootstrap", world.migrated);
  const email = "owner@example.com";
  const out = await provision(["apply", "--preset", "bootstrap"], url, {
    ADMIN_EMAIL: email,
    DJANGO_SECRET_KEY: world.secretKey,
  });
  const link = /choose a password: (\S+)$/m.exec(out)?.[1];
  world.outcome.check('set "bootstrap" prints a link', unless(link !== undefined, out));
  const said = await manage(world.installation, ["bootstrap"], {
    ...environment(url, world.secretKey, world.directory),
    ALLOW_ADMIN_INITIATION_VIA_CLI: "true",
  });
  world.outcome.check("manage.py bootstrap finds an instance in use", unless(said.trim() === "", said));
  await withApi(world, url, "bootstrap", async (running) => {
    if (link !== undefined) await checkResetLink(link, email, running.origin, world.outcome);
  });
}

async function prove(args: Arguments): Promise<boolean> {
  const installation = { api: resolve(args.api), python: resolve(args.python) };
  const suite = args.playwright === undefined
    ? undefined
    : { frontend: resolve(args.playwright), browser: resolve(args.browser) };
  await checkRelease(installation.api);
  const directory = await Deno.makeTempDir({ prefix: "flagsmith-real-api-" });
  const databases = await openDatabases(args.databaseUrl, args.keep);
  const secretKey = crypto.randomUUID();
  let finished = false;
  try {
    complain(`Migrating a new database with Flagsmith ${RELEASE}, which takes about a minute …`);
    const migrated = await databases.create("migrated");
    await manage(installation, ["migrate", "--verbosity", "0"], environment(migrated, secretKey, directory));
    const result = outcome();
    const world: World = { installation, databases, migrated, secretKey, directory, outcome: result };
    await proveDev(world);
    await proveE2e(world);
    await proveBootstrap(world);
    await proveImage(world);
    if (suite !== undefined) await provePlaywright(world, suite);
    finished = result.end();
    return finished;
  } finally {
    await databases.end();
    if (finished) await Deno.remove(directory, { recursive: true });
    else complain(`What the API's servers wrote is in ${directory}`);
  }
}

if (import.meta.main) {
  Deno.exit(await exitCodeOf("real-api", USAGE, () => readArguments(Deno.args), prove));
}

/** `manage.py provision`: applies files with the connection and the secret key of Django, and the API serves the result. */
import { join } from "node:path";
import postgres from "postgres";
import { checkResetLink } from "../check_accounts.ts";
import { field, logIn, results, send } from "../client.ts";
import { unless } from "../outcome.ts";
import type { World } from "../world.ts";
import { withApi } from "../world.ts";
import type { Image } from "./layout.ts";

const PASSWORD = "Proof-of-42";

/** A small instance: a user who logs in, one who gets a link, a flag that is served. */
export const DOCUMENT = {
  version: "1.0",
  users: [
    { email: "owner@example.com", password: PASSWORD },
    { email: "root@example.com", is_superuser: true },
  ],
  organisations: [{ name: "Proof", members: [{ email: "owner@example.com", role: "ADMIN" }] }],
  projects: [{
    name: "Proof",
    organisation: "Proof",
    environments: [{ name: "Live" }],
    features: [{ name: "proof", default_enabled: true, initial_value: "42" }],
  }],
};

/** Writes documents as a directory of files; gives its path. */
export async function writeDirectory(world: World, name: string, text: string): Promise<string> {
  const directory = join(world.directory, name);
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(join(directory, "one.yaml"), text);
  return directory;
}

/** On a fresh database: lines, exit codes, outputs, then the API's answers. */
export async function checkProvision(world: World, image: Image): Promise<void> {
  const { outcome } = world;
  const url = await world.databases.create("provision", world.migrated);
  const directory = await writeDirectory(world, "files", JSON.stringify(DOCUMENT));
  const outputs = join(world.directory, "outputs.json");

  const done = await image.manage(
    ["provision", "--directory", directory, "--outputs", outputs, "--settings", "app.settings.provisioned"],
    image.env(url, { FLAGSMITH_DOMAIN: "flags.example.com" }),
  );
  outcome.check("manage.py provision applies a directory", [
    ...unless(done.code === 0, `exit code ${done.code}\n${done.err}`),
    ...unless(done.out.endsWith("Provisioning complete: 6 created, 0 skipped.\n"), done.out),
  ]);
  const written = JSON.parse(await Deno.readTextFile(outputs));
  const key = String(field(field(written, "environments"), "Proof/Live"));
  const link = String(field(field(written, "reset_links"), "root@example.com"));
  outcome.check("its links have the domain of Django's settings", [
    ...unless(link.startsWith("https://flags.example.com/"), link.replace(/confirm.*/, "…")),
  ]);
  await withApi(world, url, "provision", async ({ origin }) => {
    const flags = await send(origin, {
      method: "GET",
      path: "/api/v1/flags/",
      headers: { "X-Environment-Key": key },
    });
    const [flag = null] = results(flags.body);
    outcome.check("the API serves the flag for the client key of the outputs", [
      ...unless(flags.status === 200, `status ${flags.status}`),
      ...unless(
        field(field(flag, "feature"), "name") === "proof" && field(flag, "enabled") === true &&
          field(flag, "feature_state_value") === 42,
        JSON.stringify(flag),
      ),
    ]);
    const token = await logIn(origin, "owner@example.com", PASSWORD);
    outcome.check("the API logs in the user", unless(token !== undefined, "the log-in was refused"));
    await checkResetLink(link, "root@example.com", origin, outcome);
  });

  const again = await image.manage(["provision"], image.env(url, { PROVISIONING_DIRECTORY: directory }));
  outcome.check("manage.py provision without arguments takes PROVISIONING_DIRECTORY, and finds all done", [
    ...unless(again.out.endsWith("Provisioning complete: 0 created, 6 skipped.\n"), again.out + again.err),
  ]);
  for (
    const [args, code] of [
      [["provision", "plan", "--preset", "demo", "--detailed-exitcode"], 2],
      [["provision", "--no-such-option"], 64],
      [["provision", "validate", "--file", join(world.directory, "missing.yaml")], 1],
      [["help", "provision"], 0],
    ] as const
  ) {
    const { code: got } = await image.manage(args, image.env(url));
    outcome.check(`manage.py ${args.slice(0, 2).join(" ")} … has exit code ${code}`, [
      ...unless(got === code, `it is ${got}`),
    ]);
  }
  await checkSettings(world, image);
}

/** Settings that no variable says: a module of the operator's own names database and options. */
async function checkSettings(world: World, image: Image): Promise<void> {
  const url = await world.databases.create("settings", world.migrated);
  const { hostname, port, username, password, pathname } = new URL(url);
  await Deno.writeTextFile(
    join(image.directory, "app/settings/elsewhere.py"),
    `import json, os
from app.settings.provisioned import *
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **json.loads(os.environ["PROOF_DATABASE"])}}
SECRET_KEY = "a secret that no variable says"
`,
  );
  const database = {
    HOST: decodeURIComponent(hostname),
    PORT: port,
    USER: decodeURIComponent(username),
    PASSWORD: decodeURIComponent(password),
    NAME: pathname.slice(1),
    OPTIONS: {
      sslmode: "prefer",
      options: "-c search_path=public",
      assume_role: decodeURIComponent(username),
    },
  };
  const { DJANGO_SECRET_KEY: _, ...env } = image.env(undefined, {
    DJANGO_SETTINGS_MODULE: "app.settings.elsewhere",
    PROOF_DATABASE: JSON.stringify(database),
  });
  const done = await image.manage(["provision", "--preset", "bootstrap"], env);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const users = await sql`select email from users_ffadminuser`.finally(() => sql.end());
  world.outcome.check("database and secret key come from Django's settings, whatever they are made of", [
    ...unless(done.code === 0 && users.length === 1, `${done.code}, ${users.length} users\n${done.err}`),
    ...unless(/choose a password: \S+\n/.test(done.out), "there is no link"),
  ]);
  const { DJANGO_SECRET_KEY: __, ...random } = image.env(url);
  const link = await image.manage(["provision", "reset-link", "admin@example.com"], random);
  world.outcome.check("no link is made with the random secret key of one process", [
    ...unless(link.code !== 0 && !link.out.includes("/password-reset/"), `exit code ${link.code}`),
  ]);
}

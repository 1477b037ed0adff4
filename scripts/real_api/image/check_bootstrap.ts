/** `manage.py bootstrap` of the drop-in beside Flagsmith's own, each on a database of its own: same words, same rows. */
import postgres from "postgres";
import { type Dump, dumpTables } from "../../../tests/support/dump.ts";
import type { Ended } from "../../../tests/support/program.ts";
import { assertSameRows } from "../../../tests/support/same_rows.ts";
import { unless } from "../outcome.ts";
import type { World } from "../world.ts";
import type { Image, Variables } from "./layout.ts";

const ON: Variables = { ALLOW_ADMIN_INITIATION_VIA_CLI: "true" };

const CASES: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Variables;
}[] = [
  { name: "plain", args: [], env: ON },
  {
    name: "options",
    args: ["--email", "Boss@example.org", "--organisation-name", 'A "${B}" C', "--project-name", "Größe: 5"],
    env: { ...ON, FLAGSMITH_DOMAIN: "localhost:8000" },
  },
  {
    name: "variables",
    args: [],
    env: {
      ...ON,
      ADMIN_EMAIL: "owner@example.org",
      ORGANISATION_NAME: "Custom",
      PROJECT_NAME: "Custom Project",
    },
  },
  { name: "off", args: [], env: {} },
];

/** Each case with both commands, and the plain one once more with ours, which must find nothing to do. */
export async function checkBootstrap(world: World, image: Image): Promise<void> {
  for (const { name, args, env } of CASES) {
    const [theirs, ours] = [
      await world.databases.create(`theirs_${name}`, world.migrated),
      await world.databases.create(`ours_${name}`, world.migrated),
    ];
    const command = ["bootstrap", ...args];
    const wanted = await image.manage(
      command,
      image.env(theirs, { ...env, DJANGO_SETTINGS_MODULE: "app.settings.production" }),
    );
    const got = await image.manage(command, image.env(ours, env));
    world.outcome.check(`manage.py bootstrap (${name}) says what Flagsmith's own says`, [
      ...unless(wanted.code === 0 && got.code === 0, `exit codes ${wanted.code}, ${got.code}\n${got.err}`),
      ...unless(words(wanted) === words(got), `wanted\n${words(wanted)}got\n${words(got)}`),
    ]);
    world.outcome.check(`manage.py bootstrap (${name}) writes the rows of Flagsmith's own`, [
      ...differences(await rows(ours), await rows(theirs)),
    ]);
    if (name !== "plain") continue;
    const again = await image.manage(command, image.env(ours, env));
    world.outcome.check(`manage.py bootstrap (${name}) leaves an instance in use alone`, [
      ...unless(again.code === 0 && again.out === "", `exit code ${again.code}\n${again.out}${again.err}`),
    ]);
  }
}

/** Output without the token of the link. */
function words({ out }: Ended): string {
  return out.replace(/(\/confirm\/[A-Za-z0-9_-]+\/)\S+/, "$1TOKEN");
}

function differences(got: Dump, wanted: Dump): readonly string[] {
  try {
    assertSameRows(got, wanted);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function rows(url: string): Promise<Dump> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return await dumpTables(sql).finally(() => sql.end());
}

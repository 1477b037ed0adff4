/** Unique values that change hands in one run: swapped, handed on in a circle, given up by one entity and taken by another. */
import { isFull } from "../support/property.ts";
import assert from "node:assert/strict";
import { ALL_KINDS, ALL_SPECS } from "../../src/kinds/specs.ts";
import { withDatabase } from "../support/database.ts";
import { type Dump, dumpTables } from "../support/dump.ts";
import { applied } from "../support/given.ts";
import { runCli } from "../support/run_cli.ts";

/** Items of one kind, each with a value of its own, in a document of the format. */
interface Case {
  /** Kind and column. */
  readonly name: string;
  readonly values: readonly string[];
  readonly document: (items: readonly Readonly<Record<string, unknown>>[]) => unknown;
  /** The key of an item that names it. */
  readonly id: string;
  /** The key that chooses the value. */
  readonly field: string;
  /** Only `rotate` replaces the value. */
  readonly rotates?: true;
  /** It is a secret, which the log does not know: a teardown leaves it. */
  readonly secret?: true;
}

const inProject = (list: string) => (items: readonly unknown[]): unknown => ({
  organisations: [{ name: "O" }],
  projects: [{ name: "P", organisation: "O", [list]: items }],
});

const CASES: readonly Case[] = [
  {
    name: "user.username",
    values: ["ann", "ben", "cid", "dan"],
    id: "email",
    field: "username",
    document: (items) => ({
      users: items.map((item) => ({ ...item, email: `${item["email"]}@example.com` })),
    }),
  },
  ...["external_id", "ldap_dn"].map((field): Case => ({
    name: `group.${field}`,
    values: ["one", "two", "three", "four"],
    id: "name",
    field,
    document: (items) => ({ organisations: [{ name: "O", groups: items }] }),
  })),
  {
    name: "environment.api_key",
    values: ["client-key-1", "client-key-2", "client-key-3", "client-key-4"],
    id: "name",
    field: "api_key",
    rotates: true,
    document: inProject("environments"),
  },
  {
    name: "server_side_environment_key.key",
    values: ["ser.key-1", "ser.key-2", "ser.key-3", "ser.key-4"],
    id: "name",
    field: "key",
    rotates: true,
    secret: true,
    document: (items) => inProject("environments")([{ name: "E", server_side_environment_keys: items }]),
  },
];

/** Why a unique value has no case. */
const NEVER: Readonly<Record<string, string>> = {
  "master_api_key.prefix": "a rotated key is a new row, and the row that is deleted keeps the prefix",
};

const NAMES = ["A", "B", "C"];

Deno.test("every unique value of a kind changes hands in some case, or is known never to", () => {
  const unique = Object.values(ALL_SPECS).flatMap(({ name, unique }) =>
    (unique ?? []).map(({ column }) => `${name}.${column}`)
  );
  assert.deepEqual([...CASES.map(({ name }) => name), ...Object.keys(NEVER)].sort(), unique.sort());
});

interface World {
  readonly url: string;
  readonly sql: Parameters<typeof dumpTables>[0];
}

async function run({ url }: World, document: unknown, ...args: readonly string[]): Promise<string> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  const { code, out, err } = await runCli([...args, "--file", "-"], { databaseUrl: url, stdin });
  assert.equal(code, 0, out + err);
  return out;
}

/** What a teardown leaves as it is: times that only move forward, and secrets. */
type Left = Readonly<Record<string, string>>;

const TIMES: Left = { environments_environment: "updated_at" };

/** All rows but the log's. */
async function rowsOf({ sql }: World, left: Left): Promise<Dump> {
  return new Map(
    [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log").map(([table, rows]) => [
      table,
      rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => column !== left[table]))),
    ]),
  );
}

/** Applies a change as plan said, finds all in sync, and takes it back. */
async function assertChange(world: World, before: unknown, after: unknown, left = TIMES): Promise<void> {
  const update = ["--on-exists", "update"];
  const empty = await rowsOf(world, TIMES);
  await run(world, before, "apply");
  const made = await rowsOf(world, left);
  const counts = (text: string) =>
    /(\d+) to create, (?:(\d+) to update, )?/.exec(text)?.slice(1, 3).map(Number);
  const planned = counts(await run(world, after, "plan", ...update));
  const said = await run(world, after, "apply", ...update);
  assert.deepEqual(/(\d+) created, (?:(\d+) updated, )?/.exec(said)?.slice(1, 3).map(Number), planned, said);
  assert.equal(await run(world, after, "plan", "--on-exists", "update"), "Nothing to do.\n");
  assert.doesNotMatch(await run(world, after, "status"), /drifted|changed|renamed|missing|not in/);
  assert.doesNotMatch(JSON.stringify([...await dumpTables(world.sql)]), /flagsmith-provision:/);
  const [last] = await world.sql`select run_id from provisioning_log order by seq desc limit 1`;
  const { url: databaseUrl } = world;
  const back = await runCli(["teardown", "--run", String(last?.["run_id"]), "--yes"], { databaseUrl });
  assert.equal(back.code, 0, back.out + back.err);
  assert.deepEqual(await rowsOf(world, left), made, back.out + back.err);
  await run(world, after, "apply", ...update);
  const all = await runCli(["teardown", "--all", "--yes"], { databaseUrl });
  assert.equal(all.code, 0, all.out + all.err);
  assert.deepEqual(await rowsOf(world, TIMES), empty);
}

/** Each value and name is swapped, and changes hands in one other way; with `FULL_TESTS` in every way. */
function triedOf<Change>(changes: readonly Change[], place: number): readonly Change[] {
  if (isFull()) return changes;
  const [swap, ...others] = changes;
  return [swap, others[place % others.length]].filter((change) => change !== undefined);
}

for (const [place, { name, values, document, id, field, rotates, secret }] of CASES.entries()) {
  const set = (chosen: readonly (string | undefined)[], rotate?: string): unknown =>
    document(
      chosen.flatMap((value, at) =>
        value === undefined
          ? []
          : [{ [id]: NAMES[at], [field]: value, ...(rotates && rotate !== undefined ? { rotate } : {}) }]
      ),
    );
  const [a = "", b = "", c = "", d = ""] = values;
  const changes: readonly (readonly [string, readonly (string | undefined)[], readonly string[]])[] = [
    ["two entities swap it", [a, b], [b, a]],
    ["three hand it on in a circle", [a, b, c], [b, c, a]],
    ["one gives it up and the next takes it", [a, b, c], [d, a, b]],
    ["one gives it up and a new one takes it", [a, b], [d, b, a]],
  ];
  for (const [what, before, after] of triedOf(changes, place)) {
    Deno.test(`${name}: ${what}`, async () => {
      await withDatabase({}, async (world) => {
        const left = secret ? { environments_environmentapikey: "key" } : TIMES;
        await assertChange(world, set(before), set(after, "now"), left);
      });
    });
  }
}

/** Kinds with names of their own, and how a document has some of them. */
const NAMED: Readonly<
  Record<
    string,
    {
      readonly id: string;
      readonly document: (items: readonly Readonly<Record<string, unknown>>[]) => unknown;
    }
  >
> = {
  user: { id: "email", document: (users) => ({ users }) },
  organisation: { id: "name", document: (organisations) => ({ organisations }) },
  group: { id: "name", document: (groups) => ({ organisations: [{ name: "O", groups }] }) },
  master_api_key: {
    id: "name",
    document: (keys) => ({
      organisations: [{ name: "O" }],
      master_api_keys: keys.map((key) => ({ ...key, organisation: "O" })),
    }),
  },
  project: {
    id: "name",
    document: (projects) => ({
      organisations: [{ name: "O" }],
      projects: projects.map((project) => ({
        ...project,
        organisation: "O",
        environments: [{ name: "E" }],
        features: [{ name: "f", environments: { E: { enabled: true } } }],
      })),
    }),
  },
  tag: { id: "label", document: inProject("tags") },
  environment: {
    id: "name",
    document: (environments) => ({
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments,
        features: [{
          name: "f",
          environments: Object.fromEntries(
            environments.filter((e) => e["ensure"] === undefined).map((e, at) => [e["name"], { value: at }]),
          ),
        }],
      }],
    }),
  },
  server_side_environment_key: {
    id: "name",
    document: (keys) => inProject("environments")([{ name: "E", server_side_environment_keys: keys }]),
  },
  segment: {
    id: "name",
    document: (segments) =>
      inProject("segments")(segments.map((segment) => ({
        ...segment,
        rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
      }))),
  },
  feature: {
    id: "name",
    document: (features) => ({
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", environments: [{ name: "E" }], features }],
    }),
  },
};

Deno.test("every kind with a name of its own is renamed in some case", () => {
  const named = Object.values(ALL_KINDS).filter((kind) => "nameColumn" in kind).map(({ spec }) => spec.name);
  assert.deepEqual(Object.keys(NAMED).sort(), named.sort());
});

for (const [place, [kind, { id, document }]] of Object.entries(NAMED).entries()) {
  const nameOf = (letter: string): string => kind === "user" ? `${letter}@example.com` : letter;
  const set = (names: readonly (readonly [string, string?])[]): unknown =>
    document(names.map(([name, from]) => ({
      [id]: nameOf(name),
      ...(from === undefined ? {} : { renamed_from: nameOf(from) }),
    })));
  const changes: readonly (readonly [string, readonly string[], readonly (readonly [string, string?])[]])[] =
    [
      ["two swap names", ["a", "b"], [["a", "b"], ["b", "a"]]],
      ["three hand names on in a circle", ["a", "b", "c"], [["a", "b"], ["b", "c"], ["c", "a"]]],
      ["one gives its name up and the next takes it", ["a", "b", "c"], [["d", "a"], ["a", "b"], ["b", "c"]]],
      ["one gives its name up and a new one takes it", ["a", "b"], [["d", "a"], ["a"], ["b"]]],
    ];
  for (const [what, before, after] of triedOf(changes, place)) {
    Deno.test(`${kind} names: ${what}`, async () => {
      await withDatabase({}, async (world) => {
        await assertChange(world, set(before.map((name) => [name])), set(after));
      });
    });
  }
}

for (
  const [what, after] of [
    ["swap names", [["a", "b"], ["b", "a"], ["c"]]],
    ["hand names on in a circle", [["a", "b"], ["b", "c"], ["c", "a"]]],
    ["give names up", [["d", "a"], ["a", "b"], ["c"]]],
    ["give names to new ones", [["d", "a"], ["a"], ["b"], ["c"]]],
  ] as const
) {
  Deno.test(`teardown by an address removes who has the name now where entities ${what}`, async () => {
    const users = (names: readonly (readonly [string, string?])[]): unknown => ({
      users: names.map(([name, from]) => ({
        email: `${name}@example.com`,
        ...(from === undefined ? {} : { renamed_from: `${from}@example.com` }),
      })),
    });
    const given = applied([users([["a"], ["b"], ["c"]]), users(after)]);
    for (const { at: [name] } of after.map((at) => ({ at }))) {
      await withDatabase({ given }, async ({ url: databaseUrl, sql }) => {
        const people = async () =>
          (await sql`select id, email from users_ffadminuser order by id`).map((row) => ({ ...row }));
        const before = await people();
        const email = `${name}@example.com`;
        const { code, out, err } = await runCli(["teardown", "--address", `user:${email}`, "--yes"], {
          databaseUrl,
        });
        assert.equal(code, 0, err);
        assert.deepEqual(await people(), before.filter((row) => row["email"] !== email), out);
        assert.equal((await runCli(["teardown", "--all", "--yes"], { databaseUrl })).code, 0);
        assert.deepEqual(await people(), []);
      });
    }
  });
}

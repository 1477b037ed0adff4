/** What a command reads depends on its document, not on what others keep in the instance or on what the planner expects. */
import { isFull } from "../support/property.ts";
import assert from "node:assert/strict";
import { entities } from "../../scripts/bench/documents.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { addOthers, type Others } from "../support/large_instance.ts";
import { runCli } from "../support/run_cli.ts";

/** A document in which `value` is part of what can change. */
type DocumentOf = (value: string) => string;

/** Every command that looks at what is live, in an order in which each has work. */
const COMMANDS: readonly (readonly [words: readonly string[], value: string])[] = [
  [["plan", "--file", "-"], "a"],
  [["apply", "--quiet", "--file", "-"], "a"],
  [["apply", "--quiet", "--file", "-"], "a"],
  [["plan", "--file", "-"], "b"],
  [["apply", "--quiet", "--file", "-"], "b"],
  [["status", "--file", "-"], "b"],
  [["export", "--organisation", "Acme Corp"], "b"],
  [["adopt", "--file", "-"], "b"],
  [["reset", "--yes", "--quiet", "--file", "-"], "b"],
  [["teardown", "--all", "--yes", "--quiet"], "b"],
];

/** What PostgreSQL has counted of one of Flagsmith's tables. */
interface Counted {
  readonly table: string;
  /** Rows that were fetched, through an index or not. */
  readonly rows: number;
  /** How often it was read from end to end. */
  readonly scans: number;
  readonly size: number;
}

async function counted({ sql, name }: TestDatabase): Promise<readonly Counted[]> {
  for (;;) { // sessions have told their counts when they are gone
    const [left] = await sql`select count(*)::int as n from pg_stat_activity
      where datname = ${name} and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    if (left?.["n"] === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return await sql<
    Counted[]
  >`select relname::text as table, (seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as rows,
    seq_scan::float8 as scans, n_live_tup::float8 as size from pg_stat_user_tables
    where relname not like 'django%' and relname <> 'provisioning_log' order by relname`;
}

/** What a command read. */
interface Reads {
  readonly rows: number;
  /** Tables of more than 5,000 rows that were read from end to end. */
  readonly scanned: readonly string[];
}

/** Runs the commands in a new database. */
function readsOf(others: Others | undefined, documentOf: DocumentOf): Promise<readonly Reads[]> {
  return withDatabase({ newConnections: true }, async (database) => {
    if (others !== undefined) await addOthers(database.url, others);
    const reads: Reads[] = [];
    let before = await counted(database);
    for (const [words, value] of COMMANDS) {
      const { code, out, err } = await runCli(words, { databaseUrl: database.url, stdin: documentOf(value) });
      assert.equal(code, 0, `${words.join(" ")}\n${out}${err}`);
      const known = new Map(before.map((entry) => [entry.table, entry]));
      before = await counted(database);
      const grown = before.map(({ table, rows, scans, size }) => ({
        table,
        rows: rows - (known.get(table)?.rows ?? 0),
        scans: scans - (known.get(table)?.scans ?? 0),
        size,
      }));
      reads.push({
        rows: grown.reduce((sum, { rows }) => sum + rows, 0),
        scanned: grown.filter(({ scans, size }) => scans > 0 && size > 5000).map(({ table }) => table),
      });
    }
    return reads;
  });
}

/** Throws unless what each command of `many` read is at most `most` times what it read in `few`. */
function assertNoMore(few: readonly Reads[], many: readonly Reads[], most: number): void {
  const told = COMMANDS.map(([words], at) => ({
    command: words[0],
    few: few[at]?.rows ?? NaN,
    many: many[at]?.rows ?? NaN,
  }));
  for (const entry of told) {
    assert.ok(
      entry.many <= most * entry.few + 100,
      `${entry.command}\n${JSON.stringify(told, undefined, 1)}`,
    );
  }
}

function manyProjects(value: string): string {
  return JSON.stringify({
    ...JSON.parse(entities(300).replaceAll('"other ', `"${value} `)),
    defaults: { on_exists: "update" },
    identities: Array.from({ length: 50 }, (_, at) => ({
      identifier: `user_${at}`,
      project: "Project 0",
      environment: "Development",
      traits: { plan: value },
    })),
  });
}

Deno.test("no command reads more beside 20,000 features and 60,000 identities of others, or a large table whole", async () => {
  const alone = await readsOf(undefined, manyProjects);
  const beside = await readsOf({ features: 20_000, identities: 60_000 }, manyProjects);
  assert.deepEqual(beside.map(({ scanned }) => scanned), COMMANDS.map(() => []));
  assertNoMore(alone, beside, 1.25);
});

/** One project, an environment of which is versioned, with `count` entities of each of eight kinds. */
function oneProject(count: number): DocumentOf {
  return (value) => {
    const list = <T>(make: (at: number) => T): readonly T[] =>
      Array.from({ length: count }, (_, at) => make(at));
    return JSON.stringify({
      version: "1.0",
      defaults: { on_exists: "update" },
      organisations: [{ name: "Acme Corp" }],
      projects: [{
        name: "Web App",
        organisation: "Acme Corp",
        environments: [{ name: "Development" }, {
          name: "Production",
          settings: { use_v2_feature_versioning: true },
        }],
        tags: list((at) => ({ label: `tag_${at}`, description: value })),
        segments: list((at) => ({
          name: `segment_${at}`,
          rules: [{
            type: "ALL",
            conditions: [{ property: "plan", operator: "EQUAL", value: `${value} ${at}` }],
          }],
        })),
        features: list((at) => ({
          name: `feature_${at}`,
          description: value,
          initial_value: "blue",
          tags: [`tag_${at}`],
          multivariate_options: [{ key: "red", value: "red", percentage_allocation: 10 }],
          environments: {
            Development: {
              value,
              segment_overrides: [{ segment: `segment_${at}`, value }],
              identity_overrides: [{ identifier: `user_${at}`, enabled: true, value }],
            },
            Production: { value },
          },
        })),
      }],
      identities: list((at) => ({
        identifier: `user_${at}`,
        project: "Web App",
        environment: "Development",
        traits: { plan: value },
      })),
    });
  };
}

Deno.test("what a command reads grows with its document and no faster, also without statistics", async () => {
  const times = isFull() ? 10 : 5;
  const few = await readsOf(undefined, oneProject(20));
  const many = await readsOf(undefined, oneProject(20 * times));
  assertNoMore(few, many, times * 1.5);
});

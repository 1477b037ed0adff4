/**
 * Init containers, a Job and sidecars as processes of one machine, as Kubernetes runs them, against a database server of
 * their own, which is restarted under them. With `FULL_TESTS=1` the files are switched fifty times.
 */
import assert from "node:assert/strict";
import postgres from "postgres";
import { ConfigMap } from "../support/config_map.ts";
import { type Server, startServer } from "../support/postgres_server.ts";
import { type Ended, ended, program, start, type StartOptions } from "../support/program.ts";
import { startWatching, until, type Watched } from "../support/watching.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";
const PODS = 20;
const SWITCHES = FULL ? 50 : 6;
const REPLICAS = FULL ? 3 : 2;
/** What `docs/operating.md` calls worth another try; a kubelet starts such a container again. */
const AGAIN: ReadonlySet<number> = new Set([69, 74, 75, 137, 143]);

/** As the manifests say, where this user may: an account without a name, and no variables but those of the manifest. */
const AS_POD: Omit<StartOptions, "env"> = program().compiled && Deno.uid() === 0
  ? { uid: 65532, gid: 65532, cwd: "/" }
  : {};

/** Two files that both hold the version, so that a state of two versions would show. */
function filesOf(version: number): Readonly<Record<string, string>> {
  return {
    "00-people.yaml": `version: '1.0'\norganisations: [{name: Acme, settings: {force_2fa: ${
      version % 2 === 0
    }}}]\n`,
    "10-web.yaml": `version: '1.0'
projects:
  - name: Web
    organisation: Acme
    environments: [{name: Production}]
    features: [{name: flag, description: 'version ${version}', default_enabled: ${version % 2 === 0}}]
`,
  };
}

/** A mistake in one file; the other is of a version that must never be applied. */
function badFilesOf(version: number): Readonly<Record<string, string>> {
  const files = filesOf(version);
  return { ...files, "10-web.yaml": (files["10-web.yaml"] ?? "").replace("features:", "featuers:") };
}

interface Rows {
  readonly organisations: number;
  readonly flags: number;
  readonly states: number;
  readonly even: boolean;
  readonly description: string;
}

async function rowsOf(sql: postgres.Sql): Promise<Rows | undefined> {
  const [row] = await sql<[Rows]>`
    select (select count(*)::int from organisations_organisation) as organisations,
      (select count(*)::int from features_feature) as flags,
      (select count(*)::int from features_featurestate) as states,
      (select bool_and(force_2fa) from organisations_organisation) as even,
      (select string_agg(description, '|') from features_feature) as description`;
  return row;
}

function stateOf(version: number): Rows {
  return {
    organisations: 1,
    flags: 1,
    states: 1,
    even: version % 2 === 0,
    description: `version ${version}`,
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A server, its migrated or empty database, and a ConfigMap. */
interface Cluster {
  readonly server: Server;
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly map: ConfigMap;
  readonly migrate: () => Promise<void>;
}

async function withCluster(test: (cluster: Cluster) => Promise<void>): Promise<void> {
  // A server that somebody gave is not ours to restart.
  const server = await startServer({ databaseUrl: "" });
  const map = new ConfigMap(await Deno.makeTempDir());
  await Deno.chmod(map.directory, 0o755);
  const sql = postgres(server.url, { max: 2, onnotice: () => {}, connection: { TimeZone: "UTC" } });
  const migrate = async () => {
    const owner = postgres(server.url, { max: 1, onnotice: () => {} });
    await owner.unsafe(await Deno.readTextFile(new URL("../data/schema/2.265.0.sql", import.meta.url)));
    await owner.end();
  };
  try {
    await test({ server, url: server.url, sql, map, migrate });
  } finally {
    await sql.end({ timeout: 1 });
    await server.stop();
    await Deno.remove(map.directory, { recursive: true });
  }
}

/** Restarts the server; the client of the test is connected again afterwards. */
async function restart(
  { server, sql }: Cluster,
  how: "fast" | "immediate",
  meanwhile?: () => Promise<void>,
): Promise<void> {
  assert.ok(server.restart !== undefined, "This server cannot be restarted");
  await server.restart(how, meanwhile);
  while (!await Promise.all([sql`select 1`, sql`select 1`]).then(() => true, () => false)) await pause(10);
}

/** Runs a container to its good end, starting it again after exit codes that deserve it; gives the codes. */
async function kubelet(
  args: readonly string[],
  { url }: Cluster,
  disturb: (child: Deno.ChildProcess) => void = () => {},
): Promise<readonly number[]> {
  const codes: number[] = [];
  for (let attempt = 0;; attempt++) {
    const child = start(args, { ...AS_POD, env: { DATABASE_URL: url } });
    if (attempt === 0) disturb(child);
    const last: Ended = await ended(child);
    codes.push(last.code);
    if (last.code === 0) return codes;
    const again = AGAIN.has(last.code) && attempt < 20;
    assert.ok(again, `exit codes ${codes.join(", ")}\n${last.out}${last.err}`);
    await pause(100);
  }
}

Deno.test(`${PODS} init containers and a Job wait for the migrations, and one of them provisions`, async () => {
  await withCluster(async (cluster) => {
    const { map, sql, migrate } = cluster;
    await map.write(filesOf(1));
    const args = ["apply", "--directory", map.directory, "--wait", "60s", "--on-exists", "update"];
    const all = Array.from({ length: PODS + 1 }, () => kubelet(args, cluster));
    for (;;) {
      const [row] = await sql`select count(*)::int as n from pg_stat_activity
        where application_name like 'flagsmith-provision%'`;
      if (Number(row?.["n"]) >= PODS / 2) break;
      await pause(50);
    }
    await migrate();
    const codes = await Promise.all(all);
    assert.deepEqual(codes, codes.map(() => [0]));
    assert.deepEqual(await rowsOf(sql), stateOf(1));
    const runs = await sql`select distinct run_id from provisioning_log`;
    assert.equal(runs.length, 1);
  });
});

Deno.test(`${PODS} pods are stopped and lose their database at random moments, and all come to the same state`, async (t) => {
  await withCluster(async (cluster) => {
    const { map, sql, migrate } = cluster;
    await migrate();
    const count = new Map<number, number>();
    for (let version = 1; version <= (FULL ? 10 : 1); version++) {
      await map.write(filesOf(version));
      const args = ["apply", "--directory", map.directory, "--on-exists", "update"];
      const began = performance.now();
      await kubelet(["validate", "--directory", map.directory], cluster);
      const alone = performance.now() - began;
      const all = Array.from({ length: PODS }, (_, at) =>
        kubelet(args, cluster, (child) => {
          if (at % 2 === 1) return;
          // Some while the runtime starts, some in the run; those that end before are left alone.
          const timer = setTimeout(() => {
            try {
              child.kill("SIGTERM");
            } catch {
              // It ended this moment.
            }
          }, Math.random() * alone * PODS / 2);
          void child.status.then(() => clearTimeout(timer));
        }));
      await pause(Math.random() * alone * PODS / 2);
      await restart(cluster, version % 2 === 0 ? "fast" : "immediate");
      for (const codes of await Promise.all(all)) {
        for (const code of codes) count.set(code, (count.get(code) ?? 0) + 1);
      }
      assert.deepEqual(await rowsOf(sql), stateOf(version));
    }
    await t.step(
      `exit codes: ${
        [...count].toSorted(([a], [b]) => a - b).map(([code, n]) => `${n} × ${code}`).join(", ")
      }`,
      () => assert.ok(count.has(0)),
    );
  });
});

/** The state that the pods must have come to, and what has been done to them. */
class Rollout {
  readonly #cluster: Cluster;
  readonly #pods: Watched[] = [];
  version = 1;
  readonly figures = { applied: 0, bad: 0, restarts: 0, terminated: 0, slowest: 0 };

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get pods(): readonly Watched[] {
    return this.#pods;
  }

  async add(): Promise<Watched> {
    const { url, map } = this.#cluster;
    const pod = await startWatching(
      url,
      map.directory,
      ["--interval", "1s", "--on-exists", "update"],
      AS_POD,
    );
    this.#pods.push(pod);
    return pod;
  }

  /** A pod is moved: SIGTERM at a random moment, then a new one. */
  async replace(): Promise<void> {
    await pause(Math.random() * 1500);
    const [pod] = this.#pods.splice(Math.floor(Math.random() * this.#pods.length), 1);
    assert.ok(pod !== undefined);
    assert.equal(await pod.end("SIGTERM"), 143, `${pod.out()}${pod.err()}`);
    assert.doesNotMatch(pod.err(), /bug/);
    this.figures.terminated += 1;
    await this.add();
  }

  async switchTo(version: number): Promise<void> {
    this.version = version;
    await this.#cluster.map.write(filesOf(version));
    this.figures.applied += 1;
  }

  /** Waits until every pod is ready after it has read the version, and the rows are those of the version. */
  async settled(): Promise<void> {
    const began = performance.now();
    const wanted = JSON.stringify(stateOf(this.version));
    // A run that is under way may be of the files before; the one after it is not.
    const runs = await Promise.all(this.#pods.map(async (pod) => await pod.runs() + 2));
    for (const [n, pod] of this.#pods.entries()) {
      const isSettled = async () =>
        await pod.ready() && await pod.runs() >= (runs[n] ?? NaN) && await this.#rows() === wanted;
      await until(pod, isSettled, 90_000);
    }
    this.figures.slowest = Math.max(this.figures.slowest, performance.now() - began);
  }

  /** A mistake: reported once by each pod, not ready, the rows as they were, also when somebody changes them. */
  async mistake(version: number): Promise<void> {
    const { map, sql } = this.#cluster;
    const before = this.#pods.map((pod) => reports(pod));
    await map.write(badFilesOf(version));
    this.figures.bad += 1;
    for (const pod of this.#pods) await until(pod, async () => !await pod.ready());
    await sql`update features_feature set description = 'somebody else'`;
    const wanted = JSON.stringify(stateOf(this.version));
    for (const pod of this.#pods) {
      await until(pod, async () => await this.#rows() === wanted);
      assert.deepEqual(await pod.get("/ready"), [503, '{"status":"not ready","code":"FP102"}\n']);
      assert.equal((await pod.get("/health"))[0], 200);
    }
    // Another pod that starts now has no good state: it leaves the rows alone.
    const late = await this.add();
    await until(late, () => reports(late) === 1);
    assert.equal((await late.get("/ready"))[0], 503);
    assert.equal(await late.end("SIGTERM"), 143);
    this.#pods.pop();
    assert.equal(await this.#rows(), wanted);
    assert.deepEqual(this.#pods.map(reports), before.map((n) => n + 1));
  }

  /** The server goes while files are switched, and comes back. */
  async loseDatabase(how: "fast" | "immediate", version: number): Promise<void> {
    await restart(this.#cluster, how, async () => {
      await this.switchTo(version);
      for (const pod of this.#pods) {
        await until(pod, async () => !await pod.ready());
        assert.match((await pod.get("/ready"))[1], /"code":"FP40[1-4]"/);
      }
    });
    this.figures.restarts += 1;
  }

  async #rows(): Promise<string> {
    return JSON.stringify(await rowsOf(this.#cluster.sql));
  }
}

function reports(pod: Watched): number {
  return pod.err().split("the last good state stays applied").length - 1;
}

Deno.test(`sidecars keep to the last good state while files are switched ${SWITCHES} times`, async (t) => {
  await withCluster(async (cluster) => {
    await cluster.migrate();
    await cluster.map.write(filesOf(1));
    const rollout = new Rollout(cluster);
    try {
      for (let n = 0; n < REPLICAS; n++) await rollout.add();
      await rollout.settled();
      for (let version = 2; version <= SWITCHES + 1; version++) {
        switch (version % 6) {
          case 0:
            await rollout.loseDatabase(version % 12 === 0 ? "fast" : "immediate", version);
            break;
          case 1:
            // Again before anybody has looked.
            await rollout.switchTo(version);
            await pause(Math.random() * 100);
            await cluster.map.write(badFilesOf(version + 1000));
            await pause(Math.random() * 100);
            await rollout.switchTo(version);
            break;
          case 3:
            await rollout.mistake(version);
            continue;
          case 4:
            await Promise.all([rollout.switchTo(version), rollout.replace()]);
            break;
          default:
            await rollout.switchTo(version);
        }
        await rollout.settled();
      }
      const codes = await Promise.all(rollout.pods.map((pod) => pod.end("SIGTERM")));
      assert.deepEqual(codes, codes.map(() => 143));
      assert.deepEqual(await rowsOf(cluster.sql), stateOf(rollout.version));
    } finally {
      for (const pod of rollout.pods) await pod.end("SIGKILL");
    }
    const { applied, bad, restarts, terminated, slowest } = rollout.figures;
    await t.step(
      `${applied} states applied, ${bad} bad ones, ${restarts} restarts of the server, ${terminated} pods moved; ` +
        `at most ${(slowest / 1000).toFixed(1)} s until all were ready`,
      () => assert.ok(applied > 0 && bad > 0 && restarts > 0 && terminated > 0),
    );
  });
});

Deno.test("a sidecar that is stopped in a run ends after it, and the run counts", async () => {
  await withCluster(async ({ map, sql, url, migrate }) => {
    await migrate();
    await map.write(filesOf(1));
    const pod = await startWatching(
      url,
      map.directory,
      ["--interval", "0s", "--on-exists", "update"],
      AS_POD,
    );
    try {
      await until(pod, pod.ready);
      const ending = await sql.begin(async (other) => {
        await other`lock table features_feature in share mode`;
        await map.write(filesOf(2));
        await until(pod, async () => {
          const [row] = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
            and application_name like 'flagsmith-provision%'`;
          return row !== undefined;
        });
        const code = pod.end("SIGTERM");
        await pause(300);
        return { code };
      });
      assert.equal(await ending.code, 143);
      assert.deepEqual(await rowsOf(sql), stateOf(2));
    } finally {
      await pod.end("SIGKILL");
    }
  });
});

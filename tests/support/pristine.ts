/**
 * Brings a database back to what its template holds, which takes a fifth of a new clone, or says that it cannot: rows and
 * sequences come back, and nothing else may have changed.
 */
import type postgres from "postgres";

/** What a template holds. */
export interface Pristine {
  /** Whatever is in the template was written before this transaction. */
  readonly xid: string;
  /** True when the tool's log is part of it. */
  readonly log: boolean;
  /** How many rows each system catalog of the database has. */
  readonly catalogs: Readonly<Record<string, number>>;
  /** Tables of the public schema that have rows: how many, and all of them as a literal of an array. */
  readonly filled: Readonly<Record<string, { readonly rows: number; readonly content: string }>>;
  /** Sequences of the public schema: the last value, and whether it has been drawn. */
  readonly sequences: Readonly<Record<string, { readonly last: string; readonly called: boolean }>>;
}

/** A restored database may be larger than its template by so much; what is larger is slower than a new one. */
const BLOAT = 8 * 1024 * 1024;

/** The tool's log, which nearly every test makes; with its function it is all that a test may leave beside rows. */
const LOG = "provisioning_log";

/** True where the server counts what is written, and has a session report and forget its counts: from PostgreSQL 15 on. */
export async function canRestore(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<{ can: boolean }[]>`select current_setting('track_counts')::boolean
    and exists (select from pg_proc where proname = 'pg_stat_force_next_flush') as can`;
  return row?.can === true;
}

/** What a session may have changed since the counts of the database began, or all that there is. */
async function objectsOf(sql: postgres.Sql, all: boolean): Promise<{
  readonly catalogs: readonly string[];
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
}> {
  // The server counts what was written, rolled back or not, and blocks of sequences that were looked at.
  const found = await sql<{ name: string; kind: string; system: boolean }[]>`
    select oid::regclass::text as name, relkind as kind, relnamespace = 'pg_catalog'::regnamespace as system
    from pg_class where not relisshared and case relkind
      when 'r' then ${all} and relnamespace in ('pg_catalog'::regnamespace, 'public'::regnamespace)
        or pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) > 0
      when 'S' then ${all} or pg_stat_get_blocks_fetched(oid) > 0
      else false end`;
  const names = (wanted: string, ofSystem: boolean) =>
    found.filter(({ kind, system }) => kind === wanted && system === ofSystem).map(({ name }) => name);
  return { catalogs: names("r", true), tables: names("r", false), sequences: names("S", false) };
}

/**
 * Looks at a template, whose only session is `sql`; with `base` at what was changed in a clone of that since it was made.
 */
export async function lookAtTemplate(sql: postgres.Sql, base?: Pristine): Promise<Pristine> {
  const [now] = await sql<{ xid: string; log: boolean }[]>`
    select pg_current_xact_id()::xid::text as xid, to_regclass(${LOG}) is not null as log`;
  const { catalogs, tables, sequences } = await objectsOf(sql, base === undefined);
  /** One row for each of these, in one statement. */
  const each = async (list: readonly string[], select: (name: string) => string) =>
    list.length === 0 ? [] : await sql.unsafe<{ name: string; value: string; called: boolean }[]>(
      list.map((name) => `select ${literal(name)} as name, ${select(name)}`).join(" union all "),
    );
  const counts = async (list: readonly string[]) =>
    Object.fromEntries(
      (await each(list, (name) => `count(*) as value from ${name}`)).map((
        { name, value },
      ) => [name, Number(value)]),
    );
  const rows = await counts(tables);
  const contents = await each(
    tables.filter((name) => rows[name] !== 0),
    (name) => `(select array_agg(t order by t.ctid) from ${name} t)::text as value`,
  );
  // A sequence that nobody has drawn from, and that the base has not.
  const drawn = base === undefined || now?.log !== true
    ? sequences
    : [...new Set([...sequences, `${LOG}_seq_seq`])];
  const states = await each(drawn, (name) => `last_value as value, is_called as called from ${name}`);
  const untouched = Object.entries(base?.filled ?? {}).filter(([name]) => !tables.includes(name));
  return {
    xid: now?.xid ?? "",
    log: now?.log === true,
    catalogs: { ...base?.catalogs, ...await counts(catalogs) },
    filled: Object.fromEntries([
      ...untouched,
      ...contents.map(({ name, value }) => [name, { rows: rows[name] ?? 0, content: value }] as const),
    ]),
    sequences: {
      ...base?.sequences,
      ...Object.fromEntries(states.map(({ name, value, called }) => [name, { last: value, called }])),
    },
  };
}

/**
 * Takes what a test left in a database away; `sql` is its only session. False when more has changed than rows and
 * sequences, the tool's own log aside: then the database is to be dropped.
 */
export async function restorePristine(sql: postgres.Sql, pristine: Pristine): Promise<boolean> {
  const { xid, log, catalogs, filled, sequences } = pristine;
  const touched = await objectsOf(sql, false);
  const isKept = (name: string): boolean => log || !name.startsWith(LOG);
  const tables = touched.tables.filter(isKept);
  const compared = [...touched.catalogs, ...tables.filter((name) => name in filled)];
  const setvals = touched.sequences.filter(isKept).map((name) => {
    const state = sequences[name];
    return state === undefined ? "null" : `setval(${literal(name)}, ${state.last}, ${state.called})`;
  });
  // In one transaction, as statements in one message are.
  const results: unknown = await sql.unsafe(
    [
      "set local session_replication_role = replica",
      "set local lock_timeout = '1s'",
      ...(log ? [] : [`drop table if exists ${LOG}`, `drop function if exists ${LOG}_refuse()`]),
      ...tables.filter((name) => !(name in filled)).map((name) => `delete from ${name}`),
      `select ${setvals.concat("null").join(", ")}`,
      ["select '' as name, 0 as rows, 0 as newer"].concat(
        compared.map((name) =>
          `select ${
            literal(name)
          }, count(*)::int, (count(*) filter (where age(xmin) < age('${xid}'::xid)))::int from ${name}`
        ),
      ).join(" union all "),
      `select (${
        ["0"].concat(tables.map((name) => `pg_total_relation_size(${literal(name)})`)).join(" + ")
      })::int as size,
        datacl is null and datallowconn and datconnlimit = -1
          and datdba = (select oid from pg_roles where rolname = session_user)
          and not exists (select from pg_db_role_setting where setdatabase = d.oid)
          and not exists (select from pg_prepared_xacts where database = d.datname) as same
        from pg_database d where datname = current_database()`,
    ].join(";\n"),
  );
  const [found = [], [database] = []] = (results as readonly (readonly Record<string, unknown>[])[]).slice(
    -2,
  );
  if (database?.["same"] !== true || Number(database["size"]) > BLOAT) return false;
  const changed = found.filter(({ name, rows, newer }) =>
    name !== "" && !(newer === 0 && rows === (catalogs[String(name)] ?? filled[String(name)]?.rows))
  ).map(({ name }) => String(name));
  if (changed.some((name) => !(name in filled))) return false;
  if (changed.length > 0) {
    await sql.unsafe(
      ["set local session_replication_role = replica"].concat(changed.flatMap((name) => [
        `delete from ${name}`,
        `insert into ${name} overriding system value
          select * from unnest(${literal(filled[name]?.content ?? "{}")}::${name}[])`,
      ])).join(";\n"),
    );
  }
  // What this session has written is counted once it is idle, and then forgotten with everything else.
  await sql`select pg_stat_force_next_flush()`;
  await sql`select pg_stat_reset()`;
  return true;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

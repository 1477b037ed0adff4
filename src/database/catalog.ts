/** The live schema: which columns exist, what they are, and where ids come from. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { compareReleases, FIRST_TOLD, OLDEST_WRITTEN, releaseOf } from "../flagsmith/releases.ts";
import { texts } from "./render.ts";
import { query, type Statement } from "./statement.ts";
import type { Ask } from "./ask.ts";
import { ANCHOR, underApplicationPath } from "./begin.ts";
import type { ColumnFills } from "./column_fill.ts";
import type { Answer, Read } from "./session.ts";

/** One column as PostgreSQL's catalog has it. */
export interface Column {
  readonly name: string;
  /** Type without length, as `format_type` prints it: `character varying`. */
  readonly type: string;
  /** Longest text in characters; undefined when unlimited or not text. */
  readonly maxLength: number | undefined;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** The same with its length, precision or scale, that of a domain's base type: `numeric(10,2)`, `character(10)`. */
  readonly fullType: string;
  /** True where the database alone gives values: `expression` of others, `numbering` as ids. */
  readonly generated: "expression" | "numbering" | undefined;
  /** The sequence that feeds the column, schema-qualified and quoted; undefined for others. */
  readonly sequence: string | undefined;
}

/** The tables that a run may touch. */
export interface Catalog {
  /** Schema that Flagsmith's tables live in. */
  readonly schema: string;
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Column>>;
  /** Tables that had more than `LARGE_PAGES` pages when PostgreSQL last counted them. */
  readonly large: ReadonlySet<string>;
  /** What new rows hold in columns that the program does not know; empty where it knows all that must be filled. */
  readonly fills: ColumnFills;
  /** Release that the schema belongs to, as far as migrations tell: `2.263.0 or later`. */
  readonly release: string;
  /** The same as a release, a lower bound; undefined before the first one known. */
  readonly level: string | undefined;
  /** True before `OLDEST_WRITTEN`: rows would not be what that release writes. */
  readonly tooOld: boolean;
  /** Version of the provisioning log; 0 when there is none. */
  readonly logVersion: number;
  /** True when the user owns the log's table and may create in its schema. */
  readonly ownsLog: boolean;
}

/**
 * From this size on, 8 MiB, PostgreSQL takes a row of one project and one name for much rarer than the rows of one
 * project, whatever else it expects. It counts pages when it gathers statistics, so those are there too.
 */
const LARGE_PAGES = 1024;

/**
 * No domain has a smaller OID: those are assigned by hand to what PostgreSQL's own catalogs begin with ("System Catalog
 * Declarations and Initial Contents" in its manual), which has no domains. Looking up the type of every column would take a
 * fifth of the time that reading the columns takes.
 */
const FIRST_DOMAIN = 10_000;

/** Statements that read the catalog, and what there is of the table `log`; `readCatalog` takes their answers. */
export function catalogStatements(tables: readonly string[], log: string): readonly Statement[] {
  return [
    ...underApplicationPath(query`SELECT pg_catalog.json_object_agg(m.app, m.name) AS migrations FROM (
  SELECT app::pg_catalog.text AS app, pg_catalog.max(name::pg_catalog.text) AS name FROM django_migrations GROUP BY 1) m`),
    headStatement(log),
    ...tableStatements(tables),
  ];
}

/** Answers with the schema of Flagsmith's tables, and what there is of the table `log`. */
function headStatement(log: string): Statement {
  return query`SELECT n.nspname::text AS schema, obj_description(l.oid, 'pg_class') AS log_comment, l.oid IS NOT NULL AS has_log,
  l.oid IS NOT NULL AND pg_has_role(current_user, l.relowner, 'USAGE') AND has_schema_privilege(current_user, n.oid, 'CREATE') AS owns_log
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class l ON l.relnamespace = n.oid AND l.relname = ${log}
WHERE c.oid = ${ANCHOR}`;
}

/** Statements about the columns and rules of tables. */
function tableStatements(tables: readonly string[]): readonly Statement[] {
  return [
    query`SELECT c.relname::text AS "table", json_agg(json_build_array(a.attname, format_type(a.atttypid, -1), a.atttypmod, a.attnotnull,
    a.atthasdef OR a.attidentity <> '',
    CASE WHEN a.attidentity <> '' OR a.atthasdef THEN
      coalesce((SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.relname) FROM pg_depend p
          JOIN pg_class s ON s.oid = p.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
          WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid
            AND p.refobjsubid = a.attnum AND p.deptype IN ('a', 'i') LIMIT 1),
        substring(pg_get_expr(d.adbin, d.adrelid) FROM 'nextval[(]''(.*)''::regclass[)]')) END,
    CASE WHEN a.atttypid >= ${FIRST_DOMAIN} THEN (SELECT CASE WHEN ty.typtype = 'd' THEN format_type(ty.typbasetype, ty.typtypmod)
      ELSE format_type(a.atttypid, a.atttypmod) END FROM pg_type ty WHERE ty.oid = a.atttypid)
      WHEN a.atttypmod >= 0 THEN format_type(a.atttypid, a.atttypmod) END,
    CASE WHEN a.attgenerated <> '' THEN 'expression' WHEN a.attidentity = 'a' THEN 'numbering' END) ORDER BY a.attnum) AS columns,
  c.relpages > ${LARGE_PAGES} AS large
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(${texts(tables)})
  AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = ${ANCHOR})
GROUP BY c.oid, c.relname, c.relpages`,
  ];
}

/** Reads the answers of `catalogStatements`; throws with exit code 78 when Flagsmith's tables are not there. */
export function readCatalog([, migrations, , head, columns]: readonly (readonly Answer[])[]): Catalog {
  const facts = head?.[0];
  if (facts === undefined) throw noTables();
  const release = releaseOf(Object(migrations?.[0]?.["migrations"]));
  const comment = typeof facts["log_comment"] === "string" ? facts["log_comment"] : "";
  const logVersion = facts["has_log"] === true ? Number(/version (\d+)/.exec(comment)?.[1] ?? 1) : 0;
  return {
    schema: String(facts["schema"]),
    release: release === undefined ? `before ${FIRST_TOLD}` : `${release} or later`,
    level: release,
    tooOld: release === undefined || compareReleases(release, OLDEST_WRITTEN) < 0,
    logVersion,
    ownsLog: facts["owns_log"] === true,
    fills: new Map(),
    tables: new Map((columns ?? []).map((row) => [String(row["table"]), readColumns(row["columns"])])),
    large: new Set((columns ?? []).filter((row) => row["large"] === true).map((row) => String(row["table"]))),
  };
}

/** The catalog of all tables that are in the schema, as far as everybody may read it: what migrations tell is not known. */
export async function publicCatalog(read: Read, log: string): Promise<Catalog> {
  const [names] = await read([
    query`SELECT c.relname::text AS name FROM pg_class c WHERE c.relkind IN ('r', 'p')
  AND c.relnamespace = (SELECT o.relnamespace FROM pg_class o WHERE o.oid = ${ANCHOR})`,
  ]);
  const tables = (names ?? []).map(({ name }) => String(name));
  return readCatalog([[], [], [], ...await read([headStatement(log), ...tableStatements(tables)])]);
}

/** The schema that Flagsmith's tables live in; throws with exit code 78 when they are not there. */
export async function applicationSchema(ask: Ask): Promise<string> {
  const [answer] = await ask("read the schema", [
    query`SELECT n.nspname::text AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${ANCHOR}`,
  ]);
  const schema = answer?.[0]?.["schema"];
  if (typeof schema !== "string") throw noTables();
  return schema;
}

function noTables(): ProvisionError {
  return new ProvisionError(
    "FP420",
    EXIT.schema,
    "The database holds no Flagsmith tables",
    "Run Flagsmith's migrations first (python manage.py migrate), or check database name and search_path",
  );
}

/** True when the database belongs to a release before another one, as far as migrations tell. */
export function isBefore({ level }: Catalog, release: string): boolean {
  return level === undefined || compareReleases(level, release) < 0;
}

function readColumns(list: unknown): ReadonlyMap<string, Column> {
  const columns = new Map<string, Column>();
  for (const entry of Array.isArray(list) ? list : []) {
    const [name, type, modifier, notNull, hasDefault, sequence, full, generated]: unknown[] =
      Array.isArray(entry) ? entry : [];
    columns.set(String(name), {
      name: String(name),
      type: String(type),
      maxLength: type === "character varying" && typeof modifier === "number" && modifier > 4
        ? modifier - 4
        : undefined,
      notNull: notNull === true,
      hasDefault: hasDefault === true,
      fullType: typeof full === "string" ? full : String(type),
      generated: generated === "expression" || generated === "numbering" ? generated : undefined,
      sequence: typeof sequence === "string" ? sequence : undefined,
    });
  }
  return columns;
}

/** Refuses the schema of a release before `OLDEST_WRITTEN`: its rows could only be guessed. */
export function checkRelease(catalog: Catalog): void {
  if (!catalog.tooOld) return;
  throw new ProvisionError(
    "FP432",
    EXIT.schema,
    `The database was migrated by a Flagsmith that is older than ${OLDEST_WRITTEN} (${catalog.release})`,
    `This release of flagsmith-provision writes the rows of ${OLDEST_WRITTEN} and later; upgrade Flagsmith first. export, log and teardown work all the same. Nothing was changed`,
  );
}

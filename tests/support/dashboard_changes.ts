/** Random changes to a live instance, in SQL that leaves the rows as saves in Flagsmith's dashboard leave them. */
import type postgres from "postgres";
import type { Draw } from "./random_set/draw.ts";

/** Makes one change somewhere, as `draw` says; gives what it was, or undefined when there is nothing of the sort to change. */
export type Change = (sql: postgres.Sql, draw: Draw, nth: number) => Promise<string | undefined>;

/** Texts that are easily lost on the way into a YAML file and back. */
const ODD = [
  "two\nlines\n",
  "  led by blanks",
  "ends with blanks  \n\n",
  "${HOME} $${x",
  "tab\there\r\nand there",
  "null",
  "007",
  "# no comment: 'it' \"is\"",
  "\u0085\u2028\u{1F600}",
  "",
];

/** One of the rows that a query finds. */
async function anyOf(
  draw: Draw,
  rows: postgres.PendingQuery<postgres.Row[]>,
): Promise<postgres.Row | undefined> {
  const found = await rows;
  return found.length === 0 ? undefined : draw.pick(found);
}

/** Another name for one of the rows of `table` for which `live` holds, an SQL condition. Features have names that no save changes. */
function rename(table: string, column: string, live: string): Change {
  return async (sql, draw, nth) => {
    const row = await anyOf(draw, sql`select id from ${sql(table)} t where ${sql.unsafe(live)} order by id`);
    if (row === undefined) return undefined;
    const name = draw.pick(["renamed", "Re: named #", "re'named", "rénamed"]) + nth;
    await sql`update ${sql(table)} set ${sql(column)} = ${name} where id = ${row["id"]}`;
    return `${table} ${row["id"]} is named ${name}`;
  };
}

/** Names that the dashboard lets people change. */
export const RENAMES: readonly Change[] = [
  rename("organisations_organisation", "name", "true"),
  rename("projects_project", "name", "deleted_at is null"),
  rename("environments_environment", "name", "deleted_at is null"),
  rename("segments_segment", "name", "deleted_at is null and version_of_id = id"),
  rename("tags_tag", "label", "not is_system_tag"),
  rename("users_userpermissiongroup", "name", "true"),
  rename("environments_environmentapikey", "name", "true"),
];

/** Two rows of one parent for which `live` holds get each other's name. */
function swap(table: string, column: string, parent: string, live: string): Change {
  return async (sql, draw) => {
    const rows = await sql`select id, ${sql(column)} as name, ${sql(parent)} as parent from ${
      sql(table)
    } t where ${sql.unsafe(live)} order by id`;
    const pairs = rows.flatMap((a) =>
      rows.filter((b) => a["parent"] === b["parent"] && a["id"] < b["id"]).map((b) => [a, b])
    );
    if (pairs.length === 0) return undefined;
    const [a, b] = draw.pick(pairs);
    if (a === undefined || b === undefined) return undefined;
    // By way of a third name, since names of one parent may have to be unique at any time.
    for (const [id, name] of [[a["id"], "on its way"], [b["id"], a["name"]], [a["id"], b["name"]]]) {
      await sql`update ${sql(table)} set ${sql(column)} = ${name} where id = ${id}`;
    }
    return `${table} ${a["id"]} and ${b["id"]} swap names`;
  };
}

/** Names that change places. */
export const SWAPS: readonly Change[] = [
  swap("environments_environment", "name", "project_id", "deleted_at is null"),
  swap("segments_segment", "name", "project_id", "deleted_at is null and version_of_id = id"),
  swap("tags_tag", "label", "project_id", "not is_system_tag"),
  swap("environments_environmentapikey", "name", "environment_id", "true"),
];

/** Two segment overrides of one flag in one environment change places. */
const reorder: Change = async (sql, draw) => {
  const pair = await anyOf(
    draw,
    sql`select a.id as a, b.id as b, a.priority as pa, b.priority as pb from features_featuresegment a
join features_featuresegment b on a.feature_id = b.feature_id and a.environment_id = b.environment_id and a.id < b.id
  and a.environment_feature_version_id is not distinct from b.environment_feature_version_id
where a.priority <> b.priority order by a.id, b.id`,
  );
  if (pair === undefined) return undefined;
  await sql`update features_featuresegment set priority = ${pair["pb"]} where id = ${pair["a"]}`;
  await sql`update features_featuresegment set priority = ${pair["pa"]} where id = ${pair["b"]}`;
  return `overrides ${pair["a"]} and ${pair["b"]} change places`;
};

/** A value of another type, another text, or none. */
const retype: Change = async (sql, draw) => {
  const row = await anyOf(
    draw,
    sql`select id from features_featurestatevalue where deleted_at is null order by id`,
  );
  if (row === undefined) return undefined;
  const type = draw.pick(["unicode", "int", "bool"]);
  const value = { boolean_value: null, integer_value: null, string_value: null };
  const odd = draw.pick(ODD);
  const set = draw.chance(0.2)
    ? { ...value, type }
    : type === "unicode"
    ? { ...value, type, string_value: odd }
    : type === "int"
    ? { ...value, type, integer_value: draw.from(-9, 9) }
    : { ...value, type, boolean_value: draw.chance(0.5) };
  await sql`update features_featurestatevalue set ${sql(set)} where id = ${row["id"]}`;
  return `value ${row["id"]} is ${JSON.stringify(set)}`;
};

const archive: Change = async (sql, draw) => {
  const row = await anyOf(draw, sql`select id from features_feature where deleted_at is null order by id`);
  if (row === undefined) return undefined;
  await sql`update features_feature set is_archived = not is_archived where id = ${row["id"]}`;
  return `feature ${row["id"]} is archived or is no longer`;
};

const toggle: Change = async (sql, draw) => {
  const row = await anyOf(
    draw,
    sql`select id from features_featurestate where deleted_at is null order by id`,
  );
  if (row === undefined) return undefined;
  await sql`update features_featurestate set enabled = not enabled, updated_at = now() where id = ${
    row["id"]
  }`;
  return `state ${row["id"]} is toggled`;
};

const describe: Change = async (sql, draw) => {
  const table = draw.pick(["features_feature", "segments_segment", "environments_environment"]);
  const row = await anyOf(draw, sql`select id from ${sql(table)} where deleted_at is null order by id`);
  if (row === undefined) return undefined;
  const text = draw.pick(ODD);
  await sql`update ${sql(table)} set description = ${text} where id = ${row["id"]}`;
  return `${table} ${row["id"]} is described as ${JSON.stringify(text)}`;
};

/** Another value in the conditions of a segment that are alike, in the rows and in the copy that the segment has of its rules. */
const recondition: Change = async (sql, draw, nth) => {
  const row = await anyOf(
    draw,
    sql`select s.id, s.rules_data, c.operator, c.property, c.value from segments_condition c
join segments_segmentrule r on r.id = c.rule_id left join segments_segmentrule above on above.id = r.rule_id
join segments_segment s on s.id = coalesce(r.segment_id, above.segment_id)
where c.deleted_at is null and c.operator in ('EQUAL', 'NOT_EQUAL', 'CONTAINS') and c.value is not null order by c.id`,
  );
  if (row === undefined) return undefined;
  const { id, operator, property, value } = row;
  const other = `other ${nth}`;
  const rules: unknown = JSON.parse(
    JSON.stringify(row["rules_data"]),
    (_key, part) =>
      part?.operator === operator && part.property === property && part.value === value
        ? { ...part, value: other }
        : part,
  );
  await sql`update segments_segment set rules_data = ${JSON.stringify(rules)}::text::jsonb where id = ${id}`;
  await sql`update segments_condition c set value = ${other} from segments_segmentrule r
left join segments_segmentrule above on above.id = r.rule_id where r.id = c.rule_id
  and coalesce(r.segment_id, above.segment_id) = ${id} and c.operator = ${operator} and c.value = ${value}
  and c.property is not distinct from ${property}`;
  return `conditions of segment ${id} compare with another value`;
};

/** Saved as it was: times move; an environment with versions of flags gets a new one with the same states. */
const saveUnchanged: Change = async (sql, draw) => {
  await sql`update features_featurestate set updated_at = now() where deleted_at is null`;
  await sql`update environments_environment set updated_at = now() where deleted_at is null`;
  const row = await anyOf(
    draw,
    sql`select v.uuid, v.feature_id, v.environment_id from feature_versioning_environmentfeatureversion v
join environments_environment e on e.id = v.environment_id and e.use_v2_feature_versioning
where v.deleted_at is null and v.published_at is not null and not exists (
  select from feature_versioning_environmentfeatureversion w where w.feature_id = v.feature_id
    and w.environment_id = v.environment_id and w.deleted_at is null and w.live_from > v.live_from)
order by v.environment_id, v.feature_id`,
  );
  if (row === undefined) return "everything is saved unchanged";
  const version = await copyVersion(sql, String(row["uuid"]));
  return `feature ${row["feature_id"]} has version ${version} with the same states`;
};

/** A new version with copies of the states, overrides, values and shares of another one. */
async function copyVersion(sql: postgres.Sql, from: string): Promise<string> {
  const uuid = crypto.randomUUID();
  await sql.begin(async (tx) => {
    await copy(tx, "feature_versioning_environmentfeatureversion", ["uuid", from], {
      uuid,
      live_from: new Date(),
      published_at: new Date(),
      created_at: new Date(),
    });
    const states =
      await tx`select id, feature_segment_id from features_featurestate where environment_feature_version_id = ${from} and identity_id is null and deleted_at is null order by id`;
    for (const state of states) {
      const segment = state["feature_segment_id"] === null
        ? null
        : await copy(tx, "features_featuresegment", ["id", state["feature_segment_id"]], {
          uuid: crypto.randomUUID(),
          environment_feature_version_id: uuid,
        });
      const id = await copy(tx, "features_featurestate", ["id", state["id"]], {
        uuid: crypto.randomUUID(),
        environment_feature_version_id: uuid,
        feature_segment_id: segment,
      });
      for (
        const table of ["features_featurestatevalue", "multivariate_multivariatefeaturestatevalue"]
      ) {
        await tx`delete from ${tx(table)} where feature_state_id = ${id}`;
        const values = await tx`select id from ${tx(table)} where feature_state_id = ${
          state["id"]
        } order by id`;
        for (const value of values) {
          await copy(tx, table, ["id", value["id"]], { uuid: crypto.randomUUID(), feature_state_id: id });
        }
      }
    }
  });
  return uuid;
}

/** Copies a row with some other values; gives its new id, if the table has one. */
async function copy(
  sql: postgres.TransactionSql,
  table: string,
  [key, value]: readonly [string, string | number],
  other: Readonly<Record<string, string | number | Date | null>>,
): Promise<number> {
  const [row = {}] = await sql`select * from ${sql(table)} where ${sql(key)} = ${value}`;
  const { id: _id, ...rest } = row;
  const [made] = await sql`insert into ${sql(table)} ${sql({ ...rest, ...other })} returning *`;
  return Number(made?.["id"] ?? 0);
}

/** Everything that is no rename. */
export const EDITS: readonly Change[] = [
  reorder,
  retype,
  retype,
  archive,
  toggle,
  describe,
  recondition,
  saveUnchanged,
];

/** Makes one to six of some changes, and gives what they were. */
export async function changeInDashboard(
  sql: postgres.Sql,
  draw: Draw,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const said: string[] = [];
  for (let left = draw.from(1, 6); left > 0; left--) {
    const words = await draw.pick(changes)(sql, draw, left);
    if (words !== undefined) said.push(words);
  }
  return said;
}

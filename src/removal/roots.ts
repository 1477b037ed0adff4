/** From entities that are to be absent to the rows that a closure begins with. */
import { ids } from "../database/render.ts";
import {
  command,
  type Fragment,
  join,
  query,
  sql,
  type Statement,
  tableIn,
  UNION_ALL,
} from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { LiveRow } from "../kinds/live.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { memberSpec } from "../kinds/member/spec.ts";
import { ALL_KINDS, type KindName } from "../kinds/specs.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import type { RowSet } from "../database/row_set.ts";

/** A live entity that is to go. */
export interface EntityToRemove {
  readonly kind: KindName;
  readonly live: LiveRow;
  /** For a user: the organisations that the user belongs to go, too. */
  readonly withOrganisations: boolean;
}

/**
 * Where the rights that a member has in the organisation are (`docs/flagsmith/organisations.md#permissions`), by user
 * `w.u` and organisation `w.o`.
 */
const RIGHTS: readonly (readonly [table: string, join: (table: (name: string) => Fragment) => Fragment])[] = [
  [
    "organisation_permissions_userorganisationpermission",
    () => sql`JOIN w ON w.o = t.organisation_id AND w.u = t.user_id`,
  ],
  [
    "projects_userprojectpermission",
    (table) =>
      sql`JOIN ${
        table("projects_project")
      } p ON p.id = t.project_id JOIN w ON w.o = p.organisation_id AND w.u = t.user_id`,
  ],
  [
    "environments_userenvironmentpermission",
    (table) =>
      sql`JOIN ${table("environments_environment")} e ON e.id = t.environment_id JOIN ${
        table("projects_project")
      } p ON p.id = e.project_id JOIN w ON w.o = p.organisation_id AND w.u = t.user_id`,
  ],
  [
    "users_userpermissiongroup_users",
    (table) =>
      sql`JOIN ${
        table("users_userpermissiongroup")
      } g ON g.id = t.userpermissiongroup_id JOIN w ON w.o = g.organisation_id AND w.u = t.ffadminuser_id`,
  ],
];

/** The tables of these rights. */
export const RIGHTS_TABLES: readonly string[] = RIGHTS.map(([table]) => table);

/**
 * The rows to begin with: the own row, and what the application removes with it though no key says so. A membership goes
 * with the rights and groups that it gave (`FFAdminUser.remove_organisation`), an override with its feature segment.
 */
export async function rootsOf(ask: Ask, schema: string, leaving: readonly EntityToRemove[]): Promise<RowSet> {
  const roots = new Map<string, Set<string>>();
  const add = (table: string, id: unknown): void => {
    const known = roots.get(table) ?? new Set<string>();
    roots.set(table, known.add(String(id)));
  };
  const members: { user: number; organisation: number }[] = [];
  const users: number[] = [];
  for (const { kind, live, withOrganisations } of leaving) {
    const { table } = LIVE_TABLES[kind];
    if (isSegmentOverride(kind)) add("features_featuresegment", live.row["feature_segment_id"]);
    else add(table, live.row["id"]);
    if (kind === memberSpec.name) {
      members.push({ user: Number(live.row["user_id"]), organisation: Number(live.row["organisation_id"]) });
    }
    if (ALL_KINDS[kind].withOrganisations === true && withOrganisations) users.push(Number(live.row["id"]));
  }
  const table = (name: string): Fragment => tableIn(schema, name);
  const statements: Statement[] = [];
  if (members.length > 0) {
    const rights = RIGHTS.map(([right, join]) =>
      sql`SELECT ${right} AS "table", t.id FROM ${table(right)} t ${join(table)}`
    );
    statements.push(
      query`WITH w(u, o) AS (SELECT * FROM unnest(${ids(members.map((m) => m.user))}, ${
        ids(members.map((m) => m.organisation))
      }))
${join(rights, UNION_ALL)}`,
    );
  }
  if (users.length > 0) {
    statements.push(
      query`SELECT DISTINCT 'organisations_organisation' AS "table", t.organisation_id AS id FROM ${
        tableIn(schema, "organisations_userorganisation")
      } t WHERE t.user_id = ANY(${ids(users)})`,
    );
  }
  if (statements.length > 0) {
    for (const row of (await ask("look what goes with it", statements)).flat()) {
      add(String(row["table"]), row["id"]);
    }
  }
  return roots;
}

/**
 * Statements that close the gaps which removed overrides leave among the priorities of their flag, as the application's
 * ordered rows do; they run before the rows go.
 */
export function closeGaps(schema: string, leaving: readonly EntityToRemove[]): readonly Statement[] {
  const priority = closedPriority(schema, leaving);
  if (priority === undefined) return [];
  const segments = ids(segmentsOf(leaving));
  const table = tableIn(schema, "features_featuresegment");
  return [
    command`UPDATE ${table} t SET priority = ${priority} WHERE NOT t.id = ANY(${segments}) AND EXISTS (SELECT FROM ${table} x WHERE x.id = ANY(${segments}) AND ${BEFORE})`,
  ];
}

/** SQL of the priority that an override `t` has when those of `leaving` are removed; undefined when there are none. */
export function closedPriority(schema: string, leaving: readonly EntityToRemove[]): Fragment | undefined {
  const segments = segmentsOf(leaving);
  if (segments.length === 0) return undefined;
  const table = tableIn(schema, "features_featuresegment");
  return sql`t.priority - (SELECT count(*)::int FROM ${table} x WHERE x.id = ANY(${
    ids(segments)
  }) AND ${BEFORE})`;
}

function segmentsOf(leaving: readonly EntityToRemove[]): readonly number[] {
  return leaving.filter((l) => isSegmentOverride(l.kind)).map((l) =>
    Number(l.live.row["feature_segment_id"])
  );
}

/** The override `x` comes before `t` in the same version of the same flag. */
const BEFORE =
  sql`x.feature_id = t.feature_id AND x.environment_id = t.environment_id AND x.environment_feature_version_id IS NOT DISTINCT FROM t.environment_feature_version_id AND x.priority < t.priority`;

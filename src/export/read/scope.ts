/** Which rows an export is about, as subqueries. */
import type { Catalog } from "../../database/catalog.ts";
import { ids } from "../../database/render.ts";
import {
  column,
  type Fragment,
  identifier,
  NOTHING,
  query,
  sql,
  type Statement,
  tableIn,
} from "../../database/statement.ts";
import type { Answer } from "../../database/session.ts";
import { environment } from "../../kinds/environment/index.ts";
import { feature } from "../../kinds/feature/index.ts";
import { NOT_DELETED } from "../../kinds/live.ts";
import { organisation } from "../../kinds/organisation/index.ts";
import { project } from "../../kinds/project/index.ts";
import { segment } from "../../kinds/segment/index.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";

/** What to export. */
export interface Selection {
  readonly organisation: string;
  readonly project: string | undefined;
}

/**
 * Ids of the ancestors that everything else is found by, each as the right side of `column = …`. An array is looked up by
 * index also where the planner has no statistics yet.
 */
export interface Scope {
  readonly organisation: Fragment;
  readonly projects: Fragment;
  readonly environments: Fragment;
  readonly features: Fragment;
  readonly segments: Fragment;
  /** The same for the entities of any kind. */
  readonly of: (kind: KindName) => Fragment;
  /**
   * The condition that the row `t` of the kind's table belongs to the export; undefined for kinds that belong to nothing,
   * and for states, which are read in a way of their own.
   */
  readonly conditionOf: (kind: KindName) => Fragment | undefined;
}

/** What the ids are asked for first, and the column of the answer. */
const ANCESTORS: readonly (readonly [KindName, string])[] = [
  [organisation.spec.name, "organisations"],
  [project.spec.name, "projects"],
  [environment.spec.name, "environments"],
];

/** A table's qualified name. */
export function qualified(catalog: Catalog, table: string): Fragment {
  return tableIn(catalog.schema, table);
}

/** The condition that a row was not deleted. Rules and conditions of segments are deleted for good before 2.103.2. */
export function isLive(catalog: Catalog, table: string, row = "t"): Fragment {
  return catalog.tables.get(table)?.has("deleted_at") === false
    ? sql`true`
    : sql`${identifier(row)}.deleted_at IS NULL`;
}

/** Asks for the ids of organisations, projects and environments; `scopeOf` takes the answer. */
export function ancestorsStatement(catalog: Catalog, { organisation, project }: Selection): Statement {
  const live = (table: string, condition: Fragment): Fragment =>
    sql`SELECT id FROM ${qualified(catalog, table)} WHERE deleted_at IS NULL AND ${condition}`;
  return query`WITH o AS (${live("organisations_organisation", sql`name = ${organisation}`)}),
p AS (${live("projects_project", sql`organisation_id = ANY(ARRAY(SELECT id FROM o))`)}${
    project === undefined ? NOTHING : sql` AND name = ${project}`
  }),
e AS (${live("environments_environment", sql`project_id = ANY(ARRAY(SELECT id FROM p))`)})
SELECT (SELECT json_agg(id) FROM o) AS organisations, (SELECT json_agg(id) FROM p) AS projects, (SELECT json_agg(id) FROM e) AS environments`;
}

/**
 * The scope of what `ancestorsStatement` found. Its ids are in the statements, so that the planner knows of each how
 * much there is below it: an instance may keep nearly all its identities in one environment.
 */
export function scopeOf(catalog: Catalog, ancestors: Answer | undefined): Scope {
  const found = new Map(ANCESTORS.map(([kind, name]) => {
    const list = ancestors?.[name];
    return [kind, sql`ANY(${ids(Array.isArray(list) ? list.map(Number) : [])})`];
  }));
  const conditionOf = (kind: KindName): Fragment | undefined => {
    const known = found.get(kind);
    if (known !== undefined) return sql`t.id = ${known}`;
    const { table, parentColumn, live, currentOf } = LIVE_TABLES[kind];
    const { parent } = ALL_SPECS[kind];
    if (parent === undefined || parentColumn === undefined || currentOf !== undefined) return undefined;
    const below = sql`${column("t", parentColumn)} = ${of(parent)}`;
    return live.includes(NOT_DELETED) ? sql`${below} AND ${isLive(catalog, table)}` : below;
  };
  const of = (kind: KindName): Fragment =>
    found.get(kind) ??
      sql`ANY(ARRAY(SELECT t.id FROM ${qualified(catalog, LIVE_TABLES[kind].table)} t WHERE ${
        conditionOf(kind) ?? sql`false`
      }))`;
  return {
    of,
    conditionOf,
    organisation: of(organisation.spec.name),
    projects: of(project.spec.name),
    environments: of(environment.spec.name),
    features: of(feature.spec.name),
    segments: of(segment.spec.name),
  };
}

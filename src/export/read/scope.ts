/** Which rows an export is about, as subqueries. */
import type { Catalog } from "../../database/catalog.ts";
import { ids } from "../../database/render.ts";
import {
  type Fragment,
  identifier,
  NOTHING,
  query,
  sql,
  type Statement,
  tableIn,
} from "../../database/statement.ts";
import type { Answer } from "../../database/session.ts";

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
}

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
SELECT (SELECT json_agg(id) FROM o) AS organisation, (SELECT json_agg(id) FROM p) AS projects, (SELECT json_agg(id) FROM e) AS environments`;
}

/**
 * The scope of what `ancestorsStatement` found. Its ids are in the statements, so that the planner knows of each how
 * much there is below it: an instance may keep nearly all its identities in one environment.
 */
export function scopeOf(catalog: Catalog, ancestors: Answer | undefined): Scope {
  const found = (name: string): Fragment => {
    const list = ancestors?.[name];
    return sql`ANY(${ids(Array.isArray(list) ? list.map(Number) : [])})`;
  };
  const projects = found("projects");
  const below = (table: string): Fragment =>
    sql`ANY(ARRAY(SELECT id FROM ${
      qualified(catalog, table)
    } WHERE deleted_at IS NULL AND project_id = ${projects}))`;
  return {
    organisation: found("organisation"),
    projects,
    environments: found("environments"),
    features: below("features_feature"),
    segments: below("segments_segment"),
  };
}

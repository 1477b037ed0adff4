/** Which rows an export is about, as subqueries. */
import type { Catalog } from "../../database/catalog.ts";
import { arrayLiteral, identifier, literal } from "../../database/literal.ts";
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
  readonly organisation: string;
  readonly projects: string;
  readonly environments: string;
  readonly features: string;
  readonly segments: string;
}

/** A table's qualified name. */
export function qualified(catalog: Catalog, table: string): string {
  return `${identifier(catalog.schema)}.${identifier(table)}`;
}

/** The condition that a row was not deleted. Rules and conditions of segments are deleted for good before 2.103.2. */
export function isLive(catalog: Catalog, table: string, row = "t"): string {
  return catalog.tables.get(table)?.has("deleted_at") === false ? "true" : `${row}.deleted_at IS NULL`;
}

/** Asks for the ids of organisations, projects and environments; `scopeOf` takes the answer. */
export function ancestorsStatement(catalog: Catalog, { organisation, project }: Selection): string {
  const live = (table: string, condition: string): string =>
    `SELECT id FROM ${qualified(catalog, table)} WHERE deleted_at IS NULL AND ${condition}`;
  return `WITH o AS (${live("organisations_organisation", `name = ${literal(organisation)}`)}),
p AS (${live("projects_project", "organisation_id = ANY(ARRAY(SELECT id FROM o))")}${
    project === undefined ? "" : ` AND name = ${literal(project)}`
  }),
e AS (${live("environments_environment", "project_id = ANY(ARRAY(SELECT id FROM p))")})
SELECT (SELECT json_agg(id) FROM o) AS organisation, (SELECT json_agg(id) FROM p) AS projects, (SELECT json_agg(id) FROM e) AS environments`;
}

/**
 * The scope of what `ancestorsStatement` found. Its ids stand in the statements, so that the planner knows of each how
 * much there is below it: an instance may keep nearly all its identities in one environment.
 */
export function scopeOf(catalog: Catalog, ancestors: Answer | undefined): Scope {
  const ids = (name: string): string => {
    const list = ancestors?.[name];
    return `ANY(${arrayLiteral(Array.isArray(list) ? list.map(Number) : [], "int4")})`;
  };
  const projects = ids("projects");
  const below = (table: string): string =>
    `ANY(ARRAY(SELECT id FROM ${
      qualified(catalog, table)
    } WHERE deleted_at IS NULL AND project_id = ${projects}))`;
  return {
    organisation: ids("organisation"),
    projects,
    environments: ids("environments"),
    features: below("features_feature"),
    segments: below("segments_segment"),
  };
}

/** Which rows an export is about, as subqueries. */
import type { Catalog } from "../database/catalog.ts";
import { identifier, literal } from "../database/literal.ts";

/** What to export. */
export interface Selection {
  readonly organisation: string;
  readonly project: string | undefined;
}

/**
 * Ids of the ancestors that everything else is found by, each as the right side of `column = …`. An array is made once a
 * statement, and looked up by index also where the planner has no statistics yet.
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

/** The subqueries of a selection. */
export function scopeOf(catalog: Catalog, { organisation, project }: Selection): Scope {
  const name = (table: string): string => qualified(catalog, table);
  const organisations = `ANY(ARRAY(SELECT id FROM ${
    name("organisations_organisation")
  } WHERE deleted_at IS NULL AND name = ${literal(organisation)}))`;
  const projects = `ANY(ARRAY(SELECT id FROM ${
    name("projects_project")
  } WHERE deleted_at IS NULL AND organisation_id = ${organisations}${
    project === undefined ? "" : ` AND name = ${literal(project)}`
  }))`;
  const below = (table: string): string =>
    `ANY(ARRAY(SELECT id FROM ${name(table)} WHERE deleted_at IS NULL AND project_id = ${projects}))`;
  return {
    organisation: organisations,
    projects,
    environments: below("environments_environment"),
    features: below("features_feature"),
    segments: below("segments_segment"),
  };
}

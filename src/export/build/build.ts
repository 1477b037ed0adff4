/** Rows → what the file will say. Pure; what cannot be expressed is in `diagnostics` afterwards. */
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Row } from "../../flagsmith/cell.ts";
import { type BuildContext, buildContext, describe, distinct, given } from "./context.ts";
import type { Entity, Export } from "./entity.ts";
import { buildEnvironment, buildTags, environmentRows } from "./environments.ts";
import { buildFeatures } from "./features.ts";
import { buildOrganisation, buildUsers, peopleOf } from "./people.ts";
import { tellMissingStates } from "./missing.ts";
import { buildPermissions } from "./permissions.ts";
import { idIn, type LiveRows, rowsOf, textIn } from "../read/rows.ts";
import { buildSegments } from "./segments.ts";
import { text } from "./tree.ts";
import { reportUnsupported } from "./unsupported.ts";
import { VariableNames } from "./variables.ts";

/**
 * Builds an export. `rows` hold exactly one organisation; with `onlyProject` the users, groups and settings that its
 * projects do not need are left out.
 */
export function buildExport(rows: LiveRows, onlyProject: boolean, diagnostics: Diagnostics): Export {
  const variables = new VariableNames();
  const context = buildContext(rows, variables, diagnostics);
  const [organisation] = rowsOf(rows, "organisations_organisation");
  if (organisation === undefined) throw new TypeError("Cannot export an organisation that was not read");
  const people = peopleOf(context, !onlyProject);
  const users = buildUsers(people, context);
  const exported = buildOrganisation(organisation, people, !onlyProject, context);
  const overridden = new Set(
    rows.states.map((state) => idIn(state.row, "identity_id")).filter((id) => id >= 0),
  );
  const projects = distinct(
    "project",
    rowsOf(rows, "projects_project"),
    (row) => textIn(row, "name"),
    "",
    context,
  ).map(({ row, name }) => buildProject(row, name, overridden, context));
  reportUnsupported(rows, diagnostics);
  const { checksFlags } = rows;
  return { users, organisation: exported, projects, variables: variables.given, checksFlags };
}

function buildProject(
  row: Row,
  name: string,
  overridden: ReadonlySet<number>,
  context: BuildContext,
): Entity {
  const where = ` in project "${name}"`;
  const environments = environmentRows(row, where, context);
  tellMissingStates(row, environments, where, context);
  return {
    kind: "project",
    name,
    fields: describe("project", row, { name: given(text(name)) }, name, "", context),
    children: [
      ...buildTags(row, where, context),
      ...environments.map((environment) =>
        buildEnvironment(environment.row, environment.name, name, overridden, context)
      ),
      ...buildSegments(row, where, context),
      ...buildFeatures({ project: row, environments }, where, context),
      ...buildPermissions("project", row, where, context),
    ],
  };
}

/**
 * Whether identities and their traits may be rows of this database at all
 * (`docs/flagsmith/identities.md#identities-and-traits`).
 */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import type { Resource } from "../graph/resource.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { identitySpec } from "../kinds/identity/spec.ts";
import { organisationSpec } from "../kinds/organisation/spec.ts";
import { type Known, title } from "./plan.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** Refuses identities of projects that keep them in DynamoDB, and traits where the organisation stores none. */
export function checkIdentity(
  resource: Resource,
  state: Snapshot,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const { declaration } = resource;
  if (declaration === undefined) return;
  const environment = resource.kind === identitySpec.name
    ? resource.parent
    : resource.references.get(environmentSpec.name);
  const project = environment?.parent;
  const above = extraOf(environment, state) ?? extraOf(project, state);
  if (above?.["dynamo"] === true) {
    diagnostics.add(
      "FP304",
      resource.span,
      `${title(resource)} cannot be a row of this database: its project keeps identities in DynamoDB`,
      "Make it through the API of that project",
    );
    return;
  }
  const traits = isKind(declaration, identitySpec.name) ? Object.keys(declaration.fields.traits ?? {}) : [];
  if (traits.length === 0) return;
  if (persistsTraits(project?.parent, state, known) ?? above?.["persists"] !== false) return;
  diagnostics.add(
    "FP304",
    resource.span,
    `${title(resource)} has traits, and its organisation stores none (persist_trait_data: false)`,
    "Leave the traits out, or let the organisation store them",
  );
}

function extraOf(
  resource: Resource | undefined,
  state: Snapshot,
): Readonly<Record<string, unknown>> | undefined {
  const extra = resource === undefined ? undefined : state.live.get(resource.index)?.[0]?.extra;
  return typeof extra === "object" && extra !== null ? { ...extra } : undefined;
}

/** What holds after this run; undefined when the organisation is not named. */
function persistsTraits(
  organisation: Resource | undefined,
  state: Snapshot,
  known: Known,
): boolean | undefined {
  if (organisation === undefined) return undefined;
  const decision = known.get(organisation.index);
  const { declaration } = organisation;
  const wish = declaration !== undefined && isKind(declaration, organisationSpec.name)
    ? declaration.fields.settings?.persist_trait_data
    : undefined;
  const changes = decision?.action === "create" || decision?.action === "update";
  if (changes && wish !== undefined) return wish;
  const live = state.live.get(organisation.index)?.[0]?.row["persist_trait_data"];
  return live === undefined ? decision?.action === "create" ? true : undefined : live !== false;
}

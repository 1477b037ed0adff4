/** Checks of entities that are to be written, against what this database holds and can hold. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { anchored, checkPythonRegex } from "../flagsmith/python/regex.ts";
import { featureNameMatches } from "../flagsmith/python/regex_match.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import type { Resource } from "../graph/resource.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { identitySpec } from "../kinds/identity/spec.ts";
import { identityOverrideSpec } from "../kinds/identity_override/spec.ts";
import type { LiveRow } from "../kinds/live.ts";
import { isPermission } from "../kinds/permission/spec.ts";
import { projectSpec } from "../kinds/project/spec.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { Secret } from "../source/secret.ts";
import { checkIdentity } from "./identity_checks.ts";
import { type Known, title } from "./plan.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** Checks of what an entity that is written holds, against what this database can hold. */
export function checkWritable(
  resource: Resource,
  state: Snapshot,
  known: Known,
  diagnostics: Diagnostics,
): void {
  if (resource.kind === identitySpec.name || resource.kind === identityOverrideSpec.name) {
    checkIdentity(resource, state, known, diagnostics);
  }
  if (isPermission(resource.kind)) checkPermissionKeys(resource, state, diagnostics);
}

/** Refuses permission keys that this release of Flagsmith does not have. */
function checkPermissionKeys(resource: Resource, state: Snapshot, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  const keys: unknown = declaration === undefined
    ? undefined
    : Reflect.get(declaration.fields, "permissions");
  for (const [at, key] of (Array.isArray(keys) ? keys : []).entries()) {
    if (declaration === undefined || state.permissionKeys.has(String(key))) continue;
    diagnostics.add(
      "FP304",
      spanAt(declaration.node, ["permissions", at]),
      `This Flagsmith release has no permission "${key}"`,
      didYouMean(String(key), [...state.permissionKeys]),
    );
  }
}

/** Checks what creating an entity needs. */
export function checkCreation(
  resource: Resource,
  state: Snapshot,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const { declaration, parent } = resource;
  const lacks = declaration === undefined || declaration.policy.ensure === "absent"
    ? undefined
    : ALL_SPECS[declaration.kind].lacks?.(declaration.fields);
  if (lacks !== undefined) {
    diagnostics.add(
      "FP103",
      resource.span,
      `${title(resource)} is not there and would be created without ${lacks.what}`,
      lacks.hint,
    );
  }
  if (declaration === undefined || parent === undefined || !isKind(declaration, featureSpec.name)) return;
  const project = known.get(parent.index);
  const live = state.live.get(parent.index)?.[0]?.row["feature_name_regex"];
  const wish = parent.declaration !== undefined && isKind(parent.declaration, projectSpec.name)
    ? parent.declaration.fields.settings?.feature_name_regex
    : undefined;
  const isWritten = project?.action === "create" ||
    (project?.action === "update" && "feature_name_regex" in project.after);
  const regex = isWritten ? wish : typeof live === "string" ? live : undefined;
  if (regex === undefined || regex === "") return;
  const matches = featureNameMatches(regex, declaration.fields.name);
  if (matches === undefined) {
    const compiled = checkPythonRegex(anchored(regex));
    diagnostics.add(
      "FP157",
      resource.span,
      `${title(resource)} was not tried with the project's feature_name_regex`,
      compiled.ok
        ? `Trying ${regex} takes too many steps, or more than is known here of Python's regular expressions`
        : `Python cannot compile ${regex}: ${compiled.problem}; Flagsmith's API answers 500 when somebody makes a feature`,
    );
  }
  if (matches === false) {
    diagnostics.add(
      "FP115",
      resource.span,
      `${title(resource)} does not match the project's feature_name_regex`,
      `The project "${parent.name}" allows names that match ${regex}`,
    );
  }
}

/** Versions of live flags are begun and ended by tasks of the application; changing the column alone would lose flags. */
export function checkVersioning(resource: Resource, live: LiveRow, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined || !isKind(declaration, environmentSpec.name)) return;
  const wanted = declaration.fields.settings?.use_v2_feature_versioning;
  if (wanted === undefined || wanted === (live.row["use_v2_feature_versioning"] === true)) return;
  diagnostics.add(
    "FP304",
    resource.span,
    `${title(resource)} exists ${wanted ? "without" : "with"} feature versioning`,
    `${wanted ? "Enable" : "Disable"} it in the environment's settings in the dashboard`,
  );
}

/** Keys are replaced by `rotate` only; that a file names another one is said. */
export function warnKeyMismatch(resource: Resource, live: LiveRow, diagnostics: Diagnostics): void {
  const { declaration, kind } = resource;
  if (declaration === undefined) return;
  for (const { column, rotated, value } of ALL_SPECS[kind].unique ?? []) {
    const wanted = rotated === undefined ? undefined : value(declaration.fields);
    if (wanted === undefined) continue;
    if (live.row[column] === (wanted instanceof Secret ? wanted.reveal() : wanted)) continue;
    diagnostics.add(
      "FP350",
      resource.span,
      `${title(resource)} exists with another ${rotated} and keeps it`,
      "rotate: with any new text replaces the key",
    );
  }
}

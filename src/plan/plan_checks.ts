/** Checks of a plan that need what depends on live rows, or the options of the run. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { masterKeyPrefix } from "../flagsmith/keys.ts";
import type { Resource } from "../graph/resource.ts";
import { keysAfter } from "../kinds/feature/option_live_rows.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { externalKey, type LiveContents } from "../snapshot/contents.ts";
import type { PlannedRemoval } from "./removals.ts";
import { type Plan, title } from "./plan.ts";
import type { DatabaseState } from "../snapshot/state.ts";
import { checkOptions, optionsAfter } from "./state_checks.ts";

/** Allocations of new states and overrides name options of live features, which only the contents tell. */
export function checkAllocatedOptions(
  plan: Plan,
  contents: LiveContents,
  state: DatabaseState,
  diagnostics: Diagnostics,
): void {
  const decided = new Map(plan.decisions.map((decision) => [decision.resource, decision]));
  for (const { action, resource } of plan.decisions) {
    const feature = resource.parent;
    if (action !== "create" || feature?.kind !== "feature") continue;
    const id = state.live.get(feature.index)?.[0]?.id;
    const declared = feature.declaration !== undefined && isKind(feature.declaration, "feature")
      ? keysAfter(feature.declaration.fields.multivariate_options, [])
      : [];
    const options = typeof id === "number"
      ? optionsAfter(feature, decided.get(feature), contents.options.get(id) ?? [])
      : declared;
    checkOptions(resource, options, diagnostics);
  }
}

/** Deleting needs to be allowed; a dry run shows what it would be. */
export function checkDeletions(
  plan: Plan,
  options: { readonly allowDelete: boolean; readonly dryRun: boolean },
  diagnostics: Diagnostics,
): void {
  if (options.allowDelete || options.dryRun) return;
  for (const { action, resource } of plan.rows) {
    if (action !== "delete") continue;
    diagnostics.add(
      "FP320",
      resource.row.span,
      `The row ${resource.address} is live and would be deleted with everything that depends on it`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
  for (const { action, resource } of plan.decisions) {
    if (action !== "delete") continue;
    diagnostics.add(
      "FP320",
      resource.span,
      `${title(resource)} is live and would be deleted with everything below it`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
}

/** What others created is removed by consent only, also where a key becomes free and nothing is to be absent. */
export function checkFreedKeys(
  removal: PlannedRemoval | undefined,
  options: { readonly allowDelete: boolean; readonly dryRun: boolean },
  diagnostics: Diagnostics,
): void {
  if (options.allowDelete || options.dryRun || removal === undefined || removal.others.size === 0) return;
  const tables = [...removal.others].map(([table, ids]) => `${table} (${ids.size})`).sort().join(", ");
  for (const resource of removal.freeing) {
    diagnostics.add(
      "FP320",
      resource.span,
      `${
        title(resource)
      } takes its key from a deleted one, and what others created there would be removed: ${tables}`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
}

/** Reports chosen keys and names that rows hold already, or that two entities choose. */
export function checkTaken(
  plan: Plan,
  contents: LiveContents,
  state: DatabaseState,
  diagnostics: Diagnostics,
): void {
  const chosen = new Map<string, string>();
  const refuse = (resource: Resource, what: string, holder: string, hint?: string): void =>
    diagnostics.add("FP303", resource.span, `The ${what} is taken: ${holder} holds it`, hint);
  const once = (resource: Resource, table: string, value: string, what: string): void => {
    const other = chosen.get(`${table} ${value}`);
    if (other !== undefined) {
      diagnostics.add(
        "FP303",
        resource.span,
        `The ${what} is chosen for ${other} too`,
        "Choose another one for one of them",
      );
    }
    chosen.set(`${table} ${value}`, `${ALL_SPECS[resource.kind].label} "${resource.name}"`);
  };
  for (const decision of plan.decisions) {
    const { action, resource } = decision;
    const { declaration } = resource;
    if (declaration === undefined || (action !== "create" && action !== "update")) continue;
    const rekeyed = action === "create" || decision.rotates === true;
    const own = action === "update" ? decision.live.id : undefined;
    const named = `of ${ALL_SPECS[resource.kind].label} "${resource.name}"`;
    if (rekeyed && isKind(declaration, "environment") && declaration.fields.api_key !== undefined) {
      const { api_key: key } = declaration.fields;
      const holder = contents.takenKeys.get(key);
      if (holder !== undefined && holder.id !== own) {
        refuse(
          resource,
          `key ${named}`,
          `row ${holder.id} of environments_environment`,
          "Choose another api_key; rows that were deleted in the dashboard keep their key",
        );
      } else once(resource, "environment", key, `key ${named}`);
    }
    if (
      rekeyed && isKind(declaration, "server_side_environment_key") && declaration.fields.key !== undefined
    ) {
      const key = declaration.fields.key.reveal();
      const holder = contents.takenServerKeys.get(key);
      if (holder !== undefined && holder !== own) {
        refuse(
          resource,
          `key ${named}`,
          `row ${holder} of environments_environmentapikey`,
          "Choose another key",
        );
      } else once(resource, "server", key, `key ${named}`);
    }
    if (rekeyed && isKind(declaration, "master_api_key") && declaration.fields.key !== undefined) {
      const prefix = masterKeyPrefix(declaration.fields.key.reveal());
      if (contents.takenPrefixes.has(prefix)) {
        refuse(
          resource,
          `prefix of the key ${named}`,
          "a row of api_keys_masterapikey",
          "The first eight characters of a master API key are unique; deleted keys keep theirs",
        );
      } else once(resource, "master", prefix, `prefix of the key ${named}`);
    }
    if (
      (action === "create" || "external_id" in decision.after) && isKind(declaration, "group") &&
      declaration.fields.external_id !== undefined
    ) {
      const { external_id: externalId } = declaration.fields;
      const organisation = resource.parent === undefined
        ? undefined
        : state.live.get(resource.parent.index)?.[0]?.id;
      const holder = contents.takenExternalIds.get(externalKey(Number(organisation ?? -1), externalId));
      if (holder !== undefined && holder !== own) {
        refuse(
          resource,
          `external_id ${named}`,
          `row ${holder} of users_userpermissiongroup`,
          "Two groups of one organisation cannot map to the same group of the identity provider",
        );
      } else {
        once(resource, `external_id ${resource.parent?.index}`, externalId, `external_id ${named}`);
      }
    }
    if (
      (action === "create" || "username" in decision.after) && isKind(declaration, "user") &&
      declaration.fields.username !== undefined
    ) {
      const holder = contents.takenUsernames.get(declaration.fields.username);
      if (holder !== undefined && holder !== own) {
        refuse(
          resource,
          `username ${named}`,
          `row ${holder} of users_ffadminuser`,
          "Choose another username",
        );
      } else once(resource, "username", declaration.fields.username, `username ${named}`);
    }
  }
}

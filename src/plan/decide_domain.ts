/** What happens to the domain of the instance. Pure. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import type { DomainDecision } from "./plan.ts";
import { TOP_KINDS } from "../kinds/specs.ts";
import type { Snapshot } from "../snapshot/state.ts";

/** What a freshly migrated database says (`docs/flagsmith/projects.md#the-domain`). */
const MIGRATED_DOMAIN = "example.com";

/** Decides about `app_domain` (`docs/format.md#policies`). */
export function decideDomain(
  declaration: DomainDeclaration | undefined,
  state: Snapshot,
  diagnostics: Diagnostics,
): DomainDecision {
  if (declaration === undefined || declaration.domain === state.site) return { action: "none" };
  const { domain: wanted, policy, span } = declaration;
  const current = state.site;
  const written = state.siteEvent?.details["domain"];
  const inUse = TOP_KINDS.some((kind) => state.occupied.has(kind));
  const ours = current === undefined || written === current;
  // A set that leaves instances in use alone must not undo what a file without that policy said.
  const alike = current === undefined || state.siteEvent?.details["only_if_none"] === true;
  const free = policy.onlyIfNone
    ? (ours && alike) || (!inUse && current === MIGRATED_DOMAIN)
    : ours || current === MIGRATED_DOMAIN;
  if (free || policy.onExists === "update") {
    const holder = state.otherSites.get(wanted);
    if (holder !== undefined) {
      diagnostics.add(
        "FP303",
        span,
        `The domain is taken: row ${holder} of django_site holds it`,
        "Flagsmith uses row 1 only: change that row or remove the other one, or declare another domain",
      );
    }
    return { action: "set", from: current, to: wanted, restart: inUse, onlyIfNone: policy.onlyIfNone };
  }
  if (policy.onExists === "fail") {
    diagnostics.add("FP302", span, `The domain is "${current}" already`, "on_exists: fail was asked for");
  }
  return policy.onlyIfNone ? { action: "none" } : { action: "left", current: current ?? "", wanted };
}

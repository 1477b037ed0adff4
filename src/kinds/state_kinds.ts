/** The kinds whose rows are states of features. */
import type { KindName } from "./specs.ts";

/** True for the states of environments, and for overrides. */
export function isStateKind(kind: KindName): boolean {
  return isVersionedState(kind) || kind === "identity_override";
}

/** True for the states that versions of a flag hold. */
export function isVersionedState(kind: KindName): boolean {
  return kind === "feature_state" || isSegmentOverride(kind);
}

/** True for states whose order among those of their flag counts. */
export function isSegmentOverride(kind: KindName): boolean {
  return kind === "segment_override";
}

/**
 * New versions of live flags in versioned environments, as the REST API publishes them, without authors
 * (`docs/flagsmith/versions.md#new-versions`): the live version is copied whole, the copy is changed, then it is
 * published.
 */
import type { Id, Row } from "../flagsmith/cell.ts";
import { featureStateValueRow, featureVersionRow } from "../flagsmith/models/features.ts";
import type { VersionedState } from "./detail_rows.ts";
import { type DraftState, NO_VALUE, type RowContext, type VersionDraft } from "./rows.ts";

const VERSIONS = "feature_versioning_environmentfeatureversion";

/** A draft that is to be published at the end of the run. */
export interface OpenDraft extends VersionDraft {
  readonly row: Row;
  readonly environment: Id;
}

/** Begins a version: its row, and a copy of each state of the live one. */
export function beginVersion(
  feature: Id,
  environment: Id,
  live: readonly VersionedState[],
  context: RowContext,
): OpenDraft {
  const { batch, clock } = context;
  const uuid = context.uuid();
  const row = batch.insert(VERSIONS, {
    ...featureVersionRow({
      uuid,
      environment,
      feature,
      publishedAt: "",
      liveFrom: "",
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
    }),
    published_at: null,
    live_from: null,
  });
  batch.history(VERSIONS, row, "+", clock.tick());
  const states = new Map(
    live.map((from): [number, DraftState] => [Number(from.state["id"]), copyState(from, uuid, context)]),
  );
  return { uuid, row, states, environment };
}

/** Copies a state into a version. Shares are copied in one statement, which writes no history. */
function copyState(from: VersionedState, version: string, context: RowContext): DraftState {
  const { batch, clock } = context;
  let segment: Row | undefined;
  if (from.segment !== undefined) {
    segment = batch.insert("features_featuresegment", {
      ...from.segment,
      id: batch.newId("features_featuresegment"),
      uuid: context.uuid(),
      environment_feature_version_id: version,
    });
    batch.history("features_featuresegment", segment, "+", clock.tick());
  }
  const id = batch.newId("features_featurestate");
  const state = batch.insert("features_featurestate", {
    ...from.state,
    id,
    uuid: context.uuid(),
    created_at: clock.tick(),
    updated_at: clock.tick(),
    version: null,
    live_from: null,
    feature_segment_id: segment === undefined ? null : batch.idOf(segment),
    environment_feature_version_id: version,
    // Identities keep their variants: the seed of the bucketing is the first state of the chain.
    mv_hashing_salt: from.state["mv_hashing_salt"] ?? from.state["id"] ?? null,
  });
  batch.history("features_featurestate", state, "+", clock.tick());
  const value = batch.insert("features_featurestatevalue", {
    // A state without a value row is one without a value.
    ...featureStateValueRow({ id, state: id, value: NO_VALUE, uuid: "" }),
    ...from.value,
    id: batch.newId("features_featurestatevalue"),
    uuid: context.uuid(),
    feature_state_id: id,
  });
  batch.history("features_featurestatevalue", value, "+", clock.tick());
  const shares = [
    ...from.allocations.map((row) => ({ option: Number(row["multivariate_feature_option_id"]), row })),
    ...context.addedShares.get(Number(from.state["id"])) ?? [],
  ];
  const allocations = shares.map(({ option, row: share }) => ({
    option,
    row: batch.insert("multivariate_multivariatefeaturestatevalue", {
      ...share,
      id: batch.newId("multivariate_multivariatefeaturestatevalue"),
      uuid: context.uuid(),
      feature_state_id: id,
    }),
  }));
  return { state, value, allocations, segment };
}

/** Publishes a version: from now on its states are the ones that flags are served from. */
export function publishVersion(draft: OpenDraft, { batch, clock }: RowContext): void {
  const now = clock.tick();
  const row = batch.amend(VERSIONS, draft.row, {
    published_at: now,
    live_from: now,
    updated_at: clock.tick(),
  });
  batch.history(VERSIONS, row, "~", clock.tick());
  batch.touch(draft.environment);
}

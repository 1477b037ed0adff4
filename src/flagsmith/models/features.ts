/**
 * Rows of features, options, states, values, allocations and feature versions
 * (`docs/flagsmith/features-and-states.md`).
 */
import type { Id, Row } from "../cell.ts";
import type { Columns } from "../columns.ts";
import type { TypedValue } from "../feature_value.ts";
import type { feature_versioning_environmentfeatureversion } from "../tables/feature_versioning.ts";
import type {
  features_feature,
  features_featuresegment,
  features_featurestate,
  features_featurestatevalue,
} from "../tables/features.ts";
import type {
  multivariate_multivariatefeatureoption,
  multivariate_multivariatefeaturestatevalue,
} from "../tables/multivariate.ts";

/** `features_feature`. */
export function featureRow(values: { id: Id; name: string; project: Id; now: string; uuid: string }): Row {
  return {
    id: values.id,
    name: values.name,
    created_date: values.now,
    initial_value: null,
    description: null,
    project_id: values.project,
    default_enabled: false,
    type: "STANDARD",
    is_archived: false,
    uuid: values.uuid,
    deleted_at: null,
    is_server_key_only: false,
  } satisfies Columns<typeof features_feature>;
}

/** `multivariate_multivariatefeatureoption`. */
export function optionRow(
  values: { id: Id; feature: Id; value: TypedValue; key: string | null; percentage: number; uuid: string },
): Row {
  return {
    id: values.id,
    type: values.value.type,
    boolean_value: values.value.boolean_value,
    integer_value: values.value.integer_value,
    string_value: values.value.string_value,
    default_percentage_allocation: values.percentage,
    feature_id: values.feature,
    uuid: values.uuid,
    key: values.key,
  } satisfies Columns<typeof multivariate_multivariatefeatureoption>;
}

/** `features_featurestate`; `liveFrom` is NULL in versioned environments. */
export function featureStateRow(
  values: {
    id: Id;
    feature: Id;
    environment: Id;
    enabled: boolean;
    liveFrom: string | null;
    createdAt: string;
    updatedAt: string;
    version: string | null;
    uuid: string;
  },
): Row {
  return {
    id: values.id,
    enabled: values.enabled,
    environment_id: values.environment,
    feature_id: values.feature,
    identity_id: null,
    feature_segment_id: null,
    created_at: values.createdAt,
    live_from: values.liveFrom,
    updated_at: values.updatedAt,
    version: 1,
    change_request_id: null,
    uuid: values.uuid,
    deleted_at: null,
    environment_feature_version_id: values.version,
    mv_hashing_salt: null,
  } satisfies Columns<typeof features_featurestate>;
}

/** `features_featurestatevalue`. */
export function featureStateValueRow(values: { id: Id; state: Id; value: TypedValue; uuid: string }): Row {
  return {
    id: values.id,
    type: values.value.type,
    boolean_value: values.value.boolean_value,
    integer_value: values.value.integer_value,
    string_value: values.value.string_value,
    feature_state_id: values.state,
    uuid: values.uuid,
    deleted_at: null,
  } satisfies Columns<typeof features_featurestatevalue>;
}

/** `multivariate_multivariatefeaturestatevalue`. */
export function allocationRow(
  values: { id: Id; state: Id; option: Id; percentage: number; uuid: string },
): Row {
  return {
    id: values.id,
    percentage_allocation: values.percentage,
    feature_state_id: values.state,
    multivariate_feature_option_id: values.option,
    uuid: values.uuid,
  } satisfies Columns<typeof multivariate_multivariatefeaturestatevalue>;
}

/** `feature_versioning_environmentfeatureversion`, already published; its uuid is its primary key. */
export function featureVersionRow(
  values: {
    uuid: string;
    environment: Id;
    feature: Id;
    publishedAt: string;
    liveFrom: string;
    createdAt: string;
    updatedAt: string;
  },
): Row {
  return {
    deleted_at: null,
    uuid: values.uuid,
    description: null,
    created_at: values.createdAt,
    updated_at: values.updatedAt,
    published_at: values.publishedAt,
    live_from: values.liveFrom,
    change_request_id: null,
    created_by_id: null,
    environment_id: values.environment,
    feature_id: values.feature,
    published_by_id: null,
    created_by_api_key_id: null,
    published_by_api_key_id: null,
    pipeline_stage_id: null,
    phased_rollout_state_id: null,
  } satisfies Columns<typeof feature_versioning_environmentfeatureversion>;
}

/**
 * `features_featuresegment`; the deprecated columns are always the same
 * (`docs/flagsmith/features-and-states.md#segment-overrides`).
 */
export function featureSegmentRow(
  values: {
    id: Id;
    feature: Id;
    segment: Id;
    environment: Id;
    priority: number;
    version: string | null;
    uuid: string;
  },
): Row {
  return {
    id: values.id,
    priority: values.priority,
    feature_id: values.feature,
    segment_id: values.segment,
    enabled: false,
    value: null,
    value_type: null,
    environment_id: values.environment,
    uuid: values.uuid,
    environment_feature_version_id: values.version,
  } satisfies Columns<typeof features_featuresegment>;
}

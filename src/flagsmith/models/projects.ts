/** Rows of projects, environments and segments (`docs/flagsmith/projects.md`). */
import type { Id, Row } from "../cell.ts";
import type { Columns } from "../columns.ts";
import type { TraitValue } from "../feature_value.ts";
import type {
  environments_environment,
  environments_environmentapikey,
  environments_identity,
  environments_trait,
} from "../tables/environments.ts";
import type { feature_dependencies_segmentflagreference } from "../tables/feature_dependencies.ts";
import type { projects_project } from "../tables/projects.ts";
import type { segments_condition, segments_segment, segments_segmentrule } from "../tables/segments.ts";
import type { tags_tag } from "../tables/tags.ts";

/** `projects_project`. */
export function projectRow(
  values: { id: Id; name: string; organisation: Id; now: string; uuid: string },
): Row {
  return {
    id: values.id,
    name: values.name,
    created_date: values.now,
    organisation_id: values.organisation,
    hide_disabled_flags: false,
    enable_dynamo_db: false,
    uuid: values.uuid,
    prevent_flag_defaults: false,
    enable_realtime_updates: false,
    only_allow_lower_case_feature_names: true,
    feature_name_regex: null,
    deleted_at: null,
    max_features_allowed: 1000,
    max_segments_allowed: 500,
    max_segment_overrides_allowed: 2000,
    identity_overrides_v2_migration_status: "NOT_STARTED",
    stale_flags_limit_days: 30,
    edge_v2_migration_read_capacity_budget: null,
    minimum_change_request_approvals: null,
    enforce_feature_owners: false,
  } satisfies Columns<typeof projects_project>;
}

/** `environments_environment`; `updatedAt` is taken before `now`, as the application does. */
export function environmentRow(
  values: { id: Id; name: string; project: Id; apiKey: string; updatedAt: string; now: string; uuid: string },
): Row {
  return {
    id: values.id,
    name: values.name,
    created_date: values.now,
    api_key: values.apiKey,
    project_id: values.project,
    webhook_url: null,
    webhooks_enabled: false,
    minimum_change_request_approvals: null,
    allow_client_traits: true,
    description: null,
    updated_at: values.updatedAt,
    banner_colour: null,
    banner_text: null,
    deleted_at: null,
    hide_disabled_flags: null,
    use_mv_v2_evaluation: true,
    hide_sensitive_data: false,
    use_v2_feature_versioning: false,
    use_identity_overrides_in_local_eval: true,
    is_creating: false,
    uuid: values.uuid,
    first_evaluated_at: null,
    first_evaluated_sdk_label: null,
  } satisfies Columns<typeof environments_environment>;
}

/** `segments_segment` as first inserted: `version_of_id` is set by a second save. */
export function segmentRow(
  values: {
    id: Id;
    name: string;
    project: Id;
    createdAt: string;
    updatedAt: string;
    uuid: string;
    rulesData: unknown;
  },
): Row {
  return {
    id: values.id,
    name: values.name,
    description: null,
    project_id: values.project,
    uuid: values.uuid,
    feature_id: null,
    deleted_at: null,
    version: 1,
    version_of_id: null,
    created_at: values.createdAt,
    updated_at: values.updatedAt,
    change_request_id: null,
    is_system_segment: false,
    managed_by: "",
    rules_data: { json: values.rulesData },
  } satisfies Columns<typeof segments_segment>;
}

/** `segments_segmentrule`: exactly one of segment and rule is its parent. */
export function segmentRuleRow(
  values: {
    id: Id;
    type: string;
    segment: Id | null;
    rule: Id | null;
    createdAt: string;
    updatedAt: string;
    uuid: string;
  },
): Row {
  return {
    id: values.id,
    type: values.type,
    rule_id: values.rule,
    segment_id: values.segment,
    uuid: values.uuid,
    deleted_at: null,
    created_at: values.createdAt,
    updated_at: values.updatedAt,
  } satisfies Columns<typeof segments_segmentrule>;
}

/** `segments_condition`. */
export function conditionRow(
  values: {
    id: Id;
    rule: Id;
    operator: string;
    property: string | null;
    value: string | null;
    description: string | null;
    createdAt: string;
    updatedAt: string;
    uuid: string;
  },
): Row {
  return {
    id: values.id,
    operator: values.operator,
    property: values.property,
    value: values.value,
    rule_id: values.rule,
    uuid: values.uuid,
    description: values.description,
    created_with_segment: false,
    deleted_at: null,
    created_at: values.createdAt,
    updated_at: values.updatedAt,
  } satisfies Columns<typeof segments_condition>;
}

/** The index of conditions on flags, which Flagsmith keeps since 2.274.0. */
export const FLAG_REFERENCES = "feature_dependencies_segmentflagreference";

/** A row of it, as the serializer of segments writes it; the models alone write none. */
export function flagReferenceRow(
  values: { id: Id; conditionPath: string; feature: Id; segment: Id },
): Row {
  return {
    id: values.id,
    condition_json_path: values.conditionPath,
    prerequisite_feature_id: values.feature,
    segment_id: values.segment,
  } satisfies Columns<typeof feature_dependencies_segmentflagreference>;
}

/** `tags_tag`. */
export function tagRow(values: { id: Id; label: string; project: Id; uuid: string }): Row {
  return {
    id: values.id,
    label: values.label,
    color: "#6837FC",
    description: null,
    project_id: values.project,
    uuid: values.uuid,
    is_permanent: false,
    is_system_tag: false,
    type: "NONE",
  } satisfies Columns<typeof tags_tag>;
}

/** `environments_environmentapikey`. */
export function serverKeyRow(
  values: { id: Id; key: string; name: string; environment: Id; now: string },
): Row {
  return {
    id: values.id,
    key: values.key,
    created_at: values.now,
    name: values.name,
    expires_at: null,
    active: true,
    environment_id: values.environment,
  } satisfies Columns<typeof environments_environmentapikey>;
}

/** `environments_identity` (`docs/flagsmith/identities.md#identities-and-traits`). */
export function identityRow(values: { id: Id; identifier: string; environment: Id; now: string }): Row {
  return {
    id: values.id,
    identifier: values.identifier,
    created_date: values.now,
    environment_id: values.environment,
    system_traits: { json: {} },
  } satisfies Columns<typeof environments_identity>;
}

/** `environments_trait`. */
export function traitRow(
  values: { id: Id; key: string; value: TraitValue; identity: Id; now: string; updatedAt: string },
): Row {
  return {
    id: values.id,
    trait_key: values.key,
    value_type: values.value.value_type,
    boolean_value: values.value.boolean_value,
    integer_value: values.value.integer_value,
    string_value: values.value.string_value,
    float_value: values.value.float_value,
    created_date: values.now,
    identity_id: values.identity,
    updated_at: values.updatedAt,
  } satisfies Columns<typeof environments_trait, "updated_at">;
}

/**
 * Rows of users, organisations, memberships, subscriptions, groups and master keys (`docs/flagsmith/organisations.md`).
 */
import type { Id, Row } from "../cell.ts";
import type { Columns } from "../columns.ts";
import type { api_keys_masterapikey } from "../tables/api_keys.ts";
import type {
  organisations_organisation,
  organisations_subscription,
  organisations_userorganisation,
} from "../tables/organisations.ts";
import type {
  users_ffadminuser,
  users_userpermissiongroup,
  users_userpermissiongroup_users,
} from "../tables/users.ts";

/** `users_ffadminuser` as `create_user` writes it; `password` is the encoded form. */
export function userRow(values: { id: Id; email: string; password: string; now: string; uuid: string }): Row {
  return {
    id: values.id,
    password: values.password,
    last_login: null,
    is_superuser: false,
    username: null,
    first_name: "",
    last_name: "",
    email: values.email,
    is_staff: false,
    is_active: true,
    date_joined: values.now,
    google_user_id: null,
    github_user_id: null,
    marketing_consent_given: true,
    sign_up_type: null,
    uuid: values.uuid,
    onboarding_data: null,
  } satisfies Columns<typeof users_ffadminuser>;
}

/** `organisations_organisation`. */
export function organisationRow(values: { id: Id; name: string; now: string; uuid: string }): Row {
  return {
    id: values.id,
    name: values.name,
    has_requested_features: false,
    webhook_notification_email: null,
    created_date: values.now,
    alerted_over_plan_limit: false,
    stop_serving_flags: false,
    persist_trait_data: true,
    block_access_to_admin: false,
    feature_analytics: false,
    restrict_project_create_to_admin: false,
    uuid: values.uuid,
    deleted_at: null,
    force_2fa: false,
    targeting_key: null,
  } satisfies Columns<typeof organisations_organisation>;
}

/** `organisations_subscription` as the organisation's creation hook writes it. */
export function subscriptionRow(values: { id: Id; organisation: Id; uuid: string }): Row {
  return {
    id: values.id,
    subscription_id: null,
    subscription_date: null,
    plan: "free",
    organisation_id: values.organisation,
    max_seats: 1,
    cancellation_date: null,
    customer_id: null,
    notes: null,
    payment_method: null,
    max_api_calls: 50000,
    uuid: values.uuid,
    deleted_at: null,
    billing_status: null,
  } satisfies Columns<typeof organisations_subscription>;
}

/** `organisations_userorganisation`. */
export function membershipRow(
  values: { id: Id; user: Id; organisation: Id; role: string; now: string },
): Row {
  return {
    id: values.id,
    date_joined: values.now,
    role: values.role,
    organisation_id: values.organisation,
    user_id: values.user,
    is_active: true,
  } satisfies Columns<typeof organisations_userorganisation>;
}

/** `users_userpermissiongroup`. */
export function groupRow(values: { id: Id; name: string; organisation: Id }): Row {
  return {
    id: values.id,
    name: values.name,
    organisation_id: values.organisation,
    is_default: false,
    external_id: null,
    ldap_dn: null,
  } satisfies Columns<typeof users_userpermissiongroup>;
}

/** `users_userpermissiongroup_users`. */
export function groupMembershipRow(values: { id: Id; group: Id; user: Id; admin: boolean }): Row {
  return {
    id: values.id,
    userpermissiongroup_id: values.group,
    ffadminuser_id: values.user,
    group_admin: values.admin,
  } satisfies Columns<typeof users_userpermissiongroup_users>;
}

/** `api_keys_masterapikey`; the id is the prefix and the hash (`docs/flagsmith/keys.md#master-api-keys`). */
export function masterApiKeyRow(
  values: { prefix: string; hash: string; name: string; organisation: Id; now: string },
): Row {
  return {
    id: `${values.prefix}.${values.hash}`,
    prefix: values.prefix,
    hashed_key: values.hash,
    created: values.now,
    name: values.name,
    revoked: false,
    expiry_date: null,
    organisation_id: values.organisation,
    deleted_at: null,
    is_admin: true,
    created_by_id: null,
  } satisfies Columns<typeof api_keys_masterapikey>;
}

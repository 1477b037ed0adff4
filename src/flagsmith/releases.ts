/**
 * Releases of Flagsmith, as far as rows tell them apart: one table, from which follow the name of a database's release and
 * the first release that can hold a column. Found by applying the migrations of 2.274.0 one by one.
 */

/** What a migration changed in the tables that this program writes. */
interface Milestone {
  /** The first release with the migration. */
  readonly release: string;
  readonly app: string;
  /** Number of the migration; later ones of the application contain it. */
  readonly migration: string;
  /** Tables, and columns as `table.column`; none where only what the application writes has changed. */
  readonly adds: readonly string[];
}

/** Oldest first. */
const MILESTONES: readonly Milestone[] = [
  {
    release: "2.81.0",
    app: "organisations",
    migration: "0047",
    adds: ["organisations_organisation.force_2fa"],
  },
  { release: "2.81.0", app: "users", migration: "0035", adds: ["users_userpermissiongroup.ldap_dn"] },
  {
    release: "2.83.0",
    app: "organisations",
    migration: "0049",
    adds: ["organisations_subscription.billing_status"],
  },
  {
    release: "2.84.0",
    app: "environments",
    migration: "0033",
    adds: [
      "environments_environment.use_v2_feature_versioning",
      "environments_historicalenvironment.use_v2_feature_versioning",
    ],
  },
  {
    release: "2.84.0",
    app: "feature_versioning",
    migration: "0001",
    adds: [
      "feature_versioning_environmentfeatureversion",
      "feature_versioning_historicalenvironmentfeatureversion",
    ],
  },
  {
    release: "2.84.0",
    app: "features",
    migration: "0061",
    adds: [
      "features_featuresegment.environment_feature_version_id",
      "features_featurestate.environment_feature_version_id",
      "features_historicalfeaturesegment.environment_feature_version_id",
      "features_historicalfeaturestate.environment_feature_version_id",
    ],
  },
  {
    release: "2.88.0",
    app: "projects",
    migration: "0021",
    adds: ["projects_project.identity_overrides_v2_migration_status"],
  },
  {
    release: "2.89.0",
    app: "organisations",
    migration: "0050",
    adds: ["organisations_historicalsubscription"],
  },
  { release: "2.101.0", app: "organisations", migration: "0051", adds: [] },
  {
    release: "2.101.0",
    app: "projects",
    migration: "0022",
    adds: ["projects_project.stale_flags_limit_days"],
  },
  { release: "2.101.0", app: "segments", migration: "0021", adds: [] },
  {
    release: "2.101.0",
    app: "tags",
    migration: "0005",
    adds: ["tags_tag.is_permanent", "tags_tag.is_system_tag", "tags_tag.type"],
  },
  {
    release: "2.103.2",
    app: "segments",
    migration: "0022",
    adds: [
      "segments_condition.deleted_at",
      "segments_historicalcondition.deleted_at",
      "segments_segmentrule.deleted_at",
    ],
  },
  {
    release: "2.116.0",
    app: "projects",
    migration: "0024",
    adds: ["projects_project.edge_v2_migration_read_capacity_budget"],
  },
  {
    release: "2.118.0",
    app: "feature_versioning",
    migration: "0002",
    adds: [
      "feature_versioning_environmentfeatureversion.created_by_api_key_id",
      "feature_versioning_environmentfeatureversion.published_by_api_key_id",
      "feature_versioning_historicalenvironmentfeatureversion.created_by_api_key_id",
      "feature_versioning_historicalenvironmentfeatureversion.published_by_api_key_id",
    ],
  },
  {
    release: "2.127.0",
    app: "segments",
    migration: "0023",
    adds: [
      "segments_historicalsegment.version_of_id",
      "segments_historicalsegment.version",
      "segments_segment.version_of_id",
      "segments_segment.version",
    ],
  },
  {
    release: "2.127.0",
    app: "segments",
    migration: "0024",
    adds: [
      "segments_condition.created_at",
      "segments_condition.updated_at",
      "segments_historicalcondition.created_at",
      "segments_historicalcondition.updated_at",
      "segments_historicalsegment.created_at",
      "segments_historicalsegment.updated_at",
      "segments_segment.created_at",
      "segments_segment.updated_at",
      "segments_segmentrule.created_at",
      "segments_segmentrule.updated_at",
    ],
  },
  { release: "2.132.0", app: "feature_versioning", migration: "0004", adds: [] },
  { release: "2.138.0", app: "users", migration: "0037", adds: ["users_ffadminuser.uuid"] },
  {
    release: "2.140.0",
    app: "environments",
    migration: "0035",
    adds: [
      "environments_environment.use_identity_overrides_in_local_eval",
      "environments_historicalenvironment.use_identity_overrides_in_local_eval",
    ],
  },
  { release: "2.150.0", app: "organisations", migration: "0057", adds: [] },
  {
    release: "2.151.0",
    app: "environments",
    migration: "0036",
    adds: ["environments_environment.is_creating", "environments_historicalenvironment.is_creating"],
  },
  { release: "2.151.0", app: "users", migration: "0039", adds: [] },
  { release: "2.154.0", app: "tags", migration: "0007", adds: [] },
  { release: "2.155.0", app: "environments", migration: "0037", adds: ["environments_environment.uuid"] },
  {
    release: "2.155.0",
    app: "projects",
    migration: "0026",
    adds: ["projects_project.minimum_change_request_approvals"],
  },
  {
    release: "2.155.0",
    app: "segments",
    migration: "0026",
    adds: ["segments_historicalsegment.change_request_id", "segments_segment.change_request_id"],
  },
  { release: "2.160.2", app: "segments", migration: "0027", adds: ["segments_historicalsegmentrule"] },
  { release: "2.176.2", app: "users", migration: "0040", adds: [] },
  { release: "2.182.0", app: "users", migration: "0041", adds: ["users_ffadminuser.onboarding_data"] },
  {
    release: "2.186.0",
    app: "feature_versioning",
    migration: "0006",
    adds: [
      "feature_versioning_environmentfeatureversion.pipeline_stage_id",
      "feature_versioning_historicalenvironmentfeatureversion.pipeline_stage_id",
    ],
  },
  {
    release: "2.192.0",
    app: "feature_versioning",
    migration: "0007",
    adds: [
      "feature_versioning_environmentfeatureversion.phased_rollout_state_id",
      "feature_versioning_historicalenvironmentfeatureversion.phased_rollout_state_id",
    ],
  },
  {
    release: "2.192.0",
    app: "segments",
    migration: "0029",
    adds: ["segments_historicalsegment.is_system_segment", "segments_segment.is_system_segment"],
  },
  { release: "2.201.0", app: "segments", migration: "0030", adds: [] },
  { release: "2.212.1", app: "users", migration: "0045", adds: [] },
  { release: "2.219.0", app: "metadata", migration: "0002", adds: [] },
  {
    release: "2.226.0",
    app: "projects",
    migration: "0028",
    adds: ["projects_project.enforce_feature_owners"],
  },
  { release: "2.230.0", app: "projects", migration: "0029", adds: [] },
  { release: "2.233.0", app: "api_keys", migration: "0004", adds: ["api_keys_masterapikey.created_by_id"] },
  {
    release: "2.239.0",
    app: "multivariate",
    migration: "0009",
    adds: [
      "multivariate_historicalmultivariatefeatureoption.key",
      "multivariate_multivariatefeatureoption.key",
    ],
  },
  {
    release: "2.253.0",
    app: "features",
    migration: "0067",
    adds: ["features_featurestate.mv_hashing_salt", "features_historicalfeaturestate.mv_hashing_salt"],
  },
  { release: "2.254.0", app: "tags", migration: "0010", adds: [] },
  {
    release: "2.256.0",
    app: "environments",
    migration: "0038",
    adds: [
      "environments_environment.first_evaluated_at",
      "environments_environment.first_evaluated_sdk_label",
      "environments_historicalenvironment.first_evaluated_at",
      "environments_historicalenvironment.first_evaluated_sdk_label",
    ],
  },
  {
    release: "2.262.0",
    app: "organisations",
    migration: "0060",
    adds: ["organisations_organisation.targeting_key"],
  },
  { release: "2.263.0", app: "identities", migration: "0007", adds: ["environments_identity.system_traits"] },
  {
    release: "2.263.0",
    app: "segments",
    migration: "0031",
    adds: ["segments_historicalsegment.managed_by", "segments_segment.managed_by"],
  },
  {
    release: "2.263.0",
    app: "segments",
    migration: "0032",
    adds: ["segments_historicalsegment.rules_data", "segments_segment.rules_data"],
  },
  {
    release: "2.266.0",
    app: "organisations",
    migration: "0061",
    adds: ["organisations_userorganisation.is_active"],
  },
  { release: "2.269.0", app: "cohorts", migration: "0005", adds: [] },
  { release: "2.271.0", app: "experimentation", migration: "0013", adds: [] },
  { release: "2.273.0", app: "experimentation", migration: "0014", adds: [] },
  {
    release: "2.274.0",
    app: "feature_dependencies",
    migration: "0001",
    adds: ["feature_dependencies_segmentflagreference"],
  },
];

const FIRST: ReadonlyMap<string, string> = new Map(
  MILESTONES.flatMap(({ release, adds }) => adds.map((name) => [name, release] as const)),
);

/** The first release that migrations tell apart; the database of an older one is `before` it. */
export const FIRST_TOLD: string = MILESTONES[0]?.release ?? "";

/** The newest release whose migrations are known. */
export const NEWEST_KNOWN: string = MILESTONES.at(-1)?.release ?? "";

/** The first release that has a table, or a column of it (`table.column`); undefined when it is older than `FIRST_TOLD`. */
export function firstRelease(table: string, column?: string): string | undefined {
  return (column === undefined ? undefined : FIRST.get(`${table}.${column}`)) ?? FIRST.get(table);
}

/** Columns of releases to come, as far as they can be read in the source: filled where they are. */
const TO_COME: ReadonlySet<string> = new Set(["environments_trait.updated_at"]);

/** True when a database of a release must have a table, or a column of it. */
export function isExpected(table: string, column: string | undefined, level: string | undefined): boolean {
  if (column !== undefined && TO_COME.has(`${table}.${column}`)) return false;
  const names = column === undefined ? [table] : [table, `${table}.${column}`];
  return names.every((name) => {
    const first = FIRST.get(name);
    return first === undefined || (level !== undefined && compareReleases(level, first) >= 0);
  });
}

/**
 * The newest release whose migrations a database has, a lower bound of its own: the release is not stored there. Takes the
 * name of the latest migration of each application; undefined before the first one known.
 */
export function releaseOf(latest: Readonly<Record<string, unknown>>): string | undefined {
  return MILESTONES.findLast(({ app, migration }) => {
    const name = latest[app];
    return typeof name === "string" && name.slice(0, migration.length) >= migration;
  })?.release;
}

/** Negative, zero or positive: the order of two releases. */
export function compareReleases(a: string, b: string): number {
  const [x, y] = [a, b].map((release) => release.split(".").map(Number));
  for (const at of [0, 1, 2]) {
    const difference = (x?.[at] ?? 0) - (y?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The first release whose engine looks at flags in conditions of segments; before, such a condition never matches. */
export const FLAGS_IN_CONDITIONS = "2.269.0";

/** The first release that refuses a segment with a condition on a flag that its project does not have. */
export const FLAGS_IN_CONDITIONS_CHECKED = "2.274.0";

/** The first release whose rows this program writes; recorded and tested from 2.100.2 on, which has the same tables. */
export const OLDEST_WRITTEN = "2.89.0";

/** What new rows hold in releases before the one named, where it is not what the row models say; oldest first. */
const FORMER_DEFAULTS: readonly {
  readonly before: string;
  readonly table: string;
  readonly columns: Readonly<Record<string, string | number | boolean>>;
}[] = [
  { before: "2.154.0", table: "tags_tag", columns: { color: "" } },
  { before: "2.176.2", table: "users_ffadminuser", columns: { marketing_consent_given: false } },
  {
    before: "2.230.0",
    table: "projects_project",
    columns: { max_features_allowed: 400, max_segments_allowed: 100, max_segment_overrides_allowed: 100 },
  },
];

/** What a database of an older release writes into new rows of a table instead of what the row models say. */
export function formerDefaults(
  table: string,
  level: string | undefined,
): Readonly<Record<string, string | number | boolean>> {
  const former = FORMER_DEFAULTS.filter((entry) => entry.table === table && isOlder(level, entry.before));
  return Object.assign({}, ...former.map(({ columns }) => columns));
}

/** Iterations of the default hasher: Django 5.2 from 2.212.1 on, 4.2 from 2.138.2 on (told by the next migration), 3.2 before. */
export function passwordIterations(level: string | undefined): number {
  return isOlder(level, "2.140.0") ? 260_000 : isOlder(level, "2.212.1") ? 600_000 : 1_000_000;
}

function isOlder(level: string | undefined, release: string): boolean {
  return level === undefined || compareReleases(level, release) < 0;
}

/** Answers whether a live schema has a table, or a column of it. */
export type HasColumn = (table: string, column?: string) => boolean;

/** How a release saves what its tables alone do not tell, decided by the tables that came with the change. */
export interface SavingHabits {
  /** A new segment gets a second history row, of the save that points `version_of` at itself: 2.127.0 to 2.160.1. */
  readonly segmentsAreSavedTwice: boolean;
  /** Rules and conditions of segments are deleted for good before 2.103.2. */
  readonly rulesAreSoftDeleted: boolean;
  /** A soft deletion writes a history row of the change before the one of the deletion: before 2.160.2. */
  readonly softDeletionsAreSavedFirst: boolean;
}

/** The habits of the release that a schema belongs to. */
export function savingHabits(has: HasColumn): SavingHabits {
  const hasRuleHistory = has("segments_historicalsegmentrule");
  return {
    segmentsAreSavedTwice: has("segments_segment", "version_of_id") && !hasRuleHistory,
    rulesAreSoftDeleted: has("segments_segmentrule", "deleted_at"),
    softDeletionsAreSavedFirst: !hasRuleHistory,
  };
}

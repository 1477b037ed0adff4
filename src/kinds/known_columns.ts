/** Which columns the tool fills, per table: what the schema check compares the live columns with. */
import type { KindName } from "./specs.ts";
import { HISTORY, historyRow } from "../flagsmith/history.ts";
import * as features from "../flagsmith/models/features.ts";
import * as organisations from "../flagsmith/models/organisations.ts";
import * as projects from "../flagsmith/models/projects.ts";
import type { Row } from "../flagsmith/cell.ts";
import { LIVE_TABLES } from "./tables.ts";
import { PERMISSION_TABLES } from "./permission/live.ts";

/** Rights of a user or a group on an object (`contract.md` 1.10); those on organisations have no `admin`. */
const PERMISSION_SAMPLES: Readonly<Record<string, Row>> = Object.fromEntries(
  Object.entries(PERMISSION_TABLES).map(([sort, { table }]) => {
    const [holder = "", object = ""] = sort.split("_");
    const admin = object === "organisation" ? {} : { admin: false };
    return [table, { id: 0, ...admin, [`${object}_id`]: 0, [`${holder}_id`]: 0 }];
  }),
);

const value = { type: "unicode", boolean_value: null, integer_value: null, string_value: null } as const;
const now = "";
const uuid = "";

/** A sample of each table's row; only the names of its columns matter. */
const SAMPLES: Readonly<Record<string, Row>> = {
  users_ffadminuser: organisations.userRow({ id: 0, email: "", password: "", now, uuid }),
  organisations_organisation: organisations.organisationRow({ id: 0, name: "", now, uuid }),
  organisations_subscription: organisations.subscriptionRow({ id: 0, organisation: 0, uuid }),
  organisations_userorganisation: organisations.membershipRow({
    id: 0,
    user: 0,
    organisation: 0,
    role: "",
    now,
  }),
  users_userpermissiongroup: organisations.groupRow({ id: 0, name: "", organisation: 0 }),
  users_userpermissiongroup_users: organisations.groupMembershipRow({
    id: 0,
    group: 0,
    user: 0,
    admin: false,
  }),
  api_keys_masterapikey: organisations.masterApiKeyRow({
    prefix: "",
    hash: "",
    name: "",
    organisation: 0,
    now,
  }),
  projects_project: projects.projectRow({ id: 0, name: "", organisation: 0, now, uuid }),
  environments_environment: projects.environmentRow({
    id: 0,
    name: "",
    project: 0,
    apiKey: "",
    updatedAt: now,
    now,
    uuid,
  }),
  tags_tag: projects.tagRow({ id: 0, label: "", project: 0, uuid }),
  environments_environmentapikey: projects.serverKeyRow({ id: 0, key: "", name: "", environment: 0, now }),
  environments_identity: projects.identityRow({ id: 0, identifier: "", environment: 0, now }),
  environments_trait: projects.traitRow({
    id: 0,
    key: "",
    value: {
      value_type: "unicode",
      boolean_value: null,
      integer_value: null,
      string_value: null,
      float_value: null,
    },
    identity: 0,
    now,
    updatedAt: now,
  }),
  segments_segment: projects.segmentRow({
    id: 0,
    name: "",
    project: 0,
    createdAt: now,
    updatedAt: now,
    uuid,
    rulesData: null,
  }),
  segments_segmentrule: projects.segmentRuleRow({
    id: 0,
    type: "",
    segment: 0,
    rule: null,
    createdAt: now,
    updatedAt: now,
    uuid,
  }),
  segments_condition: projects.conditionRow({
    id: 0,
    rule: 0,
    operator: "",
    property: null,
    value: null,
    description: null,
    createdAt: now,
    updatedAt: now,
    uuid,
  }),
  [projects.FLAG_REFERENCES]: projects.flagReferenceRow({ id: 0, conditionPath: "", feature: 0, segment: 0 }),
  features_feature: features.featureRow({ id: 0, name: "", project: 0, now, uuid }),
  multivariate_multivariatefeatureoption: features.optionRow({
    id: 0,
    feature: 0,
    value,
    key: null,
    percentage: 0,
    uuid,
  }),
  features_featurestate: features.featureStateRow({
    id: 0,
    feature: 0,
    environment: 0,
    enabled: false,
    liveFrom: null,
    createdAt: now,
    updatedAt: now,
    version: null,
    uuid,
  }),
  features_featuresegment: features.featureSegmentRow({
    id: 0,
    feature: 0,
    segment: 0,
    environment: 0,
    priority: 0,
    version: null,
    uuid,
  }),
  features_featurestatevalue: features.featureStateValueRow({ id: 0, state: 0, value, uuid }),
  multivariate_multivariatefeaturestatevalue: features.allocationRow({
    id: 0,
    state: 0,
    option: 0,
    percentage: 0,
    uuid,
  }),
  feature_versioning_environmentfeatureversion: features.featureVersionRow({
    uuid,
    environment: 0,
    feature: 0,
    publishedAt: now,
    liveFrom: now,
    createdAt: now,
    updatedAt: now,
  }),
  ...PERMISSION_SAMPLES,
};

/** The columns of a table that this tool writes; undefined for tables of which it writes links only. */
export function columnsWritten(table: string): readonly string[] | undefined {
  const sample = SAMPLES[table];
  return sample === undefined ? undefined : Object.keys(sample);
}

/** A row as creating an entity without further wishes writes it, but for ids, names, keys and times; undefined as above. */
export function plainRow(table: string): Row | undefined {
  return SAMPLES[table];
}

/** Table → columns that inserting fills, for the tables that entities of these kinds are written to. */
export function knownColumns(kinds: ReadonlySet<KindName>): ReadonlyMap<string, readonly string[]> {
  const wanted = new Set([...kinds].flatMap((kind) => LIVE_TABLES[kind].writes));
  const known = new Map<string, readonly string[]>();
  for (const [table, sample] of Object.entries(SAMPLES)) {
    if (wanted.has(table)) known.set(table, Object.keys(sample));
    const history = HISTORY[table];
    if (history !== undefined && wanted.has(history.table)) {
      known.set(history.table, Object.keys(historyRow(history, sample, "+", now, 0)));
    }
  }
  return known;
}

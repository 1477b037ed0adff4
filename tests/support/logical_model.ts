/**
 * What an instance means, read off its rows alone: each entity at its address, with the values that a file can declare. Made
 * without the code that plans, so that a plan can be compared with what became of the instance.
 */
import { encodePart } from "../../src/kinds/address.ts";
import type { Dump, Json, Row } from "./dump.ts";

/** Address in small letters → field in the words of a file → value. */
export type Model = ReadonlyMap<string, Readonly<Record<string, Json>>>;

/** Columns that nobody declares: keys, and what a save moves. */
const UNDECLARED =
  /^(id|uuid|(?!external_id$|subscription_id$|customer_id$).*_id|created|created_date|created_at|updated_at|updated|last_modified|deleted_at|last_login|password|date_joined|prefix|hashed_key|rules_data|is_creating|live_from|version|mv_hashing_salt)$/;

/** Names of columns in the words of a file, where they differ. */
const FIELDS: Readonly<Record<string, string>> = {
  "environments_environment.use_mv_v2_evaluation": "use_identity_composite_key_for_hashing",
  "api_keys_masterapikey.expiry_date": "expires_at",
  "organisations_subscription.max_seats": "seats",
  "organisations_subscription.max_api_calls": "api_calls",
};

/** Reads the model off a dump. `options` are the ids of options whose shares count in states: those of both sides. */
export function modelOf(dump: Dump, options: ReadonlySet<Json>): Model {
  const model = new Map<string, Record<string, Json>>();
  const rows = (table: string): readonly Row[] =>
    (dump.get(table) ?? []).filter((row) => (row["deleted_at"] ?? null) === null);
  const indexes = new Map<string, ReadonlyMap<Json | undefined, readonly Row[]>>();
  const by = (table: string, column: string, value: Json | undefined): readonly Row[] => {
    const at = `${table}.${column}`;
    const index = indexes.get(at) ?? Map.groupBy(rows(table), (row) => row[column]);
    indexes.set(at, index);
    return index.get(value) ?? [];
  };
  const one = (table: string, id: Json | undefined): Row | undefined => by(table, "id", id)[0];
  const put = (address: string, table: string, row: Row, more: Readonly<Record<string, Json>> = {}): void => {
    const own = Object.entries(row).filter(([column]) => !UNDECLARED.test(column)).map(([column, value]) => [
      FIELDS[`${table}.${column}`] ?? column,
      value,
    ]);
    model.set(address.toLowerCase(), { ...Object.fromEntries(own), ...more });
  };
  /** The path of a row's parent with a name of its own; undefined below what was deleted. */
  const path = (table: string, id: Json | undefined): string | undefined => {
    const row = one(table, id);
    if (row === undefined) return undefined;
    const name = part(row["name"]);
    const above = table === "projects_project"
      ? path("organisations_organisation", row["organisation_id"])
      : table === "organisations_organisation"
      ? ""
      : path("projects_project", row["project_id"]);
    return above === undefined ? undefined : above === "" ? name : `${above}/${name}`;
  };
  const email = (id: Json | undefined): string => String(one("users_ffadminuser", id)?.["email"] ?? "");
  const emails = (ids: readonly (Json | undefined)[]): readonly string[] => ids.map(email).sort();

  for (const user of rows("users_ffadminuser")) put(`user:${part(user["email"])}`, "users_ffadminuser", user);
  for (const row of rows("organisations_organisation")) {
    put(`organisation:${part(row["name"])}`, "organisations_organisation", row);
  }
  for (const row of rows("organisations_subscription")) {
    const above = path("organisations_organisation", row["organisation_id"]);
    if (above !== undefined) put(`subscription:${above}`, "organisations_subscription", row);
  }
  for (const row of rows("organisations_userorganisation")) {
    const above = path("organisations_organisation", row["organisation_id"]);
    if (above === undefined) continue;
    put(`member:${above}/${part(email(row["user_id"]))}`, "organisations_userorganisation", row);
  }
  for (const row of rows("users_userpermissiongroup")) {
    const above = path("organisations_organisation", row["organisation_id"]);
    if (above === undefined) continue;
    const links = by("users_userpermissiongroup_users", "userpermissiongroup_id", row["id"]);
    put(`group:${above}/${part(row["name"])}`, "users_userpermissiongroup", row, {
      members: Object.fromEntries(
        links.map((link) => [email(link["ffadminuser_id"]), { group_admin: link["group_admin"] ?? false }]),
      ),
    });
  }
  for (const row of rows("api_keys_masterapikey")) {
    const above = path("organisations_organisation", row["organisation_id"]);
    if (above !== undefined) {
      put(`master_api_key:${above}/${part(row["name"])}`, "api_keys_masterapikey", row);
    }
  }
  for (const row of rows("projects_project")) {
    const own = path("projects_project", row["id"]);
    if (own !== undefined) put(`project:${own}`, "projects_project", row);
  }
  const below = (
    kind: string,
    table: string,
    name: string,
    more: (row: Row) => Record<string, Json>,
  ): void => {
    for (const row of rows(table)) {
      const above = path("projects_project", row["project_id"]);
      if (above !== undefined) put(`${kind}:${above}/${part(row[name])}`, table, row, more(row));
    }
  };
  below("tag", "tags_tag", "label", () => ({}));
  below("environment", "environments_environment", "name", () => ({}));
  below("feature", "features_feature", "name", (row) => {
    const links = (table: string): readonly Row[] => by(table, "feature_id", row["id"]);
    const listed = by("multivariate_multivariatefeatureoption", "feature_id", row["id"]);
    return {
      tags: links("features_feature_tags").map((l) => String(one("tags_tag", l["tag_id"])?.["label"])).sort(),
      owners: emails(links("features_feature_owners").map((l) => l["ffadminuser_id"])),
      group_owners: links("features_feature_group_owners").map((l) =>
        String(one("users_userpermissiongroup", l["userpermissiongroup_id"])?.["name"])
      ).sort(),
      multivariate_options: Object.fromEntries(listed.map((option, at) => [
        typeof option["key"] === "string" ? option["key"] : String(at + 1),
        [valueOf(option, "type"), option["default_percentage_allocation"] ?? null],
      ])),
      // With options a flag is multivariate, whatever else is said.
      ...(listed.length > 0 ? { type: "MULTIVARIATE" } : {}),
    };
  });
  for (const row of rows("segments_segment")) {
    const above = path("projects_project", row["project_id"]);
    if (above === undefined || row["version_of_id"] !== row["id"]) continue;
    put(`segment:${above}/${part(row["name"])}`, "segments_segment", row, {
      feature: one("features_feature", row["feature_id"])?.["name"] ?? null,
      rules: by("segments_segmentrule", "segment_id", row["id"]).map((rule) => ruleTree(rule, by)),
    });
  }
  for (
    const [table, kind, name] of [
      ["environments_environmentapikey", "server_side_environment_key", "name"],
      ["environments_identity", "identity", "identifier"],
    ] as const
  ) {
    for (const row of rows(table)) {
      const above = path("environments_environment", row["environment_id"]);
      if (above === undefined) continue;
      const traits = by("environments_trait", "identity_id", row["id"]);
      put(
        // An identity of another identifier is another one.
        `${kind}:${above}/${kind === "identity" ? encodePart(String(row[name])) : part(row[name])}`,
        table,
        row,
        kind !== "identity" ? {} : {
          traits: Object.fromEntries(
            traits.map((t) => [String(t["trait_key"]), valueOf(t, "value_type")]),
          ),
        },
      );
    }
  }
  putRights(dump, put, path, email);

  for (const state of liveStates(dump, rows)) {
    const environment = one("environments_environment", state["environment_id"]);
    const feature = path("features_feature", state["feature_id"]);
    if (environment === undefined || feature === undefined) continue;
    const segment = by("features_featuresegment", "id", state["feature_segment_id"])[0];
    const at = `${feature}/${part(environment["name"])}`;
    const [value] = by("features_featurestatevalue", "feature_state_id", state["id"]);
    const shares = by("multivariate_multivariatefeaturestatevalue", "feature_state_id", state["id"]).filter((
      share,
    ) => options.has(share["multivariate_feature_option_id"] ?? null));
    const fields = {
      enabled: state["enabled"] ?? null,
      value: value === undefined ? null : valueOf(value, "type"),
      multivariate: Object.fromEntries(
        shares.map((s) => [String(s["multivariate_feature_option_id"]), s["percentage_allocation"] ?? null]),
      ),
    };
    if ((state["identity_id"] ?? null) !== null) {
      const identity = one("environments_identity", state["identity_id"]);
      model.set(
        `identity_override:${at}/${encodePart(String(identity?.["identifier"]))}`.toLowerCase(),
        fields,
      );
    } else if (segment !== undefined) {
      const name = part(one("segments_segment", segment["segment_id"])?.["name"]);
      model.set(`segment_override:${at}/${name}`.toLowerCase(), {
        ...fields,
        priority: segment["priority"] ?? null,
      });
    } else model.set(`feature_state:${at}`.toLowerCase(), fields);
  }
  return model;
}

/** Names that somebody changed end in `~`; a plan calls the entity as the file does. */
function part(name: Json | undefined): string {
  return encodePart(String(name ?? "").replaceAll("~", ""));
}

function valueOf(row: Row, type: string): Json {
  const column = { int: "integer_value", bool: "boolean_value", float: "float_value" }[String(row[type])] ??
    "string_value";
  return row[column] ?? null;
}

function ruleTree(
  rule: Row,
  by: (table: string, column: string, value: Json | undefined) => readonly Row[],
): Json {
  return {
    type: rule["type"] ?? null,
    rules: by("segments_segmentrule", "rule_id", rule["id"]).map((r) => ruleTree(r, by)),
    conditions: by("segments_condition", "rule_id", rule["id"]).map((c) => [
      c["property"] ?? null,
      c["operator"] ?? null,
      c["value"] ?? null,
      c["description"] ?? null,
    ]),
  };
}

/** The rights of users and groups, by tables whose names say holder and object. */
function putRights(
  dump: Dump,
  put: (address: string, table: string, row: Row, more: Readonly<Record<string, Json>>) => void,
  path: (table: string, id: Json | undefined) => string | undefined,
  email: (id: Json | undefined) => string,
): void {
  const objects = {
    organisation_id: "organisations_organisation",
    project_id: "projects_project",
    environment_id: "environments_environment",
  };
  for (const [table, rows] of dump) {
    const [sample] = rows;
    if (sample === undefined || !/permission/.test(table) || "permissionmodel_id" in sample) continue;
    const [column, object] = Object.entries(objects).find(([name]) => name in sample) ?? [];
    if (column === undefined || object === undefined || "name" in sample) continue;
    const holder = "user_id" in sample ? "user" : "group";
    const [links, owner] = [...dump].flatMap(([name, [link]]) => {
      const key = Object.keys(link ?? {}).find((k) => k === ownerColumn(table));
      return link !== undefined && key !== undefined && "permissionmodel_id" in link
        ? [[name, key] as const]
        : [];
    })[0] ?? [];
    for (const row of rows) {
      const above = path(object, row[column]);
      if (above === undefined) continue;
      const groups = dump.get("users_userpermissiongroup") ?? [];
      const who = holder === "user"
        ? email(row["user_id"])
        : groups.find((group) => group["id"] === row["group_id"])?.["name"];
      const keys = (links === undefined ? [] : dump.get(links) ?? []).filter((link) =>
        link[owner ?? ""] === row["id"]
      ).map((link) => String(link["permissionmodel_id"])).sort();
      const kind = `${holder}_${column.replace("_id", "")}_permission`;
      put(`${kind}:${above}/${part(who)}`, table, row, { permissions: keys });
    }
  }
}

/** The column by which links point to a table of rights (`docs/flagsmith/organisations.md#permissions`). */
function ownerColumn(table: string): string {
  const names: Readonly<Record<string, string>> = {
    organisation_permissions_userorganisationpermission: "userorganisationpermission_id",
    organisation_permissions_userpermissiongrouporganisationperbee4:
      "userpermissiongrouporganisationpermission_id",
    projects_userprojectpermission: "userprojectpermission_id",
    projects_userpermissiongroupprojectpermission: "userpermissiongroupprojectpermission_id",
    environments_userenvironmentpermission: "userenvironmentpermission_id",
    environments_userpermissiongroupenvironmentpermission: "userpermissiongroupenvironmentpermission_id",
  };
  return names[table] ?? "";
}

/** The states that flags are served from (`docs/flagsmith/versions.md#the-live-state`). */
function liveStates(dump: Dump, rows: (table: string) => readonly Row[]): readonly Row[] {
  const versioned = new Set(
    rows("environments_environment").filter((e) => e["use_v2_feature_versioning"] === true).map((e) =>
      e["id"]
    ),
  );
  const newest = (list: readonly Row[], ...columns: readonly string[]): Row | undefined => {
    const rank = (row: Row): string => columns.map((c) => sortable(String(row[c] ?? ""))).join(" ");
    return list.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0];
  };
  const versions = Map.groupBy(
    (dump.get("feature_versioning_environmentfeatureversion") ?? []).filter((v) =>
      (v["deleted_at"] ?? null) === null && (v["published_at"] ?? null) !== null
    ),
    (v) => `${v["environment_id"]} ${v["feature_id"]}`,
  );
  const current = new Set(
    [...versions.values()].map((list) => newest(list, "live_from", "created_at")?.["uuid"]),
  );
  const states = rows("features_featurestate").filter((state) =>
    (state["identity_id"] ?? null) !== null ||
    (versioned.has(state["environment_id"])
      ? current.has(state["environment_feature_version_id"])
      : (state["environment_feature_version_id"] ?? null) === null && state["version"] !== null)
  );
  const groups = Map.groupBy(
    states,
    (s) => ["feature_id", "environment_id", "feature_segment_id", "identity_id"].map((c) => s[c]).join(" "),
  );
  return [...groups.values()].flatMap((list) => {
    const state = newest(list, "live_from", "version");
    return state === undefined ? [] : [state];
  });
}

/** Text whose order is that of the numbers or times it shows: `row_to_json` drops trailing zeros of a fraction. */
function sortable(text: string): string {
  const [, whole, fraction = ""] = /^(\d{4}-.*?)(?:\.(\d+))?\+00:00$/.exec(text) ?? [];
  return whole === undefined ? text.padStart(40, "0") : `${whole}.${fraction.padEnd(6, "0")}`;
}

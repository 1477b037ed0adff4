/** What a run did, read off the rows alone, in the words of a plan: made without the tool's own tables and reports. */
import { encodePart } from "../../src/kinds/address.ts";
import { modelOf } from "./logical_model.ts";
import { diffDumps, type Dump, type Json, type Row, type UpdatedRow } from "./dump.ts";

/** One entity and what happened to it, as `plan --format json` says it. */
export interface PlanJson {
  readonly changes: boolean;
  readonly actions: readonly {
    readonly action: "create" | "update" | "adopt" | "delete" | "skip";
    readonly kind: string;
    readonly name: string;
    readonly parent?: string;
    readonly address: string;
    readonly changes?: readonly {
      readonly field: string;
      readonly from?: Json;
      readonly to?: Json;
      readonly secret?: boolean;
    }[];
  }[];
  readonly domain?: { readonly from: Json; readonly to: Json };
  readonly rows_deleted: Readonly<Record<string, number>>;
}

/** What happened, by `kind name in parent`. */
export interface Happened {
  readonly created: readonly string[];
  readonly updated: Readonly<Record<string, Readonly<Record<string, readonly [Json, Json]>>>>;
  readonly domain: readonly [Json, Json] | undefined;
  readonly deleted: Readonly<Record<string, number>>;
}

type Lookup = (table: string, id: Json | undefined) => Row;

/** Tables whose rows are entities: kind, own name, name of the parent. */
const ENTITIES: Readonly<
  Record<
    string,
    (
      row: Row,
      find: Lookup,
    ) => readonly [kind: string, name: Json | undefined, parent?: Json | undefined] | undefined
  >
> = {
  users_ffadminuser: (row) => ["user", row["email"]],
  organisations_organisation: (row) => ["organisation", row["name"]],
  organisations_userorganisation: (row, find) => [
    "member",
    find("users_ffadminuser", row["user_id"])["email"],
    find("organisations_organisation", row["organisation_id"])["name"],
  ],
  users_userpermissiongroup: (row, find) => [
    "group",
    row["name"],
    find("organisations_organisation", row["organisation_id"])["name"],
  ],
  api_keys_masterapikey: (row, find) => [
    "master_api_key",
    row["name"],
    find("organisations_organisation", row["organisation_id"])["name"],
  ],
  projects_project: (row, find) => [
    "project",
    row["name"],
    find("organisations_organisation", row["organisation_id"])["name"],
  ],
  tags_tag: (
    row,
    find,
  ) => ["tag", row["label"], find("projects_project", row["project_id"])["name"]],
  environments_environment: (row, find) => [
    "environment",
    row["name"],
    find("projects_project", row["project_id"])["name"],
  ],
  environments_environmentapikey: (row, find) => [
    "server_side_environment_key",
    row["name"],
    find("environments_environment", row["environment_id"])["name"],
  ],
  environments_identity: (row, find) => [
    "identity",
    row["identifier"],
    find("environments_environment", row["environment_id"])["name"],
  ],
  segments_segment: (row, find) =>
    row["version_of_id"] === row["id"]
      ? ["segment", row["name"], find("projects_project", row["project_id"])["name"]]
      : undefined,
  features_feature: (
    row,
    find,
  ) => ["feature", row["name"], find("projects_project", row["project_id"])["name"]],
  features_featurestate: stateEntity,
};

function stateEntity(row: Row, find: Lookup): readonly [string, Json | undefined, Json | undefined] {
  const environment = find("environments_environment", row["environment_id"])["name"];
  const feature = find("features_feature", row["feature_id"])["name"];
  if (row["identity_id"] !== null) {
    const { identifier } = find("environments_identity", row["identity_id"]);
    return ["identity_override", `${environment}/${identifier}`, feature];
  }
  if (row["feature_segment_id"] !== null) {
    const segment = find(
      "segments_segment",
      find("features_featuresegment", row["feature_segment_id"])["segment_id"],
    );
    return ["segment_override", `${environment}/${segment["name"]}`, feature];
  }
  return ["feature_state", environment, feature];
}

/** Holder and object of permissions, by a part of the table's name. */
function permissionEntity(
  table: string,
  row: Row,
  find: Lookup,
): readonly [string, Json | undefined, Json | undefined] | undefined {
  if (!/permission/.test(table) || !("admin" in row || "organisation_id" in row) || "name" in row) {
    return undefined;
  }
  const holder = "user_id" in row ? ["user", find("users_ffadminuser", row["user_id"])["email"]] as const : [
    "group",
    find("users_userpermissiongroup", row["group_id"])["name"],
  ] as const;
  for (
    const [column, parent] of [["organisation_id", "organisations_organisation"], [
      "project_id",
      "projects_project",
    ], ["environment_id", "environments_environment"]] as const
  ) {
    if (column in row) {
      return [
        `${holder[0]}_${column.replace("_id", "")}_permission`,
        holder[1],
        find(parent, row[column])["name"],
      ];
    }
  }
  return undefined;
}

/** Names of columns in the words of the file, where they differ. */
const FIELDS: Readonly<Record<string, string>> = {
  "segments_segment.rules_data": "rules",
  "environments_environment.use_mv_v2_evaluation": "use_identity_composite_key_for_hashing",
  "api_keys_masterapikey.expiry_date": "expires_at",
};

const SEATS: Readonly<Record<string, string>> = { max_seats: "seats", max_api_calls: "api_calls" };

/** Follows `is_superuser`, and is named only where it changes alone. */
const TWIN = "is_staff";

/** Columns that a save moves and nobody declares. */
const MOVED = ["updated_at", "last_modified", "updated"];

/** Reads off two dumps what a run did; throws on a change that no plan could have named. */
export function happened(before: Dump, after: Dump): Happened {
  const diff = diffDumps(before, after);
  const index = new Map<string, Map<Json | undefined, Row>>();
  const find: Lookup = (table, id) => {
    const known = index.get(table) ??
      new Map([...before.get(table) ?? [], ...after.get(table) ?? []].map((row) => [row["id"], row]));
    index.set(table, known);
    return known.get(id) ?? {};
  };
  const nameOf = (table: string, row: Row): string | undefined => {
    const entity = ENTITIES[table]?.(row, find) ?? permissionEntity(table, row, find);
    return entity === undefined ? undefined : words(...entity);
  };
  const created = [...diff.inserted].flatMap(([table, rows]) =>
    rows.flatMap((row) => {
      const name = nameOf(table, row);
      return name === undefined || name.startsWith("feature_state ") ? [] : [name];
    })
  );
  const updated: Record<string, Record<string, readonly [Json, Json]>> = {};
  const put = (entity: string, field: string, from: Json, to: Json): void => {
    updated[entity] = { ...updated[entity], [field]: [from, to] };
  };
  let domain: readonly [Json, Json] | undefined;
  const shares: [Row, Json][] = (diff.inserted.get(ALLOCATIONS) ?? []).filter((row) =>
    (before.get("features_featurestate") ?? []).some(({ id }) => id === row["feature_state_id"])
  ).map((row) => [row, null]);
  for (const [table, rows] of diff.updated) {
    for (const row of rows) {
      const columns = row.columns.filter((column) =>
        !MOVED.includes(column) && !(column === TWIN && row.columns.includes("is_superuser"))
      );
      if (columns.length === 0) continue;
      if (table === "django_site") domain = [row.before["domain"] ?? null, row.after["domain"] ?? null];
      else if (table === "features_featurestatevalue") {
        const state = find("features_featurestate", row.after["feature_state_id"]);
        put(nameOf("features_featurestate", state) ?? "", "value", typed(row.before), typed(row.after));
      } else if (table === ALLOCATIONS) {
        const { percentage_allocation: from } = row.before;
        shares.push([row.after, from ?? null]);
      } else if (table === "organisations_subscription") {
        const { name } = find("organisations_organisation", row.after["organisation_id"]);
        for (const column of columns) {
          put(
            words("subscription", "", name),
            SEATS[column] ?? column,
            row.before[column] ?? null,
            row.after[column] ?? null,
          );
        }
      } else {
        const name = nameOf(table, row.after);
        if (name === undefined) {
          throw new Error(`${table} changed ${columns.join(", ")}, which no plan can name`);
        }
        for (const column of columns) putColumn(table, name, column, row, put);
      }
    }
  }
  for (const [state, group] of Map.groupBy(shares, ([row]) => row["feature_state_id"])) {
    const name = nameOf("features_featurestate", find("features_featurestate", state)) ?? "";
    const [from, to] = sharesOf(group.map(([row, old]) => [old, row["percentage_allocation"] ?? null]));
    put(name, "multivariate", from, to);
  }
  return { created: created.sort(), updated, domain, deleted: countsOf(diff.deleted) };
}

const ALLOCATIONS = "multivariate_multivariatefeaturestatevalue";

/** Old and new shares of options, without naming the options: a file may name them by key or by position. */
function sharesOf(pairs: readonly (readonly [Json, Json])[]): readonly [Json, Json] {
  const changed = pairs.filter(([from, to]) => from !== to).sort((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
  );
  return [changed.map(([from]) => from), changed.map(([, to]) => to)];
}

function putColumn(
  table: string,
  name: string,
  column: string,
  row: UpdatedRow,
  put: (entity: string, field: string, from: Json, to: Json) => void,
): void {
  put(name, FIELDS[`${table}.${column}`] ?? column, row.before[column] ?? null, row.after[column] ?? null);
}

function countsOf(deleted: Dump): Readonly<Record<string, number>> {
  return Object.fromEntries([...deleted].map(([table, rows]) => [table, rows.length] as const).sort());
}

function typed(row: Row): Json {
  const column = { int: "integer_value", bool: "boolean_value" }[String(row["type"])] ?? "string_value";
  return row[column] ?? null;
}

/** Names that somebody changed end in `~`; a plan calls the entity as the file does. */
function words(kind: string, name: Json | undefined, parent?: Json | undefined): string {
  return `${kind} ${String(name ?? "")}${parent === undefined ? "" : ` in ${parent}`}`.toLowerCase()
    .replaceAll("~", "");
}

/** What a plan says will happen, in the same form. */
export function foretold(plan: PlanJson): Happened {
  const created: string[] = [];
  const updated: Record<string, Record<string, readonly [Json, Json]>> = {};
  for (const { action, kind, name, parent, changes } of plan.actions) {
    const entity = words(kind, name, parent);
    if (action === "create") {
      // These always exist: they are changes of rows that their owner brings along.
      if (kind !== "feature_state" && kind !== "subscription") created.push(entity);
    }
    if (action === "update") {
      updated[entity] = Object.fromEntries((changes ?? []).map((c) => {
        const [from, to] = [c.from ?? null, c.to ?? null];
        if (c.field !== "multivariate" || !Array.isArray(from) || !Array.isArray(to)) {
          return [c.field, [from, to]];
        }
        const share = (list: readonly Json[], at: number): Json =>
          Object(list[at])["percentage_allocation"] ?? null;
        return [c.field, sharesOf(to.map((_, at) => [share(from, at), share(to, at)]))];
      }));
    }
  }
  return {
    created: created.sort(),
    updated,
    domain: plan.domain === undefined ? undefined : [plan.domain.from, plan.domain.to],
    deleted: plan.rows_deleted,
  };
}

/** Fields of which a plan shows the whole, in a form of its own: that they change is compared, not from what to what. */
const BY_NAME = ["rules", "multivariate_options", "multivariate", "expires_at"];
/** Fields of addresses: a plan spells those that come as the file does. */
const ADDRESSES = ["owners", "members"];
/** Fields that are mappings, of which a plan shows what changes. */
const PARTS = ["traits", "members"];

/** What became of the entities of an instance: addresses that are new, and fields that changed, by address. */
export interface Became {
  readonly created: readonly string[];
  readonly updated: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** Reads off two dumps what became of the entities, links, rules, versions and all. */
export function became(before: Dump, after: Dump): Became {
  const ids = (dump: Dump): readonly Json[] =>
    (dump.get("multivariate_multivariatefeatureoption") ?? []).map((row) => row["id"] ?? null);
  const both = new Set(ids(before).filter((id) => ids(after).includes(id)));
  const [was, is] = [modelOf(before, both), modelOf(after, both)];
  const updated: Record<string, Record<string, Json>> = {};
  for (const [address, fields] of is) {
    const old = was.get(address);
    if (old === undefined) continue;
    const changed = Object.entries(fields).filter(([field, to]) =>
      JSON.stringify(sorted(old[field] ?? null)) !== JSON.stringify(sorted(to))
    );
    const leads = changed.some(([field]) => field === "is_superuser");
    const changes = changed.filter(([field]) => !(field === TWIN && leads)).map((
      [field, to],
    ) => [field, shown(field, old[field] ?? null, to)]);
    if (changes.length > 0) updated[address] = Object.fromEntries(changes);
  }
  // These always exist: they are changes of rows that their owner brings along.
  const created = [...is.keys()].filter((address) =>
    !was.has(address) && !/^(feature_state|subscription):/.test(address)
  );
  return { created: created.sort(), updated };
}

/**
 * Without what comes along by itself, of which cannot be told from the rows whether a file declares it, too: the shares of
 * states whose flag gets another option, and the groups of new members, who join the default ones.
 */
export function withoutImplied({ created, updated }: Became): Became {
  const flags = Object.entries(updated).filter(([address, fields]) =>
    address.startsWith("feature:") && "multivariate_options" in fields
  ).map(([address]) => `${address.slice("feature:".length)}/`);
  const rest = Object.entries(updated).map(([address, fields]): [string, Readonly<Record<string, Json>>] => {
    const { multivariate: _shares, ...others } = fields;
    const path = address.slice(address.indexOf(":") + 1);
    if (address.startsWith("group:")) return [address, withoutNewMembers(path, fields, created)];
    return [address, flags.some((flag) => path.startsWith(flag)) ? others : fields];
  });
  return {
    created,
    updated: Object.fromEntries(rest.filter(([, fields]) => Object.keys(fields).length > 0)),
  };
}

function withoutNewMembers(
  path: string,
  fields: Readonly<Record<string, Json>>,
  created: readonly string[],
): Readonly<Record<string, Json>> {
  const { members, ...others } = fields;
  if (!Array.isArray(members)) return fields;
  const organisation = path.slice(0, path.indexOf("/"));
  const isNew = (email: string): boolean =>
    created.includes(`member:${organisation}/${encodePart(email).toLowerCase()}`);
  const rest = members.map((side: Json) =>
    Object.fromEntries(Object.entries<Json>(Object(side)).filter(([email]) => !isNew(email)))
  );
  return rest.every((side) => Object.keys(side).length === 0) ? others : { ...others, members: rest };
}

/** What a plan says of the same. */
export function saidToBecome(plan: PlanJson): Became {
  const created = plan.actions.filter(({ action, kind }) =>
    action === "create" && kind !== "feature_state" && kind !== "subscription"
  ).map(({ address }) => named(address));
  const updated = plan.actions.filter(({ action }) => action === "update").map(({ address, changes }) => [
    named(address),
    Object.fromEntries((changes ?? []).map((c) => [
      c.field,
      BY_NAME.includes(c.field)
        ? null
        : c.secret === true
        ? "secret"
        : spelled(c.field, [sorted(c.from ?? null), sorted(c.to ?? null)]),
    ])),
  ]);
  return { created: created.sort(), updated: Object.fromEntries(updated) };
}

/**
 * What became of entities, with the words of a plan for a new order of segment overrides: rows show a priority, a plan shows
 * the names in their order.
 */
export function withOrders({ created, updated }: Became, said: Became): Became {
  const rest = Object.entries(updated).map(([address, fields]) => {
    const { priority, ...others } = fields;
    const order = said.updated[address]?.["order"];
    const isOrder = priority !== undefined && order !== undefined &&
      said.updated[address]?.["priority"] === undefined;
    return [address, isOrder ? { ...others, order } : fields] as const;
  });
  return { created, updated: Object.fromEntries(rest) };
}

function named(address: string): string {
  return address.replaceAll("~", "").toLowerCase();
}

function shown(field: string, from: Json, to: Json): Json {
  if (BY_NAME.includes(field)) return null;
  if (!PARTS.includes(field)) return spelled(field, [sorted(from), sorted(to)]);
  // Keys are anybody's: "constructor" is one.
  const [old, now] = [from, to].map((value) => new Map(Object.entries<Json>(Object(value))));
  const keys = [...new Set([...old?.keys() ?? [], ...now?.keys() ?? []])].filter((key) =>
    JSON.stringify(old?.get(key)) !== JSON.stringify(now?.get(key))
  );
  const part = (of: ReadonlyMap<string, Json> | undefined): Json =>
    Object.fromEntries([...of ?? []].filter(([key]) => keys.includes(key)));
  return spelled(field, [sorted(part(old)), sorted(part(now))]);
}

function spelled(field: string, [from, to]: readonly [Json, Json]): Json {
  if (!ADDRESSES.includes(field)) return [from, to];
  return [from, to].map((value) => {
    const small: Json = JSON.parse(JSON.stringify(value).toLowerCase());
    return Array.isArray(small) ? small.toSorted() : sorted(small);
  });
}

/** The same value with the keys of mappings in order. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort().map(([key, inner]) => [key, sorted(inner)]));
}

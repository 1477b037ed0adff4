/** Where live rows of the kind are, and which columns its fields declare. */
import { list, sql } from "../../database/statement.ts";
import { exactEmailKey } from "../../flagsmith/email.ts";
import { linksChange, linksOf, liveLinks } from "../link_live_rows.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { liveOptions, optionChanges, optionsChange, optionsOf } from "./option_live_rows.ts";
import type { FeatureFields } from "./spec.ts";

/**
 * List of the file → link table, its column, and what that leads to
 * (`docs/flagsmith/features-and-states.md#links-of-a-feature`).
 */
export const LINKS = [
  {
    list: "tags",
    table: "features_feature_tags",
    column: "tag_id",
    to: { table: "tags_tag", name: "label" },
  },
  {
    list: "owners",
    table: "features_feature_owners",
    column: "ffadminuser_id",
    to: { table: "users_ffadminuser", name: "email" },
  },
  {
    list: "group_owners",
    table: "features_feature_group_owners",
    column: "userpermissiongroup_id",
    to: { table: "users_userpermissiongroup", name: "name" },
  },
] as const;

const OPTION = "multivariate_multivariatefeatureoption";

/** Live rows of the kind. */
export const featureLive: TableMapping<FeatureFields> = {
  table: "features_feature",
  match: { columns: [{ column: "name" }], ignoresCase: true },
  indexed: true,
  parentColumn: "project_id",
  live: [NOT_DELETED],
  primaryKey: "id",
  identity: idAndUuid,
  writes: [
    "features_feature",
    "features_historicalfeature",
    "multivariate_multivariatefeatureoption",
    "multivariate_historicalmultivariatefeatureoption",
    "multivariate_historicalmultivariatefeaturestatevalue",
    "features_feature_tags",
    "features_feature_owners",
    "features_feature_group_owners",
    ...STATE_TABLES,
  ],
  removes: [
    ...LINKS.map(({ table }) => table),
    "multivariate_multivariatefeatureoption",
    "multivariate_multivariatefeaturestatevalue",
  ],
  extra: (table) => {
    const links = LINKS.map(({ list, table: link, column, to }) =>
      sql`${list}, ${linksOf(table, link, "feature_id", column, to)}`
    );
    return sql`json_build_object(${list(links)}, 'options', ${optionsOf(table)})`;
  },
  differs: (fields, live, target) => [
    ...optionsChange(fields.multivariate_options, live.extra),
    ...LINKS.flatMap(({ list }) => {
      const names = fields[list];
      if (names === undefined) return [];
      const targets = names.map((_name, at) => target(`${list}.${at}`));
      const same = list === "owners" ? exactEmailKey : undefined;
      return linksChange(list, { names, targets }, liveLinks(live.extra, list), same);
    }),
  ],
  takes: (fields, live) =>
    optionChanges(fields.multivariate_options, liveOptions(live.extra)).flatMap((change) =>
      change.action === "remove" ? [{ table: OPTION, id: Number(change.live["id"]) }] : []
    ),
  columns: (fields) => ({
    // With options a feature is multivariate, whatever else is said.
    type: (fields.multivariate_options ?? []).length > 0 ? undefined : fields.type,
    description: fields.description,
    default_enabled: fields.default_enabled,
    initial_value: fields.initial_value,
    is_archived: fields.is_archived,
    is_server_key_only: fields.is_server_key_only,
  }),
};

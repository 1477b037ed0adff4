/** Where live rows of the kind are, and which columns its fields declare. */
import { list, sql } from "../../database/statement.ts";
import { emailKey } from "../../flagsmith/email.ts";
import {
  changeWords,
  countChanges,
  countedField,
  linkChanges,
  linksOf,
  liveLinks,
  namesChange,
} from "../link_live_rows.ts";
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
  extra: (table) => {
    const links = LINKS.map(({ list, table: link, column, to }) =>
      sql`${list}, ${linksOf(table, link, "feature_id", column, to)}`
    );
    return sql`json_build_object(${list(links)}, 'options', ${optionsOf(table)})`;
  },
  differs: (fields, live, target) => {
    const changes = optionChanges(fields.multivariate_options, liveOptions(live.extra));
    const options = changeWords("multivariate_options", countChanges(changes));
    const links = LINKS.flatMap(({ list }) => {
      const wanted = fields[list]?.map((_name, at) => target(`${list}.${at}`));
      if (wanted === undefined) return [];
      const { added, removed } = linkChanges(wanted, liveLinks(live.extra, list));
      return changeWords(list, { added: added.length, removed: removed.length }) ?? [];
    });
    return options === undefined ? links : [options, ...links];
  },
  relatedChange: (fields, live, words) => {
    const field = countedField(words);
    if (field === "multivariate_options") return optionsChange(fields.multivariate_options, live.extra);
    const link = LINKS.find(({ list }) => list === field);
    return link && namesChange(
      fields[link.list] ?? [],
      liveLinks(live.extra, link.list),
      link.list === "owners" ? emailKey : undefined,
    );
  },
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

/** Reads the rows that depend on live entities which a run changes; nothing is asked when nothing is needed. */
import { ids } from "../database/render.ts";
import { type Fragment, query, sql, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { isNotDeleted } from "../database/unindexed.ts";
import { isKind } from "../declarations/declaration.ts";
import { type Cell, rowOfJson } from "../flagsmith/cell.ts";
import { FLAG_REFERENCES } from "../flagsmith/models/projects.ts";
import type { LiveDetails, LiveRule, VersionedState } from "../kinds/detail_rows.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { liveOptions, optionChanges } from "../kinds/feature/option_live_rows.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { segmentSpec } from "../kinds/segment/spec.ts";
import { segmentOverrideSpec } from "../kinds/segment_override/spec.ts";
import { isVersionedState } from "../kinds/state_kinds.ts";
import type { Look } from "./look.ts";
import { stateKey } from "../kinds/rows.ts";
import { IS_PUBLISHED, NEWEST_VERSION } from "../kinds/state_live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import type { Work } from "./work.ts";
import type { Snapshot } from "./state.ts";

/** What to read, by live id. */
export interface DetailNeeds {
  /** Features that get options. */
  readonly growing: readonly number[];
  /** Options that go. */
  readonly leaving: readonly number[];
  /** Segments whose rules change. */
  readonly segments: readonly number[];
  /** Feature and versioned environment of flags that change. */
  readonly flags: readonly (readonly [feature: number, environment: number])[];
  /** Features that get overrides whose priority is chosen. */
  readonly ranked: readonly number[];
}

/** No details. */
export const NO_DETAILS: LiveDetails = {
  defaultStates: new Map(),
  defaultShares: new Map(),
  shares: new Map(),
  rules: new Map(),
  flagReferences: new Map(),
  contentTypes: new Map(),
  overrides: new Map(),
  versions: new Map(),
};

/** Finds out what changing the entities of a plan needs. */
export function detailNeeds(work: readonly Work[], state: Snapshot): DetailNeeds {
  const growing = new Set<number>();
  const leaving = new Set<number>();
  const segments = new Set<number>();
  const flags = new Map<string, readonly [number, number]>();
  const ranked = new Set<number>();
  const flag = (feature: Cell | undefined, environment: Cell | undefined): void => {
    if (typeof feature !== "number" || typeof environment !== "number") return;
    flags.set(stateKey(feature, environment), [feature, environment]);
  };
  for (const decision of work) {
    const { action, resource } = decision;
    const { declaration } = resource;
    if (declaration === undefined) continue;
    if (action === "update" && isKind(declaration, featureSpec.name)) {
      for (
        const change of optionChanges(
          declaration.fields.multivariate_options,
          liveOptions(decision.live.extra),
        )
      ) {
        if (change.action === "add") growing.add(Number(decision.live.id));
        if (change.action === "remove") leaving.add(Number(change.live["id"]));
      }
    } else if (action === "update" && resource.kind === segmentSpec.name && "rules_data" in decision.after) {
      segments.add(Number(decision.live.id));
    } else if (isVersionedState(resource.kind)) {
      if (action === "update" || action === "delete") {
        if (stateExtra(decision.live).versioned) {
          flag(decision.live.row["feature_id"], decision.live.row["environment_id"]);
        }
      } else if (action === "create") {
        const environment = resource.references.get(environmentSpec.name);
        const live = environment === undefined ? undefined : state.live.get(environment.index)?.[0];
        const feature = resource.parent === undefined
          ? undefined
          : state.live.get(resource.parent.index)?.[0];
        if (live?.row["use_v2_feature_versioning"] === true) flag(feature?.id, live.id);
        const chosen = isKind(declaration, segmentOverrideSpec.name) &&
          declaration.fields.priority !== undefined;
        if (chosen && typeof feature?.id === "number") ranked.add(feature.id);
      }
    }
  }
  return {
    growing: [...growing],
    leaving: [...leaving],
    segments: [...segments],
    flags: [...flags.values()],
    ranked: [...ranked],
  };
}

/** True when there is something to read. */
export function needsDetails(needs: DetailNeeds): boolean {
  return Object.values(needs).some((list) => list.length > 0);
}

const NO_ROWS = query`SELECT NULL::int4 AS id WHERE false`;

/** How many statements `detailStatements` gives, whatever the needs. */
export const DETAIL_STATEMENTS = 7;

/** The statements; `readDetails` takes their answers. */
export function detailStatements(
  { growing, leaving, segments, flags, ranked }: DetailNeeds,
  { catalog, from: table }: Look,
): readonly Statement[] {
  // Rules and conditions are deleted for good before 2.103.2.
  const live = (row: string, name: string): Fragment =>
    catalog.tables.get(name)?.has("deleted_at") === true ? isNotDeleted(row) : sql`true`;
  return [
    growing.length === 0
      ? NO_ROWS
      : query`SELECT t.feature_id, t.id, (SELECT e.name FROM ${
        table("environments_environment")
      } e WHERE e.id = t.environment_id) AS "at", (SELECT json_agg(json_build_array(m.multivariate_feature_option_id, m.percentage_allocation)) FROM ${
        table("multivariate_multivariatefeaturestatevalue")
      } m WHERE m.feature_state_id = t.id) AS shares FROM ${
        table("features_featurestate")
      } t WHERE t.feature_id = ANY(${
        ids(growing)
      }) AND t.identity_id IS NULL AND t.feature_segment_id IS NULL AND ${isNotDeleted("t")} ORDER BY t.id`,
    leaving.length === 0
      ? NO_ROWS
      : query`SELECT t.multivariate_feature_option_id AS option, row_to_json(t.*) AS row FROM ${
        table("multivariate_multivariatefeaturestatevalue")
      } t WHERE t.multivariate_feature_option_id = ANY(${ids(leaving)}) ORDER BY t.id`,
    segments.length === 0
      ? NO_ROWS
      : query`WITH RECURSIVE r AS (SELECT t.segment_id AS owner, t.* FROM ${table("segments_segmentrule")} t
  WHERE t.segment_id = ANY(${ids(segments)}) AND ${live("t", "segments_segmentrule")}
  UNION ALL SELECT r.owner, t.* FROM r JOIN ${table("segments_segmentrule")} t ON t.rule_id = r.id AND ${
        live("t", "segments_segmentrule")
      })
SELECT r.owner, row_to_json(r.*)::jsonb - 'owner' AS row, (SELECT json_agg(row_to_json(c.*) ORDER BY c.id) FROM ${
        table("segments_condition")
      } c WHERE c.rule_id = r.id AND ${live("c", "segments_condition")}) AS conditions FROM r ORDER BY r.id`,
    segments.length === 0
      ? NO_ROWS
      : query`SELECT t.id, t.app_label || '.' || t.model AS name FROM ${
        table("django_content_type")
      } t WHERE t.app_label = 'segments'`,
    segments.length === 0 || !catalog.tables.has(FLAG_REFERENCES)
      ? NO_ROWS
      : query`SELECT t.segment_id, row_to_json(t.*) AS row FROM ${
        table(FLAG_REFERENCES)
      } t WHERE t.segment_id = ANY(${ids(segments)}) ORDER BY t.id`,
    flags.length === 0 ? NO_ROWS : query`SELECT w.f, w.e, row_to_json(t.*) AS state, row_to_json(s.*) AS link,
  (SELECT row_to_json(x.*) FROM ${
      table("features_featurestatevalue")
    } x WHERE x.feature_state_id = t.id) AS value,
  (SELECT json_agg(row_to_json(m.*) ORDER BY m.id) FROM ${
      table("multivariate_multivariatefeaturestatevalue")
    } m WHERE m.feature_state_id = t.id) AS shares
FROM unnest(${ids(flags.map(([feature]) => feature))}, ${
      ids(flags.map(([, environment]) => environment))
    }) AS w(f, e)
JOIN LATERAL (SELECT v.uuid FROM ${table("feature_versioning_environmentfeatureversion")} v
  WHERE v.feature_id = w.f AND v.environment_id IS NOT DISTINCT FROM w.e AND ${IS_PUBLISHED}
  ORDER BY ${NEWEST_VERSION} LIMIT 1) v ON true
JOIN ${table("features_featurestate")} t ON t.environment_feature_version_id = v.uuid AND ${isNotDeleted("t")}
LEFT JOIN ${table("features_featuresegment")} s ON s.id = t.feature_segment_id ORDER BY t.id`,
    ranked.length === 0
      ? NO_ROWS
      : query`SELECT t.feature_id AS f, t.environment_id AS e, row_to_json(t.*) AS row FROM ${
        table("features_featuresegment")
      } t WHERE t.feature_id = ANY(${
        ids(ranked)
      }) AND t.environment_feature_version_id IS NULL ORDER BY t.priority, t.id`,
  ];
}

/** Reads the answers of `detailStatements`. */
export function readDetails(
  [states, shares, rules, types, flagReferences, flags, overrides]: readonly (readonly Answer[])[],
): LiveDetails {
  const grouped = <T>(
    answer: readonly Answer[] | undefined,
    key: string,
    read: (row: Answer) => T,
  ): ReadonlyMap<number, readonly T[]> =>
    new Map(
      [...Map.groupBy(answer ?? [], (row) => Number(row[key]))].map(([id, list]) => [id, list.map(read)]),
    );
  return {
    defaultStates: grouped(states, "feature_id", (row) => Number(row["id"])),
    defaultShares: grouped(states, "feature_id", (row) => ({
      state: Number(row["id"]),
      environment: String(row["at"]),
      shares: (Array.isArray(row["shares"]) ? row["shares"] : []).map((
        share: readonly unknown[],
      ) => [Number(share[0]), Number(share[1])] as const),
    })),
    flagReferences: grouped(flagReferences, "segment_id", (row) => rowOfJson(row["row"])),
    shares: grouped(shares, "option", (row) => rowOfJson(row["row"])),
    rules: new Map(
      [...Map.groupBy(rules ?? [], (row) => Number(row["owner"]))].map((
        [segment, list],
      ) => [segment, ruleTrees(list)]),
    ),
    contentTypes: new Map((types ?? []).map((row) => [String(row["name"]), Number(row["id"])])),
    overrides: new Map(
      [...Map.groupBy(overrides ?? [], (row) => stateKey(Number(row["f"]), Number(row["e"])))].map((
        [key, list],
      ) => [key, list.map((row) => rowOfJson(row["row"]))]),
    ),
    versions: new Map(
      [...Map.groupBy(flags ?? [], (row) => stateKey(Number(row["f"]), Number(row["e"])))].map((
        [key, list],
      ) => [key, list.map(versionedState)]),
    ),
  };
}

function versionedState(row: Answer): VersionedState {
  const { shares } = row;
  return {
    state: rowOfJson(row["state"]),
    value: rowOfJson(row["value"]),
    allocations: (Array.isArray(shares) ? shares : []).map(rowOfJson),
    segment: row["link"] === null ? undefined : rowOfJson(row["link"]),
  };
}

function ruleTrees(answer: readonly Answer[]): readonly LiveRule[] {
  const rows = answer.map((line) => ({
    row: rowOfJson(line["row"]),
    conditions: (Array.isArray(line["conditions"]) ? line["conditions"] : []).map(rowOfJson),
  }));
  const below = (parent: Cell): readonly LiveRule[] =>
    rows.filter(({ row }) => (row["rule_id"] ?? null) === parent).map(({ row, conditions }) => ({
      row,
      conditions,
      rules: below(row["id"] ?? 0),
    }));
  return below(null);
}

/** Which live flags depend on which, by overrides for segments with conditions on flags. */
import { texts } from "../database/render.ts";
import { query, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { FLAG_REFERENCES } from "../flagsmith/models/projects.ts";
import type { Graph } from "../graph/resource.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { segmentSpec } from "../kinds/segment/spec.ts";
import { isSegmentOverride } from "../kinds/state_kinds.ts";
import type { Look } from "./look.ts";

/** Live rows are called `live 5`, by their id. */
export interface FlagDependencies {
  /** Segment → flags that its conditions ask for. */
  readonly segments: ReadonlyMap<string, readonly string[]>;
  /** Overrides, live or scheduled, for these segments and for those whose rules may change: environment, flag, segment. */
  readonly overrides: readonly (readonly [environment: string, feature: string, segment: string])[];
  /** What these are called: `environment live 5` or `feature live 5` → name. */
  readonly names: ReadonlyMap<string, string>;
}

/** The statement, for a graph that may make a flag depend on another; of nothing for others and for older releases. */
export function flagDependenciesStatement(graph: Graph, { catalog, from: name }: Look): Statement {
  const isAsked = catalog.tables.has(FLAG_REFERENCES) &&
    graph.resources.some(({ kind, declaration, mentions }) =>
      declaration !== undefined && (mentions.size > 0 || isSegmentOverride(kind))
    );
  if (!isAsked) return query`SELECT 1 WHERE false`;
  const versions = name("feature_versioning_environmentfeatureversion");
  const changing = graph.resources.flatMap((
    r,
  ) => (r.kind === segmentSpec.name && r.mentions.size > 0 ? [r.name] : []));
  return query`SELECT w.segment AS "of", (SELECT json_agg(json_build_array(f.id, f.name)) FROM ${
    name("features_feature")
  } f
    WHERE f.id IN (SELECT r.prerequisite_feature_id FROM ${
    name(FLAG_REFERENCES)
  } r WHERE r.segment_id = w.segment)) AS features,
  (SELECT json_agg(json_build_array(t.environment_id, e.name, t.feature_id, f.name)) FROM ${
    name("features_featuresegment")
  } t
    JOIN ${name("environments_environment")} e ON e.id = t.environment_id AND e.deleted_at IS NULL
    JOIN ${name("features_feature")} f ON f.id = t.feature_id AND f.deleted_at IS NULL
    WHERE t.segment_id = w.segment AND EXISTS (SELECT FROM ${name("features_featurestate")} s
      WHERE s.feature_segment_id = t.id AND s.deleted_at IS NULL)
    AND (t.environment_feature_version_id IS NULL OR EXISTS (SELECT FROM ${versions} v
      WHERE v.uuid = t.environment_feature_version_id AND v.deleted_at IS NULL AND NOT EXISTS (SELECT FROM ${versions} n
        WHERE n.feature_id = v.feature_id AND n.environment_id = v.environment_id AND n.deleted_at IS NULL
        AND n.published_at IS NOT NULL AND n.live_from <= now() AND n.live_from > v.live_from)))) AS overrides
FROM (SELECT r.segment_id AS segment FROM ${name(FLAG_REFERENCES)} r
  UNION SELECT g.id FROM ${name("segments_segment")} g WHERE g.name = ANY(${
    texts(changing)
  }) AND g.deleted_at IS NULL) w`;
}

/** Reads the answer of `flagDependenciesStatement`. */
export function readFlagDependencies(answer: readonly Answer[]): FlagDependencies {
  const list = (value: unknown): readonly (readonly unknown[])[] => (Array.isArray(value) ? value : []);
  const names = new Map<string, string>();
  const called = (kind: string, id: unknown, name: unknown): string => {
    names.set(`${kind} live ${id}`, String(name));
    return `live ${id}`;
  };
  return {
    segments: new Map(
      answer.map((row) => [
        `live ${row["of"]}`,
        list(row["features"]).map(([id, name]) => called(featureSpec.name, id, name)),
      ]),
    ),
    overrides: answer.flatMap((row) =>
      list(row["overrides"]).map(([environment, of, feature, name]) =>
        [
          called(environmentSpec.name, environment, of),
          called(featureSpec.name, feature, name),
          `live ${row["of"]}`,
        ] as const
      )
    ),
    names,
  };
}

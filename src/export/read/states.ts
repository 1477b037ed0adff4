/** The states that flags are served from, and those that are not served yet. */
import type { Catalog } from "../../database/catalog.ts";
import { type Fragment, query, sql, type Statement } from "../../database/statement.ts";
import { IS_PUBLISHED, NEWEST_VERSION, wentLive } from "../../kinds/state_live.ts";
import { qualified, type Scope } from "./scope.ts";

/** The published version of each flag that is live: the newest one (`docs/flagsmith/versions.md#the-live-state`). */
function liveVersions(catalog: Catalog, scope: Scope): Fragment {
  return sql`SELECT DISTINCT ON (v.environment_id, v.feature_id) v.uuid FROM ${
    qualified(catalog, "feature_versioning_environmentfeatureversion")
  } v
  WHERE v.environment_id = ${scope.environments} AND ${IS_PUBLISHED}
  ORDER BY v.environment_id, v.feature_id, ${NEWEST_VERSION}`;
}

/**
 * Live states with value and allocations. In versioned environments those of the live version; elsewhere the one that
 * went live last, as the application picks it (features/versioning/versioning_service.py). Identities have no versions.
 */
export function statesStatement(catalog: Catalog, scope: Scope): Statement {
  const name = (table: string): Fragment => qualified(catalog, table);
  return query`WITH lv AS MATERIALIZED (${liveVersions(catalog, scope)}),
live AS (SELECT DISTINCT ON (t.environment_id, t.feature_id, t.feature_segment_id, t.identity_id) t.id
  FROM ${name("features_featurestate")} t JOIN ${
    name("environments_environment")
  } e ON e.id = t.environment_id
  WHERE t.environment_id = ${scope.environments} AND t.feature_id = ${scope.features} AND t.deleted_at IS NULL
    AND CASE WHEN t.identity_id IS NOT NULL THEN true WHEN NOT e.use_v2_feature_versioning THEN ${
    wentLive("t")
  } AND t.environment_feature_version_id IS NULL
      ELSE t.environment_feature_version_id IN (SELECT uuid FROM lv) END
  ORDER BY t.environment_id, t.feature_id, t.feature_segment_id, t.identity_id, t.live_from DESC NULLS LAST, t.version DESC, t.id DESC)
SELECT row_to_json(t.*) AS row,
  (SELECT row_to_json(x.*) FROM ${
    name("features_featurestatevalue")
  } x WHERE x.feature_state_id = t.id) AS value,
  (SELECT json_agg(json_build_array(m.multivariate_feature_option_id, m.percentage_allocation)) FROM ${
    name("multivariate_multivariatefeaturestatevalue")
  } m
    WHERE m.feature_state_id = t.id) AS allocations
FROM live JOIN ${name("features_featurestate")} t ON t.id = live.id ORDER BY t.id`;
}

/** How many drafts and scheduled changes of flags there are. */
export function pendingStatement(catalog: Catalog, scope: Scope): Statement {
  const name = (table: string): Fragment => qualified(catalog, table);
  return query`SELECT (SELECT count(*) FROM ${name("features_featurestate")} t
    JOIN ${name("environments_environment")} e ON e.id = t.environment_id AND NOT e.use_v2_feature_versioning
    WHERE t.environment_id = ${scope.environments} AND t.feature_id = ${scope.features} AND t.deleted_at IS NULL
      AND t.identity_id IS NULL AND (${wentLive("t")}) IS NOT TRUE)
  + (SELECT count(*) FROM ${name("feature_versioning_environmentfeatureversion")} v
    JOIN ${name("environments_environment")} e ON e.id = v.environment_id AND e.use_v2_feature_versioning
    WHERE v.environment_id = ${scope.environments} AND v.feature_id = ${scope.features} AND v.deleted_at IS NULL
      AND (v.published_at IS NULL OR v.live_from > now())) AS count`;
}

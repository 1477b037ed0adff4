/** What others keep in an instance that has been in use for long: one project with many features and identities. */
import postgres from "postgres";
import { applyDocuments } from "./run_cli.ts";

/** How much of it. */
export interface Others {
  readonly features: number;
  readonly identities: number;
}

const NAMES = { organisation: "Others", project: "Large", environments: ["Development", "Production"] };

/**
 * Makes the organisation "Others" with the project "Large", its features in two environments, without overrides, and
 * identities in the first one; then has PostgreSQL gather statistics, as autovacuum would have long before.
 */
export async function addOthers(url: string, { features, identities }: Others): Promise<void> {
  await applyDocuments([{
    organisations: [{ name: NAMES.organisation }],
    projects: [{
      name: NAMES.project,
      organisation: NAMES.organisation,
      environments: NAMES.environments.map((name) => ({ name })),
      features: [{ name: "others_feature", initial_value: "value" }],
    }],
  }], { databaseUrl: url });
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`drop table provisioning_log`; // others do not use the tool
  const others = sql`select id from features_feature where name = 'others_feature'`;
  await sql`insert into features_feature select r.* from features_feature f, generate_series(2, ${features}) n,
    lateral jsonb_populate_record(f, jsonb_build_object('id', nextval('features_feature_id_seq'),
      'uuid', gen_random_uuid(), 'name', 'others_feature_' || n)) r where f.id = (${others})`;
  await sql`insert into features_featurestate select r.* from features_featurestate s, features_feature f,
    lateral jsonb_populate_record(s, jsonb_build_object('id', nextval('features_featurestate_id_seq'),
      'uuid', gen_random_uuid(), 'feature_id', f.id)) r
    where s.feature_id = (${others}) and f.name like 'others\\_feature\\_%'`;
  await sql`insert into features_featurestatevalue select r.* from features_featurestatevalue v
    join features_featurestate m on m.id = v.feature_state_id and m.feature_id = (${others})
    join features_featurestate s on s.environment_id = m.environment_id and s.id <> m.id,
    lateral jsonb_populate_record(v, jsonb_build_object('id', nextval('features_featurestatevalue_id_seq'),
      'uuid', gen_random_uuid(), 'feature_state_id', s.id)) r`;
  await sql`insert into environments_identity (identifier, created_date, environment_id, system_traits)
    select 'others_' || n, now(), e.id, '{}' from generate_series(1, ${identities}) n, environments_environment e
    join projects_project p on p.id = e.project_id
    where p.name = ${NAMES.project} and e.name = 'Development'`;
  await sql`vacuum analyze`;
  await sql.end();
}

-- Rights of a database role of its own for flagsmith-provision. Run as the owner of Flagsmith's tables, in Flagsmith's
-- database, after the migrations, and again after each upgrade of Flagsmith, which may bring new tables:
--
--     CREATE ROLE flagsmith_provision LOGIN PASSWORD '…';     -- once
--     psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f grants.sql
--     flagsmith-provision log init --database-url "$OWNER_URL" --grant flagsmith_provision
--
-- The three parts build on each other: part 1 suffices for plan, status, export and log; parts 1 and 2 for apply as long
-- as it removes nothing; part 3 is for teardown, reset and `ensure: absent`.

-- 1. Read.
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO flagsmith_provision', current_schema());
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO flagsmith_provision', current_schema());
END $$;

-- 2. Create and update. Tables that a release of Flagsmith does not have are passed over.
DO $$
DECLARE
  -- The entities, the rows that belong to each of them, and their history.
  inserted CONSTANT text[] := '{
    api_keys_masterapikey,
    environments_environment, environments_environmentapikey, environments_historicalenvironment,
    environments_identity, environments_trait,
    environments_userenvironmentpermission, environments_userenvironmentpermission_permissions,
    environments_userpermissiongroupenvironmentpermission,
    environments_userpermissiongroupenvironmentpermission_permia538,
    feature_versioning_environmentfeatureversion, feature_versioning_historicalenvironmentfeatureversion,
    features_feature, features_feature_group_owners, features_feature_owners, features_feature_tags,
    features_featuresegment, features_featurestate, features_featurestatevalue,
    features_historicalfeature, features_historicalfeaturesegment, features_historicalfeaturestate,
    features_historicalfeaturestatevalue,
    multivariate_historicalmultivariatefeatureoption, multivariate_historicalmultivariatefeaturestatevalue,
    multivariate_multivariatefeatureoption, multivariate_multivariatefeaturestatevalue,
    organisation_permissions_userorganisationpermission,
    organisation_permissions_userorganisationpermission_permissions,
    organisation_permissions_userpermissiongrouporganisationper792d,
    organisation_permissions_userpermissiongrouporganisationperbee4,
    organisations_historicalsubscription, organisations_organisation, organisations_subscription,
    organisations_userorganisation,
    projects_project, projects_userpermissiongroupprojectpermission,
    projects_userpermissiongroupprojectpermission_permissions, projects_userprojectpermission,
    projects_userprojectpermission_permissions,
    segments_condition, segments_historicalcondition, segments_historicalsegment,
    segments_historicalsegmentrule, segments_segment, segments_segmentrule,
    softdelete_changeset, softdelete_softdeleterecord,
    tags_tag, users_ffadminuser, users_userpermissiongroup, users_userpermissiongroup_users
  }';
  t text;
  s regclass;
BEGIN
  FOREACH t IN ARRAY inserted LOOP
    CONTINUE WHEN to_regclass(quote_ident(t)) IS NULL;
    EXECUTE format('GRANT INSERT ON %I TO flagsmith_provision', t);
    -- History is only appended to. Links are locked, which needs UPDATE, when another session makes the same ones.
    IF t NOT LIKE '%historical%' THEN
      EXECUTE format('GRANT UPDATE ON %I TO flagsmith_provision', t);
    END IF;
    FOR s IN SELECT d.objid::regclass FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
      WHERE d.refobjid = to_regclass(quote_ident(t)) AND d.deptype IN ('a', 'i') LOOP
      EXECUTE format('GRANT USAGE ON SEQUENCE %s TO flagsmith_provision', s);
    END LOOP;
  END LOOP;
  -- The domain of the instance.
  GRANT UPDATE ON django_site TO flagsmith_provision;
  -- Links that an update replaces, and the cached documents of environments whose flags changed.
  FOREACH t IN ARRAY '{environment-documents, features_feature_group_owners, features_feature_owners,
    features_feature_tags, environments_userenvironmentpermission_permissions,
    environments_userpermissiongroupenvironmentpermission_permia538,
    organisation_permissions_userorganisationpermission_permissions,
    organisation_permissions_userpermissiongrouporganisationper792d,
    projects_userpermissiongroupprojectpermission_permissions, projects_userprojectpermission_permissions,
    users_userpermissiongroup_users}'::text[] LOOP
    CONTINUE WHEN to_regclass(quote_ident(t)) IS NULL;
    EXECUTE format('GRANT DELETE ON %I TO flagsmith_provision', t);
  END LOOP;
END $$;

-- 3. Remove and restore: whatever refers to users and organisations, over any number of foreign keys, may be a row below
-- what is removed (DELETE), be locked meanwhile or name a removed user as its author (UPDATE), and come back (INSERT).
DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN
    WITH RECURSIVE below AS (
      SELECT unnest(ARRAY['users_ffadminuser', 'organisations_organisation', 'softdelete_changeset']::regclass[]) AS oid
      UNION SELECT k.conrelid::regclass FROM pg_constraint k JOIN below ON k.confrelid = below.oid WHERE k.contype = 'f')
    SELECT oid FROM below
  LOOP
    EXECUTE format('GRANT INSERT, DELETE ON %s TO flagsmith_provision', t);
    IF EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = t)
      OR EXISTS (SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = t AND a.attnum = ANY (k.conkey)
        WHERE k.contype = 'f' AND k.conrelid = t AND NOT a.attnotnull) THEN
      EXECUTE format('GRANT UPDATE ON %s TO flagsmith_provision', t);
    END IF;
  END LOOP;
  -- Counts of requests name their environment without a foreign key, and go with it.
  FOR t IN
    SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'environment_id'
    WHERE c.relkind IN ('r', 'p') AND c.relname LIKE 'app\_analytics\_%' AND c.relnamespace = current_schema()::regnamespace
  LOOP
    EXECUTE format('GRANT DELETE ON %s TO flagsmith_provision', t);
  END LOOP;
END $$;

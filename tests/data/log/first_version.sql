-- What the first release of the tool left: two runs that created and changed an instance of schema 2.265.0, and its log.
-- The rows below were written by it; they are loaded into that schema as they are, in one transaction.
CREATE OR REPLACE FUNCTION public.provisioning_log_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$BEGIN
  IF TG_OP = 'DELETE' AND current_setting('flagsmith_provision.prune', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'provisioning_log is append-only' USING ERRCODE = 'restrict_violation', HINT = 'Use flagsmith-provision log prune';
END$function$;
CREATE TABLE public.provisioning_log (
    seq bigint NOT NULL,
    run_id uuid NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    command text NOT NULL,
    event text NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    content_hash text,
    rows jsonb DEFAULT '{}'::jsonb NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    tool_version text NOT NULL,
    schema_release text NOT NULL,
    actor text NOT NULL,
    source text NOT NULL,
    CONSTRAINT provisioning_log_event_check CHECK ((event = ANY (ARRAY['created'::text, 'updated'::text, 'adopted'::text, 'renamed'::text, 'rotated'::text, 'deleted'::text, 'restored'::text, 'failed'::text, 'pruned'::text, 'protected'::text])))
);
COMMENT ON TABLE public.provisioning_log IS 'What flagsmith-provision did to this database, one row an action; append-only. Log version 1.';
COMMENT ON COLUMN public.provisioning_log.seq IS 'Order of the events.';
COMMENT ON COLUMN public.provisioning_log.run_id IS 'One run of the tool: all events of one transaction share it.';
COMMENT ON COLUMN public.provisioning_log.recorded_at IS 'When the event was written.';
COMMENT ON COLUMN public.provisioning_log.command IS 'The command that ran: apply, reset, teardown, adopt, log.';
COMMENT ON COLUMN public.provisioning_log.event IS 'What happened to the entity.';
COMMENT ON COLUMN public.provisioning_log.kind IS 'Kind of the entity: user, organisation, project, …';
COMMENT ON COLUMN public.provisioning_log.address IS 'Stable name of the entity: kind:Organisation/Project/Name.';
COMMENT ON COLUMN public.provisioning_log.content_hash IS 'v1: and the SHA-256 of the declared content without secrets; not unique.';
COMMENT ON COLUMN public.provisioning_log.rows IS 'Rows inserted (table: ids in ranges), the own row with its uuid or natural key, columns changed with old and new values; never a secret.';
COMMENT ON COLUMN public.provisioning_log.details IS 'What else is worth keeping: a description that Flagsmith has no column for, where the entity was declared.';
COMMENT ON COLUMN public.provisioning_log.tool_version IS 'Version of flagsmith-provision.';
COMMENT ON COLUMN public.provisioning_log.schema_release IS 'Flagsmith release that the schema belongs to, as far as its migrations tell.';
COMMENT ON COLUMN public.provisioning_log.actor IS 'Database user that ran the tool.';
COMMENT ON COLUMN public.provisioning_log.source IS 'Where the wish came from: files, preset, command.';
ALTER TABLE public.provisioning_log ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.provisioning_log_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (1, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.01336+00', 'apply', 'created', 'user', 'user:ada@example.com', 'v1:a169cd74863fcfe655d73e8b670392e3dc0858ab098f43dc28c146c102d55c04', '{"own": {"key": {"id": 1}, "uuid": "0f3750c1-c243-4820-a290-55739af62de2", "table": "users_ffadminuser"}, "inserted": {"users_ffadminuser": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (2, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013483+00', 'apply', 'created', 'organisation', 'organisation:Acme, Inc.', 'v1:cac67a6f0d72bbff6e7fc0adbaa6ea176e0ea28ddf307fafc42c4eb7161690ac', '{"own": {"key": {"id": 1}, "uuid": "42a46af9-db39-49a2-9d6c-c96f20382861", "table": "organisations_organisation"}, "inserted": {"organisations_organisation": "1", "organisations_subscription": "1", "organisations_historicalsubscription": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (3, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013489+00', 'apply', 'created', 'subscription', 'subscription:Acme, Inc.', 'v1:62fd0efcdc8510141c968e248acc4cc6bb7722699eb0bd5b1839d62e26a687b1', '{"own": {"key": {"id": 1}, "uuid": "23d66cfc-51f1-485f-922d-4e319d8d984d", "table": "organisations_subscription"}, "inserted": {"organisations_historicalsubscription": "2"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (4, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013493+00', 'apply', 'created', 'member', 'member:Acme, Inc./ada@example.com', 'v1:c3207962d257184541eda55d1dd7c651c6dfebe6b8861ec0b4bea9d0891f11d3', '{"own": {"key": {"id": 1}, "table": "organisations_userorganisation"}, "inserted": {"organisations_userorganisation": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (5, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013496+00', 'apply', 'created', 'group', 'group:Acme, Inc./Developers', 'v1:0f9c182190c7c599a0b7e7850228fd343ee5de8d5b2e4c7f37b7cee7fd52596c', '{"own": {"key": {"id": 1}, "table": "users_userpermissiongroup"}, "inserted": {"users_userpermissiongroup": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (6, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013499+00', 'apply', 'created', 'project', 'project:Acme, Inc./Web%2FShop', 'v1:a55811759e9dc66832548aca0731e2ad8264e830dd5e985ca3db94dca894300e', '{"own": {"key": {"id": 1}, "uuid": "aa2a71d3-3100-4704-8e36-be2719bda0a6", "table": "projects_project"}, "inserted": {"projects_project": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (7, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013502+00', 'apply', 'created', 'environment', 'environment:Acme, Inc./Web%2FShop/Development', 'v1:5bc622410680102a16bcc0ca6b8b5db88f214cb6af5bda6e3c142a44ae04fdbe', '{"own": {"key": {"id": 1}, "uuid": "1a1fe141-96dd-43e3-9af3-8deba1c0660b", "table": "environments_environment"}, "inserted": {"environments_environment": "1", "environments_historicalenvironment": "1"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (8, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013507+00', 'apply', 'created', 'environment', 'environment:Acme, Inc./Web%2FShop/Production', 'v1:dbe81a4f690ba6ae4d35d49bdd818c0fd90c6bae756ac2192b206ee71c96c239', '{"own": {"key": {"id": 2}, "uuid": "9e4852ef-5f51-49ea-b396-f49d63ff8a4d", "table": "environments_environment"}, "inserted": {"environments_environment": "2", "environments_historicalenvironment": "2"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (9, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013511+00', 'apply', 'created', 'segment', 'segment:Acme, Inc./Web%2FShop/beta', 'v1:fe27eeb2ac50c24fc5b8f2c3fec7e58cb0409ed3cb892479c60b25021a3a1dd8', '{"own": {"key": {"id": 1}, "uuid": "393fed8d-b708-4365-a652-33934788e6ad", "table": "segments_segment"}, "inserted": {"segments_segment": "1", "segments_condition": "1", "segments_segmentrule": "1-2", "segments_historicalsegment": "1", "segments_historicalcondition": "1", "segments_historicalsegmentrule": "1-2"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (10, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013515+00', 'apply', 'created', 'feature', 'feature:Acme, Inc./Web%2FShop/dark_mode', 'v1:3891056b4d3ee2378e475956d284c81b3a959c3eed4e28812cffa6b4f57a517a', '{"own": {"key": {"id": 1}, "uuid": "8ea32767-0516-4c31-a034-dab525a8e079", "table": "features_feature"}, "inserted": {"features_feature": "1", "features_featurestate": "1-2", "features_featurestatevalue": "1-2", "features_historicalfeature": "1", "features_historicalfeaturestate": "1-2", "features_historicalfeaturestatevalue": "1-2"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (11, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013519+00', 'apply', 'created', 'feature', 'feature:Acme, Inc./Web%2FShop/items_per_page', 'v1:2f8661c438ecb8b3fad4724f1fab18526b36ce303bfc421298b9e95b7dd01f31', '{"own": {"key": {"id": 2}, "uuid": "0fd3e82e-c37b-4a2d-ac35-d7ad891ac98e", "table": "features_feature"}, "inserted": {"features_feature": "2", "features_featurestate": "3-4", "features_featurestatevalue": "3-4", "features_historicalfeature": "2", "features_historicalfeaturestate": "3-4", "features_historicalfeaturestatevalue": "3-4"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (12, '3eaeaf2f-b524-4d1d-981c-96983ad0be17', '2026-11-24 02:52:54.013523+00', 'apply', 'updated', 'app_domain', 'app_domain:1', 'v1:b8855fc8fd27ca9ab11878559ede90ec6fe09cc81fb176f2c5a7394a71e034a9', '{"updated": [{"key": {"id": 1}, "table": "django_site", "columns": {"domain": ["example.com", "flags.example.com"]}}]}', '{"domain": "flags.example.com"}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first1.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (13, '22354095-66c9-419e-a2de-546002196e01', '2026-11-24 02:52:54.162759+00', 'apply', 'updated', 'user', 'user:ada@example.com', 'v1:7f9484a780ed66d7be2e5efca15ec4c907614bc8d53120769314cf50d487ddc8', '{"own": {"key": {"id": 1}, "uuid": "0f3750c1-c243-4820-a290-55739af62de2", "table": "users_ffadminuser"}, "updated": [{"key": {"id": 1}, "table": "users_ffadminuser", "columns": {"first_name": ["Ada", "Augusta"]}}]}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first2.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (14, '22354095-66c9-419e-a2de-546002196e01', '2026-11-24 02:52:54.162791+00', 'apply', 'updated', 'project', 'project:Acme, Inc./Web%2FShop', 'v1:c990ed2ae19c178fc72bd4f232bc406cda7a38f02efc8a5b50afb1ff2d214ae1', '{"own": {"key": {"id": 1}, "uuid": "aa2a71d3-3100-4704-8e36-be2719bda0a6", "table": "projects_project"}, "updated": [{"key": {"id": 1}, "table": "projects_project", "columns": {"hide_disabled_flags": [false, true]}}]}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first2.yaml');
INSERT INTO public.provisioning_log OVERRIDING SYSTEM VALUE VALUES (15, '22354095-66c9-419e-a2de-546002196e01', '2026-11-24 02:52:54.162798+00', 'apply', 'updated', 'feature', 'feature:Acme, Inc./Web%2FShop/dark_mode', 'v1:740e555901b4e51f2af81bb1c22e488bbdef40aa0665204009fab06bfe0ca6bd', '{"own": {"key": {"id": 1}, "uuid": "8ea32767-0516-4c31-a034-dab525a8e079", "table": "features_feature"}, "updated": [{"key": {"id": 1}, "table": "features_feature", "columns": {"default_enabled": [false, true]}}], "inserted": {"features_historicalfeature": "3"}}', '{}', '0.1.0', '2.263.0 or later', 'postgres', 'file:first2.yaml');
SELECT pg_catalog.setval('public.provisioning_log_seq_seq', 15, true);
ALTER TABLE ONLY public.provisioning_log
    ADD CONSTRAINT provisioning_log_pkey PRIMARY KEY (seq);
CREATE INDEX provisioning_log_address ON public.provisioning_log USING btree (address, seq DESC);
CREATE TRIGGER provisioning_log_append_only BEFORE DELETE OR UPDATE ON public.provisioning_log FOR EACH ROW EXECUTE FUNCTION public.provisioning_log_refuse();
CREATE TRIGGER provisioning_log_no_truncate BEFORE TRUNCATE ON public.provisioning_log FOR EACH STATEMENT EXECUTE FUNCTION public.provisioning_log_refuse();
INSERT INTO public.users_ffadminuser VALUES (1, '!CzhhUfxvt2hepjtV84tAWndZDRcYJzfPT7nR4NkD', NULL, false, NULL, 'Augusta', '', 'Ada@example.com', false, true, '2026-11-24 02:52:53.992509+00', NULL, NULL, true, NULL, '0f3750c1-c243-4820-a290-55739af62de2', NULL);
INSERT INTO public.organisations_organisation VALUES (1, 'Acme, Inc.', false, NULL, '2026-11-24 02:52:53.99251+00', false, false, true, false, false, false, '42a46af9-db39-49a2-9d6c-c96f20382861', NULL, false, NULL);
INSERT INTO public.projects_project VALUES (1, 'Web/Shop', '2026-11-24 02:52:53.992514+00', 1, true, false, 'aa2a71d3-3100-4704-8e36-be2719bda0a6', false, false, true, NULL, NULL, 1000, 500, 2000, 'NOT_STARTED', 30, NULL, NULL, false);
INSERT INTO public.environments_environment VALUES (1, 'Development', '2026-11-24 02:52:53.992516+00', 'CBicDucqSXrTh8dUcpUJSu', 1, NULL, false, NULL, true, NULL, '2026-11-24 02:52:54.155161+00', NULL, NULL, NULL, NULL, true, false, false, true, false, '1a1fe141-96dd-43e3-9af3-8deba1c0660b', NULL, NULL);
INSERT INTO public.environments_environment VALUES (2, 'Production', '2026-11-24 02:52:53.992519+00', 'CFRLWKNjCheqc4LayhNgxB', 1, NULL, false, NULL, true, NULL, '2026-11-24 02:52:54.155161+00', NULL, NULL, NULL, NULL, true, false, false, true, false, '9e4852ef-5f51-49ea-b396-f49d63ff8a4d', NULL, NULL);
INSERT INTO public.features_feature VALUES (2, 'items_per_page', '2026-11-24 02:52:53.992546+00', '25', NULL, 1, false, 'STANDARD', false, '0fd3e82e-c37b-4a2d-ac35-d7ad891ac98e', NULL, false);
INSERT INTO public.features_feature VALUES (1, 'dark_mode', '2026-11-24 02:52:53.992534+00', NULL, NULL, 1, true, 'STANDARD', false, '8ea32767-0516-4c31-a034-dab525a8e079', NULL, false);
INSERT INTO public.segments_segment VALUES (1, 'beta', NULL, 1, '393fed8d-b708-4365-a652-33934788e6ad', NULL, NULL, 1, 1, '2026-11-24 02:52:53.992521+00', '2026-11-24 02:52:53.992524+00', NULL, false, '', '[{"type": "ALL", "rules": [{"type": "ALL", "rules": [], "conditions": [{"value": "true", "operator": "EQUAL", "property": "beta", "description": null}]}], "conditions": []}]');
INSERT INTO public.environments_historicalenvironment VALUES (1, NULL, 'Development', '2026-11-24 02:52:53.992516+00', NULL, 'CBicDucqSXrTh8dUcpUJSu', NULL, false, NULL, true, '2026-11-24 02:52:53.992515+00', 1, '2026-11-24 02:52:53.992517+00', NULL, '+', NULL, NULL, 1, NULL, NULL, NULL, true, false, false, true, false, NULL, NULL);
INSERT INTO public.environments_historicalenvironment VALUES (2, NULL, 'Production', '2026-11-24 02:52:53.992519+00', NULL, 'CFRLWKNjCheqc4LayhNgxB', NULL, false, NULL, true, '2026-11-24 02:52:53.992518+00', 2, '2026-11-24 02:52:53.99252+00', NULL, '+', NULL, NULL, 1, NULL, NULL, NULL, true, false, false, true, false, NULL, NULL);
INSERT INTO public.users_userpermissiongroup VALUES (1, 'Developers', 1, true, NULL, NULL);
INSERT INTO public.features_featurestate VALUES (1, false, 1, 1, NULL, NULL, '2026-11-24 02:52:53.992537+00', '2026-11-24 02:52:53.992536+00', '2026-11-24 02:52:53.992538+00', 1, NULL, 'f95e9c79-ef06-4298-9c3d-a80c8a672971', NULL, NULL, NULL);
INSERT INTO public.features_featurestate VALUES (2, false, 2, 1, NULL, NULL, '2026-11-24 02:52:53.992542+00', '2026-11-24 02:52:53.992541+00', '2026-11-24 02:52:53.992543+00', 1, NULL, 'cc579ccf-5b03-43fb-bfd5-ffc445594ff8', NULL, NULL, NULL);
INSERT INTO public.features_featurestate VALUES (3, false, 1, 2, NULL, NULL, '2026-11-24 02:52:53.992549+00', '2026-11-24 02:52:53.992548+00', '2026-11-24 02:52:53.99255+00', 1, NULL, '1a53e459-31a6-46a7-826b-7fa91a3a9fae', NULL, NULL, NULL);
INSERT INTO public.features_featurestate VALUES (4, false, 2, 2, NULL, NULL, '2026-11-24 02:52:53.992554+00', '2026-11-24 02:52:53.992553+00', '2026-11-24 02:52:53.992555+00', 1, NULL, 'cfeb1783-23b9-4579-b049-3aa249079ea3', NULL, NULL, NULL);
INSERT INTO public.features_featurestatevalue VALUES (1, 'unicode', NULL, NULL, NULL, 1, 'b3805cf8-186b-4b2c-930e-6dfa6b60c09f', NULL);
INSERT INTO public.features_featurestatevalue VALUES (2, 'unicode', NULL, NULL, NULL, 2, 'd1495bd0-da80-4380-a29e-d7c0fd0eef1e', NULL);
INSERT INTO public.features_featurestatevalue VALUES (3, 'int', NULL, 25, NULL, 3, '97984a44-5b61-49e6-a6ab-5057a20334c4', NULL);
INSERT INTO public.features_featurestatevalue VALUES (4, 'int', NULL, 25, NULL, 4, '01982d87-09f2-4cdd-affc-ebba563f287e', NULL);
INSERT INTO public.features_historicalfeature VALUES (1, 'dark_mode', '2026-11-24 02:52:53.992534+00', NULL, NULL, false, 'STANDARD', 1, NULL, '2026-11-24 02:52:53.992535+00', '+', NULL, 1, false, NULL, NULL, false);
INSERT INTO public.features_historicalfeature VALUES (2, 'items_per_page', '2026-11-24 02:52:53.992546+00', '25', NULL, false, 'STANDARD', 2, NULL, '2026-11-24 02:52:53.992547+00', '+', NULL, 1, false, NULL, NULL, false);
INSERT INTO public.features_historicalfeature VALUES (1, 'dark_mode', '2026-11-24 02:52:53.992534+00', NULL, NULL, true, 'STANDARD', 3, NULL, '2026-11-24 02:52:54.15516+00', '~', NULL, 1, false, NULL, NULL, false);
INSERT INTO public.features_historicalfeaturestate VALUES (1, false, 1, NULL, '2026-11-24 02:52:53.992539+00', '+', 1, 1, NULL, NULL, NULL, '2026-11-24 02:52:53.992537+00', '2026-11-24 02:52:53.992536+00', '2026-11-24 02:52:53.992538+00', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestate VALUES (2, false, 2, NULL, '2026-11-24 02:52:53.992544+00', '+', 2, 1, NULL, NULL, NULL, '2026-11-24 02:52:53.992542+00', '2026-11-24 02:52:53.992541+00', '2026-11-24 02:52:53.992543+00', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestate VALUES (3, false, 3, NULL, '2026-11-24 02:52:53.992551+00', '+', 1, 2, NULL, NULL, NULL, '2026-11-24 02:52:53.992549+00', '2026-11-24 02:52:53.992548+00', '2026-11-24 02:52:53.99255+00', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestate VALUES (4, false, 4, NULL, '2026-11-24 02:52:53.992556+00', '+', 2, 2, NULL, NULL, NULL, '2026-11-24 02:52:53.992554+00', '2026-11-24 02:52:53.992553+00', '2026-11-24 02:52:53.992555+00', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestatevalue VALUES (1, 'unicode', NULL, NULL, NULL, 1, NULL, '2026-11-24 02:52:53.99254+00', '+', 1, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestatevalue VALUES (2, 'unicode', NULL, NULL, NULL, 2, NULL, '2026-11-24 02:52:53.992545+00', '+', 2, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestatevalue VALUES (3, 'int', NULL, 25, NULL, 3, NULL, '2026-11-24 02:52:53.992552+00', '+', 3, NULL, NULL, NULL);
INSERT INTO public.features_historicalfeaturestatevalue VALUES (4, 'int', NULL, 25, NULL, 4, NULL, '2026-11-24 02:52:53.992557+00', '+', 4, NULL, NULL, NULL);
INSERT INTO public.organisations_historicalsubscription VALUES (1, NULL, '23d66cfc-51f1-485f-922d-4e319d8d984d', NULL, NULL, 'free', 1, 50000, NULL, NULL, NULL, NULL, NULL, 1, '2026-11-24 02:52:53.992511+00', NULL, '+', NULL, 1);
INSERT INTO public.organisations_historicalsubscription VALUES (1, NULL, '23d66cfc-51f1-485f-922d-4e319d8d984d', NULL, NULL, 'enterprise', 20, 50000, NULL, NULL, NULL, NULL, NULL, 2, '2026-11-24 02:52:53.992512+00', NULL, '~', NULL, 1);
INSERT INTO public.organisations_subscription VALUES (1, NULL, NULL, 'enterprise', 1, 20, NULL, NULL, NULL, NULL, 50000, '23d66cfc-51f1-485f-922d-4e319d8d984d', NULL, NULL);
INSERT INTO public.organisations_userorganisation VALUES (1, '2026-11-24 02:52:53.992513+00', 'ADMIN', 1, 1);
INSERT INTO public.segments_segmentrule VALUES (1, 'ALL', NULL, 1, '7894f59a-bbfd-4297-b094-58de53d5a935', NULL, '2026-11-24 02:52:53.992525+00', '2026-11-24 02:52:53.992526+00');
INSERT INTO public.segments_segmentrule VALUES (2, 'ALL', 1, NULL, '6f116f87-cff6-49b0-bc29-9b0a0c8cf4e3', NULL, '2026-11-24 02:52:53.992528+00', '2026-11-24 02:52:53.992529+00');
INSERT INTO public.segments_condition VALUES (1, 'EQUAL', 'beta', 'true', 2, 'cbaa17f1-b4ba-4670-ac8c-e716f407fa79', NULL, false, NULL, '2026-11-24 02:52:53.992531+00', '2026-11-24 02:52:53.992532+00');
INSERT INTO public.segments_historicalcondition VALUES (1, 'EQUAL', 'beta', 'true', NULL, false, 1, '2026-11-24 02:52:53.992533+00', NULL, '+', NULL, NULL, 2, NULL, '2026-11-24 02:52:53.992531+00', '2026-11-24 02:52:53.992532+00');
INSERT INTO public.segments_historicalsegment VALUES (1, 'beta', NULL, 1, '2026-11-24 02:52:53.992523+00', NULL, '+', NULL, NULL, NULL, 1, NULL, 1, NULL, '2026-11-24 02:52:53.992521+00', '2026-11-24 02:52:53.992522+00', NULL, false, '', '[{"type": "ALL", "rules": [{"type": "ALL", "rules": [], "conditions": [{"value": "true", "operator": "EQUAL", "property": "beta", "description": null}]}], "conditions": []}]');
INSERT INTO public.segments_historicalsegmentrule VALUES (1, NULL, 'ALL', '2026-11-24 02:52:53.992525+00', '2026-11-24 02:52:53.992526+00', 1, '2026-11-24 02:52:53.992527+00', NULL, '+', NULL, NULL, NULL, 1);
INSERT INTO public.segments_historicalsegmentrule VALUES (2, NULL, 'ALL', '2026-11-24 02:52:53.992528+00', '2026-11-24 02:52:53.992529+00', 2, '2026-11-24 02:52:53.99253+00', NULL, '+', NULL, NULL, 1, NULL);
UPDATE public.django_site SET domain = 'flags.example.com' WHERE id = 1;
SELECT pg_catalog.setval('public.environments_environment_id_seq', 2, true);
SELECT pg_catalog.setval('public.environments_historicalenvironment_history_id_seq', 2, true);
SELECT pg_catalog.setval('public.features_feature_id_seq', 2, true);
SELECT pg_catalog.setval('public.features_featurestate_id_seq', 4, true);
SELECT pg_catalog.setval('public.features_featurestatevalue_id_seq', 4, true);
SELECT pg_catalog.setval('public.features_historicalfeature_history_id_seq', 3, true);
SELECT pg_catalog.setval('public.features_historicalfeaturestate_history_id_seq', 4, true);
SELECT pg_catalog.setval('public.features_historicalfeaturestatevalue_history_id_seq', 4, true);
SELECT pg_catalog.setval('public.organisations_historicalsubscription_history_id_seq', 2, true);
SELECT pg_catalog.setval('public.organisations_organisation_id_seq', 1, true);
SELECT pg_catalog.setval('public.organisations_subscription_id_seq', 1, true);
SELECT pg_catalog.setval('public.organisations_userorganisation_id_seq', 1, true);
SELECT pg_catalog.setval('public.projects_project_id_seq', 1, true);
SELECT pg_catalog.setval('public.segments_condition_id_seq', 1, true);
SELECT pg_catalog.setval('public.segments_historicalcondition_history_id_seq', 1, true);
SELECT pg_catalog.setval('public.segments_historicalsegment_history_id_seq', 1, true);
SELECT pg_catalog.setval('public.segments_historicalsegmentrule_history_id_seq', 2, true);
SELECT pg_catalog.setval('public.segments_segment_id_seq', 1, true);
SELECT pg_catalog.setval('public.segments_segmentrule_id_seq', 2, true);
SELECT pg_catalog.setval('public.users_ffadminuser_id_seq', 1, true);
SELECT pg_catalog.setval('public.users_userpermissiongroup_id_seq', 1, true);

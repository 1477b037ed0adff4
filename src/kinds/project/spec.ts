/** The `projects` list. */
import type * as z from "zod";
import { anchored, checkPythonRegex, namesCharacters } from "../../flagsmith/python/regex.ts";
import { belowZero, bool, freeText, integer, limit, line, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const settings = mapping({
  hide_disabled_flags: optional(bool("SDKs do not get flags that are off; default false")),
  prevent_flag_defaults: optional(
    bool("New features start disabled and without a value in every environment"),
  ),
  only_allow_lower_case_feature_names: optional(bool("Checked by the dashboard only")),
  feature_name_regex: optional(
    line({ max: 255, identity: true, empty: true, doc: "Python syntax; new feature names must match it" }),
  ),
  stale_flags_limit_days: optional(
    integer({
      ...limit("Days until an unchanged flag counts as stale; default 30"),
      // Days before today up to the year 1, or after it up to the year 9999 (features/feature_lifecycle/services.py).
      unmeant: (days) =>
        days > 730_000 || days < -2_900_000
          ? "reaches beyond the calendar, which Flagsmith stores and fails on where it tells the stage of flags"
          : belowZero(days),
    }),
  ),
  enforce_feature_owners: optional(
    bool("Each new feature needs an owner in dashboard and API; default false"),
  ),
  enable_realtime_updates: optional(bool("Default false")),
  max_features_allowed: optional(
    integer(limit("A limit of dashboard and API; not applied here")),
  ),
  max_segments_allowed: optional(integer(limit("Likewise"))),
  max_segment_overrides_allowed: optional(integer(limit("Likewise"))),
  minimum_change_request_approvals: optional(
    integer(limit("Used by Enterprise images")),
  ),
});

const schema = mapping({
  name: name(2000, "Its name; unique in the organisation here, though Flagsmith does not ask for it"),
  settings: optional(settings),
  description: optional(
    freeText({ empty: true, doc: "Kept in the log only: Flagsmith has no column for it" }),
  ),
});

/** What a project item declares. */
export type ProjectFields = z.output<typeof schema>;

/** A project of an organisation. */
export const projectSpec: KindSpec<ProjectFields, "project"> = {
  name: "project",
  list: "projects",
  nested: "projects",
  label: "project",
  plural: "projects",
  doc: "A project. Environments, features and segments may be nested in it or listed separately.",
  example:
    "name: Web App\norganisation: Acme Corp\nenvironments: [{ name: Development }, { name: Production }]\nfeatures:\n  - { name: dark_mode, default_enabled: false }\n",
  schema,
  parent: "organisation",
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text,
  check: (fields, report) => {
    const regex = fields.settings?.feature_name_regex;
    // What Flagsmith compiles is checked, and not what is written: flags for the whole pattern stand behind its ^ then.
    const result = (regex ?? "") === "" ? undefined : checkPythonRegex(anchored(regex ?? ""));
    if (result?.ok === false) {
      report(
        ["settings", "feature_name_regex"],
        "FP111",
        `"feature_name_regex" is not a regular expression that Python accepts between ^ and $: ${result.problem}`,
      );
    } else if (result !== undefined && namesCharacters(anchored(regex ?? ""))) {
      report(
        ["settings", "feature_name_regex"],
        "FP151",
        '"feature_name_regex" names a character (\\N{…}), and that there is one of this name is not checked',
        "Flagsmith answers with an error 500 when there is none; write the character itself, or \\uXXXX",
      );
    }
  },
  content: ({ name, settings }) => ({ name, ...settings }),
  loggedOnly: ["description"],
  line: "own",
};

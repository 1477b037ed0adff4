/** Projects, environments, tags: their names and settings. */
import { fitsHeader } from "../../../../src/flagsmith/keys.ts";
import { field } from "../../client.ts";
import { defined } from "../fields.ts";
import { oddName, oddText } from "../odd_texts.ts";
import type { Draw } from "../../../../tests/support/random_set/draw.ts";
import type { Subject } from "../trial.ts";

const REGEXES = [
  "",
  "[a-z_]+",
  "^[a-z]+$",
  "(?i)abc",
  "(",
  "[",
  "a|b",
  "\\d+",
  "(?P<x>a)(?P=x)",
  "(?x) a # b",
  "*",
  "+",
  "\\",
  "a\\",
  "(?#",
  "[z-a]",
  "a{2,1}",
  "\\N{NO SUCH}",
  "(?m)",
  "$",
  "^",
  "(?<=a+)",
  "(?<=a)b",
  ".{0,100}",
  " a",
  "a ",
  "\\Z",
  "\\z",
] as const;

function number(draw: Draw): number {
  return draw.pick([0, 1, 30, 2147483647, 2147483648, -1, -2147483648, 1.5]);
}

/** New projects of the ground's organisation. */
export const project: Subject = {
  name: "project",
  draw(draw, ground) {
    const name = oddName(draw, 2000, 0.6);
    const settings = defined({
      hide_disabled_flags: draw.maybe(0.2, () => draw.chance(0.5)),
      prevent_flag_defaults: draw.maybe(0.2, () => draw.chance(0.5)),
      only_allow_lower_case_feature_names: draw.maybe(0.2, () => draw.chance(0.5)),
      feature_name_regex: draw.maybe(0.7, () => draw.chance(0.9) ? draw.pick(REGEXES) : oddText(draw, 255)),
      stale_flags_limit_days: draw.maybe(0.3, () => number(draw)),
      enforce_feature_owners: draw.maybe(0.1, () => draw.chance(0.5)),
      minimum_change_request_approvals: draw.maybe(0.3, () => number(draw)),
    });
    return {
      document: { projects: [{ name, organisation: ground.organisation, settings }] },
      request: {
        method: "POST",
        path: "/api/v1/projects/",
        body: { name, organisation: ground.ids.organisation, ...settings },
      },
      use: async ({ body }, ask) => {
        const made = await ask({
          method: "POST",
          path: `/api/v1/projects/${field(body, "id")}/features/`,
          body: { name: "a" },
        });
        return made.status >= 500 ? made : undefined;
      },
      undo: async ({ body }, ask) =>
        await ask({ method: "DELETE", path: `/api/v1/projects/${field(body, "id")}/` }),
    };
  },
};

/** New environments of the ground's project. */
export const environment: Subject = {
  name: "environment",
  draw(draw, ground) {
    // The key of no other ground.
    const api_key = draw.maybe(0.4, () => `${ground.at}${oddText(draw, 99)}`);
    // One that its key does not open stays, so no other draw may have its name.
    const name = oddName(draw, 2000, api_key === undefined ? 0.5 : 1);
    const description = draw.maybe(0.3, () => oddText(draw, 20_000));
    const settings = defined({
      allow_client_traits: draw.maybe(0.2, () => draw.chance(0.5)),
      hide_disabled_flags: draw.maybe(0.2, () => draw.chance(0.5)),
      hide_sensitive_data: draw.maybe(0.2, () => draw.chance(0.5)),
      use_identity_composite_key_for_hashing: draw.maybe(0.2, () => draw.chance(0.5)),
      use_identity_overrides_in_local_eval: draw.maybe(0.2, () => draw.chance(0.5)),
      minimum_change_request_approvals: draw.maybe(0.2, () => number(draw)),
      banner_text: draw.maybe(0.3, () => oddText(draw, 255)),
      banner_colour: draw.maybe(
        0.3,
        () => draw.chance(0.4) ? draw.pick(["#FF0000", "red", "#FF00000"]) : oddText(draw, 7),
      ),
    });
    const fields = defined({ name, description, api_key });
    return {
      document: { environments: [{ ...fields, project: ground.project, settings }] },
      request: {
        method: "POST",
        path: "/api/v1/environments/",
        body: { ...fields, project: ground.ids.project, ...settings },
      },
      // An environment that its own address does not open can be neither changed nor deleted.
      use: async ({ body }, ask) => {
        const key = encodeURIComponent(String(field(body, "api_key")));
        const opened = await ask({ method: "GET", path: `/api/v1/environments/${key}/` });
        if (opened.status !== 200) return opened;
        const header = String(field(body, "api_key"));
        // What no header takes is warned about (FP156).
        if (!fitsHeader(header)) return undefined;
        const served = await ask({
          method: "GET",
          path: "/api/v1/flags/",
          headers: { "X-Environment-Key": header },
        });
        return served.status === 200 ? undefined : served;
      },
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/environments/${encodeURIComponent(String(field(body, "api_key")))}/`,
        }),
    };
  },
};

/** New tags of the ground's project. */
export const tag: Subject = {
  name: "tag",
  draw(draw, ground) {
    const fields = defined({
      label: oddName(draw, 100),
      color: draw.maybe(
        0.6,
        () => draw.chance(0.4) ? draw.pick(["#ff8800", "red", "#6837FC"]) : oddText(draw, 10),
      ),
      description: draw.maybe(0.4, () => oddText(draw, 512)),
      is_permanent: draw.maybe(0.3, () => draw.chance(0.5)),
    });
    return {
      document: { tags: [{ ...fields, project: ground.project }] },
      request: { method: "POST", path: `/api/v1/projects/${ground.ids.project}/tags/`, body: fields },
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: `/api/v1/projects/${ground.ids.project}/tags/${field(body, "id")}/`,
        }),
    };
  },
};

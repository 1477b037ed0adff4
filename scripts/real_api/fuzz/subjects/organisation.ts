/** Organisations, accounts, groups with members, keys to an organisation's API. */
import type { Json } from "../../../../tests/support/dump.ts";
import type { Draw } from "../../../../tests/support/random_set/draw.ts";
import { field } from "../../client.ts";
import { defined } from "../fields.ts";
import { oddName, oddText } from "../odd_texts.ts";
import type { Subject } from "../trial.ts";
import { anyTime } from "../odd_times.ts";

const LOCAL_PARTS = [
  "a.b",
  "a+b",
  "UPPER",
  "ünï",
  "'quoted'",
  '"a b"',
  '"a@b"',
  "a..b",
  ".a",
  "a.",
  "a b",
  "a/b",
  "a=b",
  "x".repeat(64),
  "",
  "a\u0000",
  "a\tb",
] as const;

const DOMAINS = [
  "example.com",
  "EXAMPLE.com",
  "localhost",
  "example",
  "münchen.example",
  "xn--mnchen-3ya.example",
  "[127.0.0.1]",
  "[::1]",
  "127.0.0.1",
  "example.c",
  "-a.example",
  "a-.example",
  "a..example",
  "example.com.",
  "ex_ample.com",
  "sub.example.co",
  `${"x".repeat(63)}.example`,
  `${"x".repeat(64)}.example`,
  `${"abcdefgh.".repeat(22)}com`,
  "",
] as const;

/** An address of which at least the beginning is that of nobody else. */
function anyEmail(draw: Draw): string {
  const own = `fuzz${draw.below(1_000_000)}`;
  if (draw.chance(0.4)) return `${own}@example.com`;
  if (draw.chance(0.1)) return `${own}${oddText(draw)}`;
  return `${own}${draw.pick(LOCAL_PARTS)}@${draw.pick(DOMAINS)}`;
}

const PASSWORDS = [
  "Correct-Horse-7",
  "short",
  "12345678901",
  "password1",
  "         ",
  " padded-password ",
  "pässwörd-länge",
  "fuzz@example.com",
  "nul\u0000-password",
  "line\nbreak-password",
  "",
  "x".repeat(200),
] as const;

/** New accounts, as people sign up. */
export const user: Subject = {
  name: "user",
  draw(draw) {
    const password = draw.chance(0.6) ? "Correct-Horse-7" : draw.pick(PASSWORDS);
    // The API wants both names; the program leaves out what is not given.
    const fields = defined({
      email: anyEmail(draw),
      first_name: draw.chance(0.5) ? "Ada" : oddText(draw, 150),
      last_name: draw.chance(0.5) ? "Lovelace" : oddText(draw, 150),
      sign_up_type: draw.maybe(0.3, () => draw.pick(["NO_INVITE", "INVITE_EMAIL", "no_invite", ""])),
      password,
    });
    return {
      document: { users: [fields] },
      request: { method: "POST", path: "/api/v1/auth/users/", headers: { Authorization: "" }, body: fields },
      undo: async ({ body }, ask) =>
        await ask({
          method: "DELETE",
          path: "/api/v1/auth/users/me/",
          headers: { Authorization: `Token ${field(body, "key")}` },
          body: { current_password: password },
        }),
    };
  },
};

/** New organisations. */
export const organisation: Subject = {
  name: "organisation",
  draw(draw) {
    const name = oddName(draw, 2000);
    const settings = defined({
      force_2fa: draw.maybe(0.3, () => draw.chance(0.5)),
      restrict_project_create_to_admin: draw.maybe(0.3, () => draw.chance(0.5)),
      webhook_notification_email: draw.maybe(0.5, () => draw.chance(0.9) ? anyEmail(draw) : ""),
    });
    return {
      document: { organisations: [{ name, settings }] },
      request: { method: "POST", path: "/api/v1/organisations/", body: { name, ...settings } },
      undo: async ({ body }, ask) =>
        await ask({ method: "DELETE", path: `/api/v1/organisations/${field(body, "id")}/` }),
    };
  },
};

/** New groups of the ground's organisation, with members. */
export const group: Subject = {
  name: "group",
  draw(draw, ground) {
    const fields = defined({
      name: oddName(draw, 200),
      is_default: draw.maybe(0.4, () => draw.chance(0.5)),
      external_id: draw.maybe(0.5, () => oddText(draw, 255)),
    });
    const people = draw.chance(0.6)
      ? []
      : draw.some(["owner", "member", ...(draw.chance(0.2) ? ["outsider" as const] : [])] as const, 1, 3);
    const members = people.map((who) => ({ who, group_admin: draw.maybe(0.5, () => draw.chance(0.7)) }));
    const path = `/api/v1/organisations/${ground.ids.organisation}/groups/`;
    return {
      document: {
        groups: [{
          ...fields,
          organisation: ground.organisation,
          ...(members.length === 0 ? {} : {
            members: members.map(({ who, group_admin }) =>
              defined({ email: ground.users[who], group_admin })
            ),
          }),
        }],
      },
      request: { method: "POST", path, body: fields },
      rest: async ({ body }, ask) => {
        if (members.length === 0) return undefined;
        const own = `${path}${field(body, "id")}`;
        const user_ids = members.map(({ who }) => ground.ids.users[who]);
        const added = await ask({ method: "POST", path: `${own}/add-users/`, body: { user_ids } });
        if (added.status >= 300) return added;
        for (const { who, group_admin } of members) {
          if (group_admin !== true) continue;
          const made = await ask({
            method: "POST",
            path: `${own}/users/${ground.ids.users[who]}/make-admin`,
          });
          if (made.status >= 300) return made;
        }
        return undefined;
      },
      undo: async ({ body }, ask) => await ask({ method: "DELETE", path: `${path}${field(body, "id")}/` }),
    };
  },
};

/** Keys to the API of the ground's organisation. */
export const masterKey: Subject = {
  name: "master key",
  draw(draw, ground) {
    const name = oddName(draw, 50);
    const is_admin = draw.maybe(0.3, () => draw.chance(0.7));
    const expires_at: Json | undefined = draw.maybe(0.6, () => anyTime(draw));
    const path = `/api/v1/organisations/${ground.ids.organisation}/master-api-keys/`;
    return {
      document: {
        master_api_keys: [{ ...defined({ name, is_admin, expires_at }), organisation: ground.organisation }],
      },
      request: { method: "POST", path, body: defined({ name, is_admin, expiry_date: expires_at }) },
      undo: async ({ body }, ask) =>
        await ask({ method: "DELETE", path: `${path}${field(body, "prefix")}/` }),
    };
  },
};

/** Server-side keys of the ground's environment. */
export const serverKey: Subject = {
  name: "server key",
  draw(draw, ground) {
    const fields = defined({
      name: oddName(draw, 100),
      active: draw.maybe(0.4, () => draw.chance(0.5)),
      expires_at: draw.maybe(0.5, () => anyTime(draw)),
    });
    const path = `/api/v1/environments/${ground.key}/api-keys/`;
    return {
      document: {
        server_side_environment_keys: [{
          ...fields,
          project: ground.project,
          environment: ground.environment,
        }],
      },
      request: { method: "POST", path, body: fields },
      undo: async ({ body }, ask) => await ask({ method: "DELETE", path: `${path}${field(body, "id")}/` }),
    };
  },
};

/** Users, and what belongs to organisations. */
import { emailKey } from "../../../src/flagsmith/email.ts";
import { PERMISSION_KEYS, type PermissionLevel } from "../../../src/flagsmith/permissions.ts";
import type { Draw } from "./draw.ts";
import { anyLine, anyText, anyTime, newEmail, newName, newVariable, sameEmail } from "./texts.ts";
import { type Entity, type Fields, nameOf } from "./value.ts";

/** Made ahead, so that nothing is hashed; nobody knows a password that belongs to it. */
const HASH = "pbkdf2_sha256$1000000$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/** Names that are unique in an instance. */
export interface Taken {
  readonly emails: Set<string>;
  readonly usernames: Set<string>;
  readonly keys: Set<string>;
}

/** The fields of a user. */
export function userFields(draw: Draw, taken: Taken): Fields {
  return {
    first_name: draw.maybe(0.4, () => anyLine(draw, 150)),
    last_name: draw.maybe(0.4, () => anyLine(draw, 150)),
    username: draw.maybe(0.3, () => newName(draw, taken.usernames, 150)),
    is_superuser: draw.maybe(0.3, () => draw.chance(0.5)),
    is_active: draw.maybe(0.3, () => draw.chance(0.7)),
    password_hash: draw.maybe(0.4, () => draw.pick([HASH, "!", "!abc"])),
    sign_up_type: draw.maybe(0.3, () => draw.pick(["NO_INVITE", "INVITE_EMAIL", "INVITE_LINK"])),
    description: draw.maybe(0.1, () => anyText(draw, 300)),
  };
}

/** The fields of an organisation. */
export function organisationFields(draw: Draw): Fields {
  const flag = () => draw.maybe(0.3, () => draw.chance(0.5));
  return {
    description: draw.maybe(0.1, () => anyText(draw, 300)),
    settings: draw.maybe(0.5, () => ({
      force_2fa: flag(),
      restrict_project_create_to_admin: flag(),
      feature_analytics: flag(),
      block_access_to_admin: flag(),
      stop_serving_flags: flag(),
      // With false the traits of identities would be refused.
      persist_trait_data: true,
      webhook_notification_email: draw.maybe(0.3, () => newEmail(draw, new Set())),
    })),
  };
}

/** The fields of a subscription. */
export function subscriptionFields(draw: Draw): Fields {
  return {
    plan: draw.maybe(0.6, () => draw.pick(["free", "enterprise", "scale-up-v2", anyLine(draw, 100, false)])),
    seats: draw.maybe(0.5, () => draw.pick([0, 1, 20, 2147483647])),
    api_calls: draw.maybe(0.4, () => draw.pick([0, 50_000, 2147483648, Number.MAX_SAFE_INTEGER])),
    subscription_id: draw.maybe(0.3, () => anyLine(draw, 100, false)),
    customer_id: draw.maybe(0.3, () => anyLine(draw, 100, false)),
    billing_status: draw.maybe(0.3, () => draw.pick(["ACTIVE", "DUNNING"])),
    payment_method: draw.maybe(0.3, () => draw.pick(["CHARGEBEE", "XERO", "AWS_MARKETPLACE"])),
    notes: draw.maybe(0.3, () => anyText(draw, 500)),
  };
}

/** The fields of a group, whose members are some of the addresses. */
export function groupFields(draw: Draw, emails: readonly string[]): Fields {
  return {
    is_default: draw.maybe(0.4, () => draw.chance(0.6)),
    // Unique in the organisation.
    external_id: draw.maybe(0.3, () => `${draw.below(2 ** 31)}-${anyLine(draw, 200)}x`),
    ldap_dn: draw.maybe(0.2, () => `cn=${draw.below(2 ** 31)},dc=example`),
    members: draw.maybe(0.7, () =>
      draw.some(emails, 0, 3).map((email): Fields => ({
        email: sameEmail(draw, email),
        group_admin: draw.maybe(0.5, () => draw.chance(0.5)),
      }))),
  };
}

/** The fields of a master API key; its value is made up. */
export function masterKeyFields(draw: Draw): Fields {
  return {
    is_admin: draw.maybe(0.5, () => draw.chance(0.7)),
    expires_at: draw.maybe(0.5, () => anyTime(draw)),
    description: draw.maybe(0.2, () => anyText(draw, 300)),
  };
}

/** The fields of a permission on an organisation, project or environment. */
export function permissionFields(draw: Draw, level: PermissionLevel): Fields {
  return {
    admin: level === "organisation" ? undefined : draw.maybe(0.5, () => draw.chance(0.5)),
    permissions: draw.maybe(0.8, () => draw.some(PERMISSION_KEYS[level], 0, 4)),
  };
}

/** Users. */
export function someUsers(draw: Draw, taken: Taken): Entity[] {
  return draw.many(2, 5, () => ({
    kind: "user",
    parent: undefined,
    identity: { email: newEmail(draw, taken.emails) },
    fields: userFields(draw, taken),
  }));
}

/** An organisation and what belongs to it, but projects and permissions. */
export function oneOrganisation(
  draw: Draw,
  names: Set<string>,
  users: readonly Entity[],
  taken: Taken,
): readonly Entity[] {
  const organisation: Entity = {
    kind: "organisation",
    parent: undefined,
    identity: { name: newName(draw, names, 2000) },
    fields: organisationFields(draw),
  };
  const below = (kind: Entity["kind"], identity: Entity["identity"], fields: Fields): Entity => ({
    kind,
    parent: organisation,
    identity,
    fields,
  });
  const emails = users.map(nameOf);
  const members = draw.some(emails, 0, 4).map((email) =>
    below("member", { email: sameEmail(draw, email) }, {
      role: draw.maybe(0.6, () => draw.pick(["ADMIN", "USER"])),
      create_user: draw.maybe(0.1, () => draw.chance(0.5)),
    })
  );
  if (draw.chance(0.15)) {
    // A user that no file declares.
    const email = draw.chance(0.5) ? newEmail(draw, taken.emails) : "Made.By@Member.example";
    members.push(below("member", { email: sameEmail(draw, email) }, { create_user: true, role: "USER" }));
    taken.emails.add(emailKey(email));
  }
  const groupNames = new Set<string>();
  return [
    organisation,
    ...(draw.chance(0.7) ? [below("subscription", {}, subscriptionFields(draw))] : []),
    ...members,
    ...draw.many(
      0,
      2,
      () => below("group", { name: newName(draw, groupNames, 200) }, groupFields(draw, emails)),
    ),
    ...(draw.chance(0.06)
      ? [below("master_api_key", { name: newName(draw, new Set(), 50) }, {
        ...masterKeyFields(draw),
        output: draw.maybe(0.5, () => newVariable(draw, taken.keys)),
      })]
      : []),
  ];
}

/** Permissions of users and groups on an object. */
export function somePermissions(
  draw: Draw,
  object: Entity,
  users: readonly Entity[],
  groups: readonly Entity[],
): readonly Entity[] {
  const level = object.kind as PermissionLevel;
  return [
    ...draw.some(users, 0, 1).map((user): Entity => ({
      kind: `user_${level}_permission`,
      parent: object,
      identity: { user: sameEmail(draw, nameOf(user)) },
      fields: permissionFields(draw, level),
    })),
    ...draw.some(groups, 0, 1).map((group): Entity => ({
      kind: `group_${level}_permission`,
      parent: object,
      identity: { group: nameOf(group) },
      fields: permissionFields(draw, level),
    })),
  ];
}

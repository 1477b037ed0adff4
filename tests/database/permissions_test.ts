/** Permissions mean the same wherever they are written. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { normalDump } from "../support/normal_dump.ts";
import { applyDocuments } from "../support/run_cli.ts";

const USERS = [{ email: "a@example.com" }];

const NESTED = {
  users: USERS,
  organisations: [{
    name: "O",
    members: [{ email: "a@example.com", permissions: ["CREATE_PROJECT"] }],
    groups: [{ name: "G" }],
    permissions: [{ group: "G", permissions: ["MANAGE_USER_GROUPS"] }],
    projects: [{
      name: "P",
      permissions: [{ user: "a@example.com", permissions: ["VIEW_PROJECT"] }],
      environments: [{ name: "E", permissions: [{ group: "G", admin: true }] }],
    }],
  }],
};

const LISTED = {
  users: USERS,
  organisations: [{ name: "O", members: [{ email: "a@example.com" }], groups: [{ name: "G" }] }],
  projects: [{ name: "P", organisation: "O", environments: [{ name: "E" }] }],
  permissions: [
    { user: "a@example.com", organisation: "O", permissions: ["CREATE_PROJECT"] },
    { group: "G", organisation: "O", permissions: ["MANAGE_USER_GROUPS"] },
    { user: "a@example.com", project: "P", permissions: ["VIEW_PROJECT"] },
    { group: "G", project: "P", environment: "E", admin: true },
  ],
};

Deno.test("permissions of members, organisations, projects and environments are the permissions of the list", async () => {
  const written = async (document: unknown): Promise<ReadonlyMap<string, readonly string[]>> =>
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([document], { databaseUrl: url });
      return normalDump(await dumpTables(sql));
    });
  const nested = await written(NESTED);
  assert.deepEqual(nested, await written(LISTED));
  const links = nested.get("organisation_permissions_userorganisationpermission_permissions") ?? [];
  assert.equal(links.length, 1);
});

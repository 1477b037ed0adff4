/** Passwords and keys of entities that are to be created; hashing is the only slow step of a run, so all run at once. */
import { isKind } from "../documents/declaration.ts";
import { masterKeyPrefix, newMasterKey } from "../flagsmith/keys.ts";
import { hashPassword, unusablePassword } from "../flagsmith/password.ts";
import type { Resource } from "../graph/resource.ts";
import type { Credential } from "../kinds/rows.ts";
import type { Plan } from "../plan/plan.ts";
import { Secret } from "../source/secret.ts";

/** Credentials to store, and the values that are handed out once. */
export interface Credentials {
  readonly stored: ReadonlyMap<number, Credential>;
  /** Master API key values by resource index. */
  readonly masterKeys: ReadonlyMap<number, Secret>;
}

/** Makes the credentials of everything that the plan creates. */
export async function makeCredentials(plan: Plan): Promise<Credentials> {
  const stored = new Map<number, Credential>();
  const masterKeys = new Map<number, Secret>();
  await Promise.all(plan.decisions.map(async ({ action, resource }) => {
    if (action !== "create") return;
    const credential = await credentialOf(resource, masterKeys);
    if (credential !== undefined) stored.set(resource.index, credential);
  }));
  return { stored, masterKeys };
}

async function credentialOf(
  resource: Resource,
  masterKeys: Map<number, Secret>,
): Promise<Credential | undefined> {
  const { declaration } = resource;
  if (declaration === undefined) return undefined;
  if (isKind(declaration, "user")) {
    const { password, password_hash: encoded } = declaration.fields;
    if (encoded !== undefined) return { hash: encoded.reveal() };
    return { hash: password === undefined ? unusablePassword() : await hashPassword(password.reveal()) };
  }
  if (isKind(declaration, "master_api_key")) {
    const key = declaration.fields.key ?? new Secret(newMasterKey().key);
    masterKeys.set(resource.index, key);
    return { prefix: masterKeyPrefix(key.reveal()), hash: await hashPassword(key.reveal()) };
  }
  return undefined;
}

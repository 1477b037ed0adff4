/** Passwords and keys of entities that are to be created or rotated; hashing is the only slow step of a run, so it takes all cores. */
import { masterKeyPrefix, newMasterKey, newPassword } from "../flagsmith/keys.ts";
import { hashPassword, unusablePassword } from "../flagsmith/password.ts";
import type { Resource } from "../graph/resource.ts";
import type { Credential } from "../kinds/rows.ts";
import { ALL_KINDS } from "../kinds/specs.ts";
import type { Plan } from "../plan/plan.ts";
import { Secret } from "../source/secret.ts";
import { inParallel } from "./parallel.ts";

/** Credentials to store, and the values that are handed out once. */
export interface Credentials {
  readonly stored: ReadonlyMap<number, Credential>;
  /** Master API key values by resource index. */
  readonly masterKeys: ReadonlyMap<number, Secret>;
  /** Passwords that were made up, by resource index. */
  readonly passwords: ReadonlyMap<number, Secret>;
}

/** Hashes the password or key of a resource in the form that Django stores. */
export type HashSecret = (secret: string, resource: Resource) => Promise<string>;

/** How secrets are hashed. */
export interface Hashing {
  /** Hashes one; it may remember what it hashed before. Undefined: as Django does, each time anew. */
  readonly hash: HashSecret | undefined;
  /** Iterations of PBKDF2, where `hash` does not decide. */
  readonly iterations: number;
  /** How many are hashed at a time. */
  readonly parallelism: number;
  /** After it no further hash is begun, and what `makeCredentials` gives is incomplete. */
  readonly interruption: AbortSignal;
}

/** Makes the credentials of everything that the plan creates or gives new ones. */
export async function makeCredentials(
  plan: Plan,
  { hash, iterations, parallelism, interruption }: Hashing,
): Promise<Credentials> {
  const hashSecret: HashSecret = hash ?? ((secret) => hashPassword(secret, undefined, iterations));
  const stored = new Map<number, Credential>();
  const masterKeys = new Map<number, Secret>();
  const passwords = new Map<number, Secret>();
  await inParallel(plan.decisions, parallelism, async (decision) => {
    const { action, resource } = decision;
    if (action !== "create" && !(action === "update" && decision.rotates === true)) return;
    const credential = await credentialOf(resource, masterKeys, passwords, hashSecret);
    if (credential !== undefined) stored.set(resource.index, credential);
  }, interruption);
  return { stored, masterKeys, passwords };
}

async function credentialOf(
  resource: Resource,
  masterKeys: Map<number, Secret>,
  passwords: Map<number, Secret>,
  hash: HashSecret,
): Promise<Credential | undefined> {
  const { declaration, kind } = resource;
  const { rotates, spec: { credential } } = ALL_KINDS[kind];
  if (declaration === undefined || credential === undefined) return undefined;
  const given = credential(declaration.fields);
  if (rotates === "password") {
    if (given === undefined) return { hash: unusablePassword() };
    if (given.kind === "hash") return { hash: given.secret.reveal() };
    const password = given.kind === "text" ? given.secret : new Secret(newPassword());
    if (given.kind === "made") passwords.set(resource.index, password);
    return { hash: await hash(password.reveal(), resource) };
  }
  const key = given?.kind === "text" ? given.secret : new Secret(newMasterKey().key);
  masterKeys.set(resource.index, key);
  return { prefix: masterKeyPrefix(key.reveal()), hash: await hash(key.reveal(), resource) };
}

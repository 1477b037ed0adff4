/** Remembered hashes: the set of a server never changes, and hashing its passwords takes longer than the reset. */
import type { HashSecret } from "../apply/credentials.ts";
import { inParallel } from "../apply/parallel.ts";
import { hashPassword } from "../flagsmith/password.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import type { Graph } from "../graph/resource.ts";

/**
 * Hashes the declared passwords and keys, `parallelism` at a time, and gives a hash function that remembers the newest secret of each
 * resource.
 */
export async function rememberedHashes(graph: Graph, parallelism: number): Promise<HashSecret> {
  const known = new Map<number, { readonly secret: string; readonly hash: Promise<string> }>();
  const hash: HashSecret = (secret, { index }) => {
    const former = known.get(index);
    if (former?.secret === secret) return former.hash;
    const entry = { secret, hash: hashPassword(secret) };
    known.set(index, entry);
    return entry.hash;
  };
  await inParallel(graph.resources, parallelism, async (resource) => {
    const { declaration } = resource;
    if (declaration === undefined) return;
    const given = ALL_SPECS[declaration.kind].credential?.(declaration.fields);
    if (given?.kind === "text") await hash(given.secret.reveal(), resource);
  });
  return hash;
}

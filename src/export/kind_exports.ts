/** What the records of the kinds say of their export, by name. */
import type { KindExport } from "../kinds/exported.ts";
import { organisation } from "../kinds/organisation/index.ts";
import { project } from "../kinds/project/index.ts";
import { ALL_KINDS, ALL_SPECS, ancestorsOf, KIND_NAMES, type KindName } from "../kinds/specs.ts";

/** The kind of which one entity is exported. */
export const ROOT: KindName = organisation.spec.name;

/** The kind whose entities have a list of their own at the top of the file, and of which one alone may be exported. */
export const PART: KindName = project.spec.name;

const loaded = await Promise.all(
  KIND_NAMES.map(async (name) => [name, await ALL_KINDS[name].exported?.() ?? {}] as const),
);

/** Every kind's export, by name; nothing where the rest of the record tells all. */
export const EXPORTS = Object.fromEntries(loaded) as { readonly [K in KindName]: KindExport };

/** True for what a project is, or holds. */
export function isInPart(kind: KindName): boolean {
  return kind === PART || ancestorsOf(kind).includes(PART);
}

/** The kinds that belong to nothing, besides the one that is exported. */
export const OUTSIDE: readonly KindName[] = KIND_NAMES.filter((kind) =>
  ALL_SPECS[kind].parent === undefined && kind !== ROOT
);

/** What mistakes hide: references to such are not called unknown. */
import type { KindName } from "../kinds/specs.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import type { Resource } from "./resource.ts";

/** Entities of these kinds, below a parent or anywhere, of a name or of any. */
export interface Hidden {
  readonly kinds: readonly KindName[];
  readonly parent: Resource | undefined;
  readonly name: string | undefined;
}

/** True when a reference may be to what is hidden. */
export function mayBe({ kinds, parent, name }: Hidden, reference: Resource): boolean {
  const { kind, key, parent: above } = reference;
  return kinds.includes(kind) && (parent === undefined || above === undefined || parent === above) &&
    (name === undefined || isAlike(ALL_SPECS[kind].key(name), key));
}

/** True for a name that another may become when it is corrected: cut, or without what is too much of it. */
function isAlike(refused: string, name: string): boolean {
  return refused.startsWith(name) || name.startsWith(refused);
}

/** The names of the features that an export holds. */
import { feature } from "../../kinds/feature/index.ts";
import type { Entity } from "./entity.ts";

/** The names of a project's features. */
export function featureNames({ children }: Entity): readonly string[] {
  return children.filter(({ kind }) => kind === feature.spec.name).map(({ name }) => name);
}

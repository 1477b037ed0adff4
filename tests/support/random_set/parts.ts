/** Parts of random sets that are complete in themselves. */
import { above, type Entity, type Fields, nameOf, type RandomSet, type Value } from "./value.ts";

/** The set with fewer entities: what belongs to or names one that is missing goes too, and lists lose its name. */
export function completed(set: RandomSet, entities: readonly Entity[]): RandomSet {
  const kept = new Map<Entity, Entity>();
  const users = new Set(entities.filter((e) => e.kind === "user").map((e) => nameOf(e).toLowerCase()));
  const isUser = (email: Value): boolean => users.has(String(email).toLowerCase());
  const has = (kind: Entity["kind"], parent: Entity | undefined, name: unknown): boolean =>
    [...kept.values()].some((e) => e.kind === kind && e.parent === parent && nameOf(e) === name);
  // Segments may name features, which stand behind them.
  const features = new Set(entities.filter((e) => e.kind === "feature"));
  const hasFeature = (project: Entity | undefined, name: unknown): boolean =>
    [...features].some((f) => nameOf(f) === name && f.parent?.identity === project?.identity);
  for (const entity of entities) {
    const parent = entity.parent === undefined ? undefined : kept.get(entity.parent);
    if (entity.parent !== undefined && parent === undefined) continue;
    const { identity, fields } = entity;
    const project = ["feature", "segment", "environment", "tag"].includes(entity.kind)
      ? parent
      : parent?.parent;
    const organisation = parent === undefined ? undefined : above(parent, "organisation");
    const holds = (identity["user"] === undefined || isUser(identity["user"])) &&
      (identity["group"] === undefined || has("group", organisation, identity["group"])) &&
      (identity["environment"] === undefined || has("environment", project, identity["environment"])) &&
      (identity["segment"] === undefined || has("segment", project, identity["segment"])) &&
      (entity.kind !== "member" || fields["create_user"] === true || isUser(identity["email"] ?? "")) &&
      (entity.kind !== "segment" || fields["feature"] === undefined || hasFeature(parent, fields["feature"]));
    if (!holds) continue;
    kept.set(entity, {
      ...entity,
      parent,
      fields: {
        ...fields,
        ...filtered(fields, "tags", (label) => has("tag", parent, label)),
        ...filtered(fields, "owners", isUser),
        ...filtered(fields, "group_owners", (name) => has("group", organisation, name)),
        ...(entity.kind === "group"
          ? filtered(fields, "members", (member) => isUser((member as Fields)["email"] ?? ""))
          : {}),
      },
    });
  }
  return { ...set, entities: [...kept.values()] };
}

function filtered(fields: Fields, key: string, test: (item: Value) => boolean): Fields {
  const list = fields[key];
  return Array.isArray(list) ? { [key]: list.filter(test) } : {};
}

/** Documents of recordings in the order in which the application carried them out. */

/**
 * A given document in steps: features one by one, because the application numbered them in the order written and the
 * order of work here is by name; and an item that speaks of an entity again (an update of it) in a step of its own. Steps that
 * say nothing are left out.
 */
export function stepsOf(document: unknown): readonly unknown[] {
  const { features, projects, feature_states, segment_overrides, identity_overrides, ...rest }: Record<
    string,
    unknown
  > = Object(document);
  const seen = new Set<unknown>();
  const first: unknown[] = [];
  const again: unknown[] = [];
  for (const project of Array.isArray(projects) ? projects : []) {
    const { name } = Object(project);
    (seen.has(name) ? again : first).push(project);
    seen.add(name);
  }
  return [
    { ...rest, projects: first },
    ...again.map((project) => ({ projects: [project] })),
    ...(Array.isArray(features) ? features : []).map((feature) => ({ features: [feature] })),
    { feature_states, segment_overrides, identity_overrides },
  ].filter((step) => Object.values(step).some((list) => list !== undefined && !isEmpty(list)));
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

/** What a recording has in the place of documents: none, one or several. */
export function documentsOf(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

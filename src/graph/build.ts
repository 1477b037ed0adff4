/** Declarations → graph: duplicates, references by name, order. */
import { Builder, type Draft, type GraphOptions } from "./builder.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declaration, Declarations } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import { inherited } from "../declarations/policy.ts";
import { ALL_SPECS, KIND_NAMES, type Reference } from "../kinds/specs.ts";
import { checkAbsent } from "./absent.ts";
import { checkFlagCircles } from "./flag_circles.ts";
import { reportUndeclaredOptions } from "./options.ts";
import { topologicalOrder } from "./order.ts";
import { checkPriorities } from "./priorities.ts";
import { resolveRows } from "./raw_rows.ts";
import { checkRenames } from "./renames.ts";
import { addressOf, type Graph, type Resource } from "./resource.ts";

/** What is checked of all entities once they are resolved; what is a placeholder for a mistake says nothing here. */
const GRAPH_CHECKS: readonly ((resources: readonly Resource[], diagnostics: Diagnostics) => void)[] = [
  checkAbsent,
  checkRenames,
  checkPriorities,
  checkFlagCircles,
];

/** Builds the graph. With errors in `diagnostics` the result may be incomplete and must not be used. */
export function buildGraph(
  declarations: Declarations,
  options: GraphOptions,
  diagnostics: Diagnostics,
): Graph {
  const builder = new Builder(diagnostics, options);
  const byKind = Map.groupBy(declarations.entities, (d) => d.kind);
  for (const kind of KIND_NAMES) {
    for (const { kinds, parent } of declarations.undeclared) {
      if (kinds[0] !== kind) continue;
      const above = parent === undefined ? undefined : builder.byDeclaration.get(parent);
      builder.hide({ kinds, parent: above, name: undefined });
    }
    for (const declaration of byKind.get(kind) ?? []) declareOne(builder, declaration);
  }
  // Entities without a parent that a reference declares come first: other references find them then.
  for (const declaration of [...builder.byDeclaration.keys()]) {
    for (const reference of ALL_SPECS[declaration.kind].references?.(declaration.fields) ?? []) {
      if (reference.scope === "global") declareImplied(builder, declaration, reference, undefined);
    }
  }
  const undecided = new Set<Resource>();
  for (const [declaration, draft] of [...builder.byDeclaration]) {
    if (declaration.policy.ensure === "absent") continue;
    if (draft.declaration === declaration) linkReferences(builder, declaration, draft, undecided);
  }
  const rows = resolveRows(declarations.rows, (...wanted) => builder.resolve(...wanted));
  for (const check of GRAPH_CHECKS) check(builder.drafts, diagnostics);
  if (options.closed || options.warnExternal) {
    reportUndeclaredOptions(builder.drafts, options.closed ? "FP251" : "FP250", diagnostics);
  }
  const graph = { resources: order(builder.drafts, diagnostics), rows };
  if (undecided.size === 0) return graph;
  return {
    ...graph,
    undecided: {
      names: [...undecided],
      located: (homes, found) => buildGraph(declarations, { ...options, homes }, found),
    },
  };
}

function declareOne(builder: Builder, declaration: Declaration): void {
  const { parent } = declaration;
  if (parent === undefined) return builder.declare(declaration, undefined);
  if (parent.kind === "nested") {
    const above = builder.byDeclaration.get(parent.entity);
    if (above !== undefined) builder.declare(declaration, above);
    return;
  }
  if (parent.kind === "unknown") return builder.declare(declaration, builder.unknownParent(declaration));
  const [nearestName, ...qualifiers] = parent.names;
  if (nearestName === undefined) return;
  const above = builder.resolve(nearestName.kind, nearestName.name, nearestName.span, qualifiers);
  builder.declare(declaration, above ?? builder.unknownParent(declaration));
}

function linkReferences(
  builder: Builder,
  declaration: Declaration,
  draft: Draft,
  undecided: Set<Resource>,
): void {
  for (const reference of ALL_SPECS[declaration.kind].references?.(declaration.fields) ?? []) {
    const span = spanAt(declaration.node, reference.path);
    const isNamed = ALL_SPECS[declaration.kind].namedBy?.some((by) => by?.path === reference.scope) === true;
    const scope = isNamed ? draft.references.get(reference.scope) : scopeOf(draft, reference.scope);
    // What the item needs to find it is wrong itself, which was reported.
    if (isNamed && scope === undefined) continue;
    if (scope === undefined && reference.scope !== "global" && builder.isBelowUnknown(draft)) continue;
    if (scope === undefined && reference.scope !== "global" && !isNamed) {
      // What the undeclared entity belongs to decides, and only the database knows that.
      const top = topOf(draft);
      if (top.declaration === undefined && builder.isShared(reference.kind, reference.name)) {
        undecided.add(top);
        continue;
      }
    }
    if (scope !== undefined) declareImplied(builder, declaration, reference, scope as Draft);
    const target = scope === undefined
      ? builder.resolve(reference.kind, reference.name, span, [])
      : builder.resolveBelow(reference.kind, reference.name, span, scope);
    const links = reference.mention === true ? draft.mentions : draft.references;
    if (target !== undefined) links.set(reference.path.join("."), target);
  }
}

/** Declares what a reference declares by itself, below a scope, or without a parent. */
function declareImplied(
  builder: Builder,
  declaration: Declaration,
  { implied, kind, name, path }: Reference,
  scope: Draft | undefined,
): void {
  if (implied === undefined || builder.isDeclared(kind, name, scope)) return;
  // What is to be absent makes nothing.
  if (declaration.policy.ensure === "absent") return;
  builder.declare({
    ...declaration,
    implied: true,
    // It is declared only unless it is live.
    policy: { ...inherited(declaration.policy), onExists: "skip" },
    kind,
    fields: implied as Declaration["fields"],
    name,
    span: spanAt(declaration.node, path),
    parent: undefined,
  }, scope);
}

function topOf(resource: Resource): Resource {
  return resource.parent === undefined ? resource : topOf(resource.parent);
}

function scopeOf(draft: Resource, scope: Reference["scope"]): Resource | undefined {
  if (scope === "global") return undefined;
  let at: Resource | undefined = draft;
  while (at !== undefined && at.kind !== scope) at = at.parent;
  return at;
}

function order(drafts: readonly Draft[], diagnostics: Diagnostics): readonly Resource[] {
  const result = topologicalOrder(drafts, (draft) => ({
    rank: `${String(KIND_NAMES.indexOf(draft.kind)).padStart(2, "0")} ${addressOf(draft)}`,
    needs: [
      ...(draft.parent === undefined ? [] : [draft.parent as Draft]),
      ...draft.references.values() as Iterable<Draft>,
      ...draft.mentions.values() as Iterable<Draft>,
    ],
  }));
  if (result.kind === "cycle") {
    const path = result.path.map((d) => `${ALL_SPECS[d.kind].label} "${d.name}"`).join(" → ");
    diagnostics.add("FP205", result.path[0].span, `Entities refer to each other in a circle: ${path}`);
    return [];
  }
  // Positions are given last, because they are the order itself; parents and references keep pointing to the same objects.
  for (const [index, draft] of result.items.entries()) (draft as { index: number }).index = index;
  return result.items;
}

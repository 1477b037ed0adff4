/** The rights that looking at the database may need: those of the statements, built as for entities that are all there. */
import type { Catalog } from "../database/catalog.ts";
import { Needs } from "../database/needs.ts";
import type { Statement } from "../database/statement.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { environmentSpec } from "../kinds/environment/spec.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { memberSpec } from "../kinds/member/spec.ts";
import { isPermission } from "../kinds/permission/spec.ts";
import { segmentSpec } from "../kinds/segment/spec.ts";
import { ALL_SPECS, type KindName, TOP_KINDS } from "../kinds/specs.ts";
import { isSegmentOverride, isStateKind, isVersionedState } from "../kinds/state_kinds.ts";
import { headNeeds } from "../log/head_needs.ts";
import { contentsStatements } from "./contents.ts";
import { detailStatements } from "./details.ts";
import { flagDependenciesStatement } from "./flag_dependencies.ts";
import { liveStatement, occupiedStatement } from "./live.ts";
import { lookAtAll } from "./look.ts";
import { formerNames, wantedKey } from "./renamed.ts";

/** What comparing a graph with the database may need. */
export function lookNeeds(graph: Graph, catalog: Catalog): Needs {
  const look = lookAtAll(catalog);
  const { resources } = graph;
  const wanted = [
    ...resources.map((resource) => ({ resource, key: wantedKey(resource, new Map()) })),
    ...formerNames(resources).map((former) => former.wanted),
  ];
  const asked = resources.filter(({ declaration }) => declaration?.policy.onlyIfNone === true).map((
    { kind },
  ) => kind);
  const needs = headNeeds().add("django_site", "SELECT").addStatements([
    ...(wanted.length === 0 ? [] : [liveStatement(wanted, look)]),
    occupiedStatement(
      [...new Set([...TOP_KINDS, ...asked])],
      new Map(asked.map((kind): [KindName, readonly number[]] => [kind, [0]])),
      look,
    ),
    flagDependenciesStatement(graph, look),
  ], catalog.schema);
  if (resources.some((r) => r.declaration !== undefined && isPermission(r.kind))) {
    needs.add("permissions_permissionmodel", "SELECT");
  }
  for (const { row } of graph.rows) needs.add(row.table, "SELECT");
  return needs;
}

/** What deciding about a graph may need beside comparing it: what new entities find, what depends on those that change. */
export function decisionNeeds(graph: Graph, catalog: Catalog): Needs {
  const declared = graph.resources.filter((r) => r.declaration?.policy.ensure === "present");
  const statements = [...contentsOf(declared, catalog), ...detailsOf(declared, catalog)];
  return new Needs().addStatements(statements, catalog.schema);
}

function contentsOf(declared: readonly Resource[], catalog: Catalog): readonly Statement[] {
  const idsOf = (isWanted: (kind: KindName) => boolean): readonly number[] =>
    declared.some(({ kind }) => isWanted(kind)) ? [0] : [];
  const needs = {
    forFeatures: idsOf((kind) => kind === featureSpec.name),
    forEnvironments: idsOf((kind) => kind === environmentSpec.name),
    forMembers: idsOf((kind) => kind === memberSpec.name),
    joining: [],
    forOverrides: idsOf(isStateKind),
  };
  const isAsked = Object.values(needs).some((list) => list.length > 0) ||
    declared.some((r) => mayChange(r) || choosesValue(r));
  return isAsked ? contentsStatements(needs, lookAtAll(catalog)) : [];
}

function detailsOf(declared: readonly Resource[], catalog: Catalog): readonly Statement[] {
  const idsOf = (isWanted: (resource: Resource) => boolean): readonly number[] =>
    declared.some(isWanted) ? [0] : [];
  const changed = (kind: KindName): readonly number[] => idsOf((r) => r.kind === kind && mayChange(r));
  return detailStatements({
    growing: changed(featureSpec.name),
    leaving: changed(featureSpec.name),
    segments: changed(segmentSpec.name),
    flags: idsOf((r) => isVersionedState(r.kind)).map((id) => [id, id] as const),
    ranked: idsOf((r) => isSegmentOverride(r.kind)),
  }, lookAtAll(catalog));
}

/** True when a run may change the entity where it is there already. */
export function mayChange({ declaration }: Resource): boolean {
  const policy = declaration?.policy;
  return policy !== undefined && policy.ensure === "present" &&
    (policy.onExists === "update" || policy.renamedFrom !== undefined || policy.rotate !== undefined);
}

/** True when a file chooses a value for the entity that no other may have. */
function choosesValue({ kind, declaration }: Resource): boolean {
  return declaration !== undefined &&
    (ALL_SPECS[kind].unique ?? []).some(({ value }) => value(declaration.fields) !== undefined);
}

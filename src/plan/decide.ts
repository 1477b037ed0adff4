/** The table of `docs/format.md#policies`: live row × last log event × policy → decision. Pure. */
import type { LastEvent } from "../log/events.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import type { Row } from "../flagsmith/cell.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow } from "../kinds/live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import { ALL_KINDS, ALL_SPECS, storedName } from "../kinds/specs.ts";
import { contentHash } from "../log/content_hash.ts";
import { decideRows } from "./raw_rows.ts";
import { checkRows } from "../snapshot/raw_row_checks.ts";
import { isOpen } from "../log/is_active.ts";
import { decideDomain } from "./decide_domain.ts";
import { checkLengths } from "./lengths.ts";
import { type Decision, type Known, type Plan, type SkipReason, title } from "./plan.ts";
import type { DatabaseState } from "../snapshot/state.ts";
import { checkStorable } from "./storable.ts";
import { checkOptions, isStateKind, optionsAfter } from "./state_checks.ts";
import { liveName } from "../snapshot/renamed.ts";
import { checkFlagReferences, checkLiveFlagCircles } from "./flag_checks.ts";
import { reportDuplicates, reportMissing } from "./name_findings.ts";
import { checkCreation, checkHeld, checkVersioning, tellOtherKey } from "./written_checks.ts";
import { columnWords, deeperChanges, differing } from "./differing.ts";
import { writtenRanks } from "../graph/priorities.ts";
import { decideOrder } from "./override_order.ts";
import { differsUnread } from "./unread.ts";

/** Decides about every declared entity. With errors in `diagnostics` the plan must not be carried out. */
export function decide(
  graph: Graph,
  domain: DomainDeclaration | undefined,
  state: DatabaseState,
  diagnostics: Diagnostics,
): Plan {
  const decisions = new Map<number, Decision>();
  const addresses = new Map<string, Resource>();
  const needed = neededBy(graph);
  const ranks = writtenRanks(graph.resources);
  for (const resource of graph.resources) {
    const live = state.live.get(resource.index) ?? [];
    if (live.length > 1 && !belowDuplicate(resource, state)) reportDuplicates(resource, live, diagnostics);
    if (resource.declaration === undefined) {
      if (live.length === 0 && needed.has(resource)) {
        reportMissing(resource, graph, state, decisions, diagnostics);
      }
      continue;
    }
    const address = state.addresses[resource.index] ?? "";
    if (addresses.has(address)) {
      diagnostics.add(
        "FP201",
        resource.span,
        `${title(resource)} is declared twice: another reference leads to the same ${
          ALL_SPECS[resource.kind].label
        }`,
      );
    }
    addresses.set(address, resource);
    checkLengths(
      resource,
      (table, column) => state.catalog.tables.get(table)?.get(column)?.maxLength,
      diagnostics,
    );
    checkStorable(resource, state.catalog, diagnostics);
    const hash = resource.declaration.policy.ensure === "absent"
      ? ""
      : contentHash(resource.declaration, ranks.get(resource.index));
    decisions.set(resource.index, decideOne(resource, hash, live[0], state, decisions, diagnostics));
  }
  decideOrder(graph, decisions, state, diagnostics);
  checkLiveFlagCircles(graph, decisions, state, diagnostics);
  const rows = checkRows(graph.rows, state.catalog, diagnostics)
    ? decideRows(graph.rows, state.raw, state, decisions, diagnostics)
    : [];
  return { decisions: [...decisions.values()], domain: decideDomain(domain, state, diagnostics), rows };
}

/** What entities that are to exist belong or refer to. What is to be absent needs nothing: without it, it is absent. */
function neededBy({ resources, rows }: Graph): ReadonlySet<Resource> {
  const needed = new Set<Resource>();
  const add = (resource: Resource | undefined): void => {
    if (resource === undefined || needed.has(resource)) return;
    needed.add(resource);
    add(resource.parent);
  };
  for (const { declaration, parent, references } of resources) {
    if (declaration === undefined || declaration.policy.ensure === "absent") continue;
    add(parent);
    for (const target of references.values()) add(target);
  }
  for (const { row, targets } of rows) {
    if (row.policy.ensure === "absent") continue;
    for (const target of targets.values()) add(target);
  }
  return needed;
}

function belowDuplicate(resource: Resource, state: DatabaseState): boolean {
  return resource.parent !== undefined && (state.live.get(resource.parent.index)?.length ?? 0) > 1;
}

function decideOne(
  resource: Resource,
  hash: string,
  live: LiveRow | undefined,
  state: DatabaseState,
  known: Known,
  diagnostics: Diagnostics,
): Decision {
  const { declaration } = resource;
  if (declaration === undefined) throw new TypeError("Cannot decide about an entity that no file declares");
  const skip = (reason: SkipReason, differs = false, records = false): Decision => ({
    action: "skip",
    resource,
    hash,
    live,
    reason,
    differs,
    ...(records ? { records } : {}),
  });
  const event = state.events.get(state.addresses[resource.index] ?? "");
  const logged = isOpen(event);
  const { policy } = declaration;
  if (policy.ensure === "absent") {
    if (live === undefined) return skip({ kind: "absent" });
    return { action: "delete", resource, hash, live };
  }
  if (live === undefined) {
    const absent = absentNeed(resource, known);
    if (absent !== undefined) {
      return skip({
        kind: "parent",
        what: `its ${ALL_SPECS[absent.kind].label} "${absent.name}" does not exist`,
      });
    }
    const occupied = policy.onlyIfNone ? occupiedBy(resource, state, known) : undefined;
    if (occupied !== undefined) return skip({ kind: "occupied", what: occupied });
    if (logged && policy.onMissing === "leave") return skip({ kind: "left" });
    if (resource.kind === "subscription" && known.get(resource.parent?.index ?? -1)?.action !== "create") {
      diagnostics.add(
        "FP304",
        resource.span,
        `${title(resource)} cannot be set: the live organisation has no subscription row`,
        "Flagsmith creates one with each organisation; the database is damaged",
      );
    }
    checkCreation(resource, state, known, diagnostics);
    checkHeld(resource, state, known, diagnostics);
    checkFlagReferences(resource, state, known, diagnostics);
    return { action: "create", resource, hash };
  }
  if (state.namesakes.has(resource.index)) {
    diagnostics.add(
      "FP350",
      resource.span,
      `${title(resource)} is not renamed: "${policy.renamedFrom ?? ""}" is live as well`,
      "Give one of them a third name first, or remove renamed_from",
    );
  }
  const renamed = state.renamed.get(resource.index);
  if (renamed !== undefined) {
    const to = liveName(resource.kind, renamed.row) ?? "";
    if (policy.onExists === "fail") {
      diagnostics.add(
        "FP302",
        resource.span,
        `${title(resource)} exists already, under the name "${to}"`,
        "on_exists: fail was asked for",
      );
    }
    return skip({ kind: "renamed", to });
  }
  const isKnown = logged && event.contentHash === hash;
  // What can be read decides; the log only about the rest.
  const same = isKnown ||
    (logged && Object.keys(differing(resource, live)).length === 0 &&
      deeperChanges(resource, live, state).length === 0 && !differsUnread(resource, live, event));
  if (policy.onExists === "update") checkHeld(resource, state, known, diagnostics);
  const forced = forcedChange(resource, event, state);
  if (forced !== undefined) {
    const after = policy.onExists === "update" ? differing(resource, live) : {};
    const deeper = policy.onExists === "update" ? deeperChanges(resource, live, state) : [];
    return {
      action: "update",
      resource,
      hash,
      live,
      after: { ...after, ...forced.after },
      fields: [...forced.words, ...columnWords(resource, after), ...deeper],
      adopted: false,
      ...forced.marks,
    };
  }
  switch (policy.onExists) {
    case "skip":
      return skip({ kind: "exists" }, logged && !same && declaration.implied !== true);
    case "fail":
      if (!same) {
        diagnostics.add(
          "FP302",
          resource.span,
          `${title(resource)} exists already${logged ? " with other content" : ""}`,
          "on_exists: fail was asked for",
        );
      }
      return skip({ kind: "exists" });
    case "update": {
      const after = differing(resource, live);
      checkVersioning(resource, live, diagnostics);
      tellOtherKey(resource, live, diagnostics);
      if (isStateKind(resource.kind)) {
        const feature = resource.parent;
        const changed = feature === undefined ? undefined : known.get(feature.index);
        checkOptions(resource, optionsAfter(feature, changed, stateExtra(live).options), diagnostics);
      }
      const deeper = deeperChanges(resource, live, state);
      const fields = [...columnWords(resource, after), ...deeper];
      if ("rules_data" in after) checkFlagReferences(resource, state, known, diagnostics);
      if (fields.length > 0) {
        return {
          action: "update",
          resource,
          hash,
          live,
          after,
          fields: [...new Set(fields)],
          adopted: !logged,
        };
      }
      return logged
        ? skip({ kind: "exists" }, false, !isKnown && declaration.implied !== true)
        : { action: "adopt", resource, hash, live };
    }
  }
}

/** What is to change whatever `on_exists` says: the name by `renamed_from`, credentials by `rotate`. */
function forcedChange(
  resource: Resource,
  event: LastEvent | undefined,
  state: DatabaseState,
): {
  readonly after: Row;
  readonly words: readonly string[];
  readonly marks: { renamedFrom?: string; rotates?: boolean };
} | undefined {
  const { declaration } = resource;
  const column = LIVE_TABLES[resource.kind].nameColumn;
  if (declaration === undefined || column === undefined) return undefined;
  const { renamedFrom, rotate } = declaration.policy;
  const renames = renamedFrom !== undefined && state.renaming.has(resource.index);
  const rotates = rotate !== undefined && event?.details["rotate"] !== rotate;
  if (!renames && !rotates) return undefined;
  const name = storedName(resource.kind, resource.name);
  return {
    after: renames ? { [column]: name } : {},
    words: [
      ...(renames ? [`renamed from "${renamedFrom}"`] : []),
      ...(rotates ? [`${ALL_KINDS[resource.kind].rotates} rotated`] : []),
    ],
    marks: { ...(renames ? { renamedFrom } : {}), ...(rotates ? { rotates } : {}) },
  };
}

/** What the entity needs and what this run neither finds nor creates. */
function absentNeed(resource: Resource, known: Known): Resource | undefined {
  const needs = [
    ...(resource.parent === undefined ? [] : [resource.parent]),
    ...resource.references.values(),
  ];
  return needs.find((need) => {
    const decision = known.get(need.index);
    return decision?.action === "skip" && decision.live === undefined;
  });
}

/** For `only_if_none`: what is there already; undefined if nothing blocks creation. */
function occupiedBy(resource: Resource, state: DatabaseState, known: Known): string | undefined {
  const { line, plural } = ALL_SPECS[resource.kind];
  const parentDecision = resource.parent === undefined ? undefined : known.get(resource.parent.index);
  // What belongs to its parent's line comes with the parent or not at all.
  if (line === "parent") {
    return parentDecision?.action === "create"
      ? undefined
      : `its ${ALL_SPECS[resource.parent?.kind ?? resource.kind].label} existed already`;
  }
  if (resource.parent === undefined) {
    return state.occupied.has(resource.kind) ? `${plural} exist already` : undefined;
  }
  const id = state.live.get(resource.parent.index)?.[0]?.id;
  return id !== undefined && state.occupied.has(`${resource.kind} ${id}`)
    ? `its ${ALL_SPECS[resource.parent.kind].label} has ${plural} already`
    : undefined;
}

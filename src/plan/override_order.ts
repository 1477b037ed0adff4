/**
 * The order of segment overrides without priorities is content: those that a list names change places among themselves,
 * others stay where they are. Pure.
 */
import { writtenGroups } from "../graph/priorities.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { KEY_SEPARATOR } from "../graph/resource.ts";
import type { LiveRow } from "../kinds/live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import { isActive } from "../log/is_active.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { FieldChange } from "./field_change.ts";
import type { Decision, Known, OverrideOrder } from "./plan.ts";

/** A member of a list: live, or about to be created behind all that are live. */
interface Member {
  readonly resource: Resource;
  readonly live: LiveRow | undefined;
}

/** Adds moves to the decisions about segment overrides, which are changed in place. */
export function decideOrder(graph: Graph, decisions: Map<number, Decision>, state: Snapshot): void {
  for (const members of membersOf(graph, decisions)) {
    const free = members.filter(({ resource, live }) =>
      live === undefined || onExists(resource) === "update"
    );
    move(free, decisions);
    if (free.length < members.length) compare(members, decisions, state);
  }
}

/** How the order of live overrides differs from the one written, whatever the policies say: by index. */
export function orderChanges(graph: Graph, decisions: Known): ReadonlyMap<number, FieldChange> {
  return new Map(
    membersOf(graph, decisions).flatMap((members) => {
      const change = orderChange(members);
      return movedIn(members).map(({ resource }) => [resource.index, change] as const);
    }),
  );
}

/** The overrides of each list that are live or about to be created. */
function membersOf(graph: Graph, decisions: Known): readonly (readonly Member[])[] {
  return writtenGroups(graph.resources).map((group) =>
    group.flatMap((resource): readonly Member[] => {
      const decision = decisions.get(resource.index);
      if (decision === undefined) return [];
      const live = decision.action === "create" ? undefined : decision.live;
      return decision.action === "create" || live !== undefined ? [{ resource, live }] : [];
    })
  );
}

function onExists({ declaration }: Resource): "skip" | "update" | "fail" | undefined {
  return declaration?.policy.onExists;
}

function orderChange(members: readonly Member[]): FieldChange {
  return {
    kind: "shown",
    field: "order",
    from: currentOrder(members).map(segmentOf),
    to: members.map(segmentOf),
  };
}

function move(members: readonly Member[], decisions: Map<number, Decision>): void {
  const moved = movedIn(members);
  if (moved.length === 0) return;
  const order: OverrideOrder = members.map(({ resource }) => resource);
  const change = orderChange(members);
  for (const { resource, live } of moved) {
    const decision = decisions.get(resource.index);
    if (decision === undefined || live === undefined) continue;
    if (decision.action === "update") {
      decisions.set(resource.index, { ...decision, changes: [...decision.changes, change], order });
    } else if (decision.action === "skip" || decision.action === "adopt") {
      const { hash } = decision;
      const adopted = decision.action === "adopt";
      decisions.set(resource.index, {
        action: "update",
        resource,
        hash,
        live,
        after: {},
        changes: [change],
        adopted,
        order,
      });
    }
  }
}

/** Overrides that keep their place whatever the file says. */
function compare(members: readonly Member[], decisions: Map<number, Decision>, state: Snapshot): void {
  for (const { resource } of movedIn(members)) {
    const decision = decisions.get(resource.index);
    const event = state.events.get(state.addresses[resource.index] ?? "");
    if (decision?.action !== "skip" || decision.differs || !isActive(event)) continue;
    if (event.contentHash === decision.hash) continue;
    if (onExists(resource) === "skip") decisions.set(resource.index, { ...decision, differs: true });
    if (onExists(resource) !== "fail") continue;
    decisions.set(resource.index, { ...decision, refusal: "other_content" });
  }
}

function segmentOf({ resource }: Member): string {
  return resource.key.split(KEY_SEPARATOR).at(-1) ?? resource.name;
}

/** What is live comes by priority, of equal ones the older first; new ones come behind. */
function currentOrder(members: readonly Member[]): readonly Member[] {
  const live = members.filter((m) => m.live !== undefined);
  return [
    ...live.toSorted((a, b) => priorityOf(a) - priorityOf(b) || Number(a.live?.id) - Number(b.live?.id)),
    ...members.filter((m) => m.live === undefined),
  ];
}

function priorityOf({ live }: Member): number {
  return live === undefined ? 0 : Number(stateExtra(live).segment?.["priority"] ?? 0);
}

/** The live members that change places; none when the order is as written. */
function movedIn(members: readonly Member[]): readonly Member[] {
  const current = currentOrder(members);
  if (current.every((member, at) => member === members[at])) return [];
  const places = distinctPlaces(current.filter((m) => m.live !== undefined).map(priorityOf));
  return members.filter((member, at) => member.live !== undefined && priorityOf(member) !== places[at]);
}

/** Priorities in ascending order, without equal ones: with those no order would be certain. */
export function distinctPlaces(priorities: readonly number[]): readonly number[] {
  const places: number[] = [];
  for (const priority of priorities) places.push(Math.max(priority, (places.at(-1) ?? -1) + 1));
  return places;
}

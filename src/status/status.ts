/**
 * How each declared or logged entity stands: what the files say, what the log says, what is live
 * (`docs/cli.md#status`). Reads only.
 */
import type { LastEvent } from "../log/events.ts";
import type { Ask } from "../database/ask.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations, DomainDeclaration } from "../declarations/declaration.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { changesOf, type FieldChange, rowChangesOf } from "../plan/changes.ts";
import { hashContent } from "../log/content_hash.ts";
import { decide } from "../plan/decide.ts";
import { differsUnread } from "../plan/unread.ts";
import { isOpen } from "../log/is_active.ts";
import { decideDomain } from "../plan/decide_domain.ts";
import type { Decision, RowDecision, SkipReason } from "../plan/plan.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { type DatabaseState, readSchema, readState, SITE_ADDRESS } from "../snapshot/state.ts";
import { COMPARING, LOOKING, withPolicy } from "../plan/with_policy.ts";
import { readGraph } from "../removal/closure.ts";
import { underAddresses } from "../log/renames.ts";
import {
  correctionsStatement,
  type OpenEvent,
  openEventsStatement,
  readOpenEvents,
} from "../log/active_events.ts";
import { verify } from "../removal/verify.ts";

/** How an entity stands. */
export type Standing =
  | { readonly kind: "in_sync" }
  /** The file is the one that was applied; somebody changed the live row, or it was never applied by this tool. */
  | { readonly kind: "drifted"; readonly changes: readonly FieldChange[] }
  /** The file says something else than when it was applied; without changes where the difference cannot be compared. */
  | { readonly kind: "changed"; readonly changes: readonly FieldChange[] }
  | { readonly kind: "renamed"; readonly to: string }
  | { readonly kind: "missing" }
  /** `ensure: absent`, and it is there. */
  | { readonly kind: "unwanted" }
  /** Not there, and the policy of the file leaves it so. */
  | { readonly kind: "left"; readonly reason: SkipReason }
  /** What the log says was made or changed and no file speaks of; `gone` when its row is not there any more. */
  | { readonly kind: "not_in_files"; readonly gone: boolean };

/** One entity. */
export interface EntityStatus {
  readonly address: string;
  /** Word of the column `kind` of the log. */
  readonly kind: string;
  /** Undefined for what no file declares, for the domain and for rows of tables without a kind. */
  readonly resource: Resource | undefined;
  readonly standing: Standing;
}

/** All entities: declared ones in the order of work, then what only the log knows, oldest first. */
export interface Status {
  readonly entities: readonly EntityStatus[];
}

/** True when something is other than the files say. */
export function isOff({ standing }: EntityStatus): boolean {
  return standing.kind !== "in_sync" && standing.kind !== "left";
}

/** Compares everything. Undefined when the database showed mistakes in the input, which are then in `diagnostics`. */
export async function readStatus(
  ask: Ask,
  graph: Graph,
  declarations: Declarations,
  refuses: (diagnostics: Diagnostics) => boolean,
  diagnostics: Diagnostics,
): Promise<Status | undefined> {
  const state = await readState(ask, graph, lookAtAll(await readSchema(ask, graph)));
  // Two passes: what a run would leave alone, and what an update would change. What an update cannot do is
  // no mistake here, since nothing is to be written.
  const left = decide(withPolicy(graph, LOOKING), undefined, state, diagnostics);
  if (refuses(diagnostics)) return undefined;
  const compared = decide(
    withPolicy(graph, COMPARING),
    undefined,
    state,
    new Diagnostics(),
  );
  const updates = new Map(compared.decisions.map((d) => [d.resource.index, d]));
  const declared = left.decisions.map((decision): EntityStatus => {
    const { resource } = decision;
    const { index, kind } = resource;
    const address = state.addresses[index] ?? "";
    const update = updates.get(index);
    const changes = update === undefined ? [] : changesOf(update, state);
    const renamed = state.renamed.has(index) && decision.action === "skip" ? decision.reason : undefined;
    return {
      address,
      kind,
      resource,
      standing: standingOf(
        decision,
        changes,
        state.events.get(address),
        renamed?.kind === "renamed" ? renamed.to : undefined,
        decision.action === "skip" && decision.live !== undefined &&
          differsUnread(resource, decision.live, state.events.get(address)),
      ),
    };
  });
  const rows = left.rows.map((decision, at): EntityStatus => {
    const { address } = decision.resource;
    const update = compared.rows[at];
    const changes = update === undefined ? [] : rowChangesOf(update, state);
    return {
      address,
      kind: "row",
      resource: undefined,
      standing: standingOf(decision, changes, state.raw.events.get(address), undefined, false),
    };
  });
  const domain = domainStatus(declarations.domain, state);
  const known = [...domain, ...declared, ...rows];
  return { entities: [...known, ...await unlisted(ask, state, new Set(known.map((e) => e.address)))] };
}

/**
 * `changes` are those that an update would make, `renamedTo` the live name of what others renamed; `isUnread`: something
 * differs that an update would not change.
 */
function standingOf(
  decision: Decision | RowDecision,
  changes: readonly FieldChange[],
  last: LastEvent | undefined,
  renamedTo: string | undefined,
  isUnread: boolean,
): Standing {
  if (decision.action === "delete") return { kind: "unwanted" };
  if (decision.action === "create") return { kind: "missing" };
  if (decision.action === "skip" && decision.reason !== undefined) {
    const { reason } = decision;
    if (reason.kind === "absent") return { kind: "in_sync" };
    if (decision.live === undefined) return { kind: "left", reason };
    if (renamedTo !== undefined) return { kind: "renamed", to: renamedTo };
  }
  const same = !isOpen(last) || last.contentHash === decision.hash;
  if (changes.length > 0) return { kind: same ? "drifted" : "changed", changes };
  return same || !isUnread ? { kind: "in_sync" } : { kind: "changed", changes };
}

/** The domain of the instance is no entity and has no name, but it drifts like one. */
function domainStatus(
  declaration: DomainDeclaration | undefined,
  state: DatabaseState,
): readonly EntityStatus[] {
  const { site, siteEvent } = state;
  if (declaration === undefined) return [];
  const entity = (standing: Standing): readonly EntityStatus[] => [
    { address: SITE_ADDRESS, kind: "app_domain", resource: undefined, standing },
  ];
  if (site === declaration.domain) return entity({ kind: "in_sync" });
  if (site === undefined) return entity({ kind: "missing" });
  const changes: readonly FieldChange[] = [
    { field: "app_domain", kind: "shown", from: site, to: declaration.domain },
  ];
  const same = siteEvent?.contentHash === hashContent("app_domain", declaration.domain);
  const isLeft = declaration.policy.onlyIfNone && !same &&
    decideDomain(declaration, state, new Diagnostics()).action === "none";
  if (isLeft) return entity({ kind: "left", reason: { kind: "occupied", what: "the instance has another" } });
  return entity({ kind: same || !isOpen(siteEvent) ? "drifted" : "changed", changes });
}

/** What the log says stands and no file declares. */
async function unlisted(
  ask: Ask,
  { catalog }: DatabaseState,
  known: ReadonlySet<string>,
): Promise<readonly EntityStatus[]> {
  if (catalog.logVersion === 0) return [];
  const [events, corrections] = await ask("read the log", [
    openEventsStatement(catalog.schema),
    correctionsStatement(catalog.schema),
  ]);
  const open = readOpenEvents(events ?? [], corrections ?? []);
  const listed = underAddresses(open, known);
  const rest = open.filter((e) => !listed.has(e));
  if (rest.length === 0) return [];
  const { gone } = await verify(ask, await readGraph(ask, catalog.schema), rest);
  const byAddress = Map.groupBy(rest, (event: OpenEvent) => event.address);
  return [...byAddress].map(([address, group]) => ({
    address,
    kind: group[0]?.kind ?? "",
    resource: undefined,
    standing: { kind: "not_in_files", gone: group.every((event) => gone.has(event)) },
  }));
}

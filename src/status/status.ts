/**
 * How each declared or logged entity stands: what the files say, what the log says, what is live
 * (`docs/cli.md#status`). Reads only.
 */
import type { Ask } from "../database/ask.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations, DomainDeclaration } from "../declarations/declaration.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { hashContent } from "../log/content_hash.ts";
import type { Comparison } from "../plan/compare.ts";
import type { RowComparison } from "../plan/compare_rows.ts";
import { type Logged, loggedAs } from "../plan/decide.ts";
import { pendingChanges } from "../plan/decide_all.ts";
import { checkUnchanged } from "../plan/entity_checks.ts";
import type { FieldChange } from "../plan/field_change.ts";
import { compareAndDecide } from "../plan/make_plan.ts";
import { orderChanges } from "../plan/override_order.ts";
import { isActive } from "../log/is_active.ts";
import { decideDomain } from "../plan/decide_domain.ts";
import type { Decision, RowDecision, SkipReason } from "../plan/plan.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { readSchema, SITE_ADDRESS, type Snapshot, takeSnapshot } from "../snapshot/state.ts";
import { readGraph } from "../removal/closure.ts";
import { underAddresses } from "../log/renames.ts";
import {
  type ActiveEvent,
  correctionsStatement,
  openEventsStatement,
  readActiveEvents,
} from "../log/active_events.ts";
import { verify } from "../removal/verify.ts";

/** How an entity stands. */
export type SyncState =
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
  readonly standing: SyncState;
}

/** All entities: declared ones in the order of work, then what only the log knows, oldest first. */
export interface Status {
  readonly entities: readonly EntityStatus[];
}

/** True when something is other than the files say. */
export function isOutOfSync({ standing }: EntityStatus): boolean {
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
  const state = await takeSnapshot(ask, graph, lookAtAll(await readSchema(ask, graph)));
  const checked = compareAndDecide(graph, state);
  const { compared, comparedRows, decisions } = checked;
  // What an update cannot do is no mistake here, since nothing is to be written.
  checkUnchanged(checked, diagnostics);
  if (refuses(diagnostics)) return undefined;
  const orders = orderChanges(graph, decisions.entities);
  const declared = compared.map((one): EntityStatus => {
    const { resource, address, event, hash, comparison } = one;
    const order = orders.get(resource.index);
    const changes = [
      ...pendingChanges(one),
      ...(comparison.relation === "present" ? comparison.difference?.changes ?? [] : []),
      ...(order === undefined ? [] : [order]),
    ];
    return {
      address,
      kind: resource.kind,
      resource,
      standing: standingOf(
        decisions.entities.get(resource.index),
        comparison,
        changes,
        loggedAs(event, hash),
      ),
    };
  });
  const rows = comparedRows.map(({ resource: { address }, comparison, event, hash }, at): EntityStatus => ({
    address,
    kind: "row",
    resource: undefined,
    standing: standingOf(
      decisions.rows[at],
      comparison,
      comparison.relation === "present" ? comparison.difference?.changes ?? [] : [],
      loggedAs(event, hash),
    ),
  }));
  const domain = domainStatus(declarations.domain, state);
  const known = [...domain, ...declared, ...rows];
  return { entities: [...known, ...await unlisted(ask, state, new Set(known.map((e) => e.address)))] };
}

/** `decision` says what becomes of what is missing or unwanted; how a live entity stands is a matter of the comparison alone. */
function standingOf(
  decision: Decision | RowDecision | undefined,
  comparison: Comparison | RowComparison,
  changes: readonly FieldChange[],
  logged: Logged,
): SyncState {
  if (decision?.action === "delete") return { kind: "unwanted" };
  if (decision?.action === "skip" && decision.reason?.kind === "absent") return { kind: "in_sync" };
  switch (comparison.relation) {
    case "missing":
      return decision?.action === "skip" && decision.reason !== undefined
        ? { kind: "left", reason: decision.reason }
        : { kind: "missing" };
    case "renamed":
      return { kind: "renamed", to: comparison.to };
    case "duplicated":
      return { kind: "in_sync" };
    case "present":
      if (changes.length > 0) return { kind: logged === "other" ? "changed" : "drifted", changes };
      return logged === "other" && comparison.difference !== undefined
        ? { kind: "changed", changes }
        : { kind: "in_sync" };
  }
}

/** The domain of the instance is no entity and has no name, but it drifts like one. */
function domainStatus(
  declaration: DomainDeclaration | undefined,
  state: Snapshot,
): readonly EntityStatus[] {
  const { site, siteEvent } = state;
  if (declaration === undefined) return [];
  const entity = (standing: SyncState): readonly EntityStatus[] => [
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
  if (isLeft) return entity({ kind: "left", reason: { kind: "occupied", by: { what: "domain" } } });
  return entity({ kind: same || !isActive(siteEvent) ? "drifted" : "changed", changes });
}

/** What the log says stands and no file declares. */
async function unlisted(
  ask: Ask,
  { catalog, renamedByOthers }: Snapshot,
  known: ReadonlySet<string>,
): Promise<readonly EntityStatus[]> {
  if (catalog.logVersion === 0) return [];
  const [events, corrections] = await ask("read the log", [
    openEventsStatement(catalog.schema),
    correctionsStatement(catalog.schema),
  ]);
  const open = readActiveEvents(events ?? [], corrections ?? []);
  const listed = underAddresses(open, known, renamedByOthers);
  const rest = open.filter((e) => !listed.has(e));
  if (rest.length === 0) return [];
  const { gone } = await verify(ask, await readGraph(ask, catalog.schema), rest);
  const byAddress = Map.groupBy(rest, (event: ActiveEvent) => event.address);
  return [...byAddress].map(([address, group]) => ({
    address,
    kind: group[0]?.kind ?? "",
    resource: undefined,
    standing: { kind: "not_in_files", gone: group.every((event) => gone.has(event)) },
  }));
}

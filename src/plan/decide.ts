/** The table of `spec` section 4: live row × last log event × policy → decision. Pure. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { DomainDeclaration } from "../documents/declaration.ts";
import { type Cell, isJson, type Row } from "../flagsmith/cell.ts";
import { featureNameMatches } from "../flagsmith/python_regex_match.ts";
import { isKind } from "../documents/declaration.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { LIVES } from "../kinds/lives.ts";
import type { LiveRow } from "../kinds/live.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import type { Content } from "../kinds/kind.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { canonical, contentHash } from "./content_hash.ts";
import { decideDomain } from "./decide_domain.ts";
import { checkLengths } from "./lengths.ts";
import { type Decision, type Known, type Plan, type SkipReason, title } from "./plan.ts";
import type { DatabaseState } from "./state.ts";
import { checkOptions, checkStateCreation, isStateKind, refuseVersioned } from "./state_checks.ts";

/** Decides about every declared entity. With errors in `diagnostics` the plan must not be carried out. */
export function decide(
  graph: Graph,
  domain: DomainDeclaration | undefined,
  state: DatabaseState,
  diagnostics: Diagnostics,
): Plan {
  const decisions = new Map<number, Decision>();
  const addresses = new Map<string, Resource>();
  for (const resource of graph.resources) {
    const live = state.live.get(resource.index) ?? [];
    if (live.length > 1 && !belowDuplicate(resource, state)) reportDuplicates(resource, live, diagnostics);
    if (resource.declaration === undefined) {
      if (live.length === 0) reportMissing(resource, graph, state, decisions, diagnostics);
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
    decisions.set(resource.index, decideOne(resource, live[0], state, decisions, diagnostics));
  }
  return { decisions: [...decisions.values()], domain: decideDomain(domain, state, diagnostics) };
}

function belowDuplicate(resource: Resource, state: DatabaseState): boolean {
  return resource.parent !== undefined && (state.live.get(resource.parent.index)?.length ?? 0) > 1;
}

function reportDuplicates(resource: Resource, live: readonly LiveRow[], diagnostics: Diagnostics): void {
  const { table, primaryKey } = LIVES[resource.kind];
  const parents = new Set(live.map((l) => l.parentName));
  if (resource.parent === undefined && parents.size > 1) {
    const names = [...parents].map((p) => `"${p}"`).sort().join(", ");
    diagnostics.add(
      "FP203",
      resource.span,
      `"${resource.name}" fits more than one ${ALL_SPECS[resource.kind].label}: in ${names}`,
      `Add "${ALL_SPECS[resource.kind].parent}:" beside it`,
    );
    return;
  }
  const ids = live.map((l) => String(l.row[primaryKey])).sort((a, b) => Number(a) - Number(b));
  diagnostics.add(
    "FP301",
    resource.span,
    `The database holds ${live.length} live rows for ${
      title(resource).replace(/^./, (c) => c.toLowerCase())
    }: ${table} ${primaryKey} ${ids.join(", ")}`,
    "Rename or remove one of them; the tool does not guess",
  );
}

function reportMissing(
  resource: Resource,
  graph: Graph,
  state: DatabaseState,
  decisions: ReadonlyMap<number, Decision>,
  diagnostics: Diagnostics,
): void {
  const { parent } = resource;
  if (parent?.declaration === undefined && parent !== undefined) {
    const above = decisions.has(parent.index);
    if (!above && diagnostics.hasErrorIn(parent.span)) return;
  }
  const where = parent === undefined ? "" : ` in ${ALL_SPECS[parent.kind].label} "${parent.name}"`;
  const declared = graph.resources.filter((r) => r.kind === resource.kind && r.declaration !== undefined);
  const suggestion = didYouMean(resource.name, [
    ...declared.map((r) => r.name),
    ...state.names.get(resource.kind) ?? [],
  ]);
  const near = suggestion === undefined
    ? undefined
    : declared.find((r) => suggestion.endsWith(`mean "${r.name}"?`));
  const hint = near === undefined ? suggestion : `${suggestion} It is defined at ${placeOf(near.span)}`;
  diagnostics.add(
    "FP204",
    resource.span,
    `${title(resource)} is not defined${where}`,
    hint ?? "No file declares it and the database does not hold it",
  );
}

function decideOne(
  resource: Resource,
  live: LiveRow | undefined,
  state: DatabaseState,
  known: Known,
  diagnostics: Diagnostics,
): Decision {
  const { declaration } = resource;
  if (declaration === undefined) throw new TypeError("Cannot decide about an entity that no file declares");
  const hash = contentHash(declaration);
  const skip = (reason: SkipReason, differs = false): Decision => ({
    action: "skip",
    resource,
    hash,
    live,
    reason,
    differs,
  });
  const event = state.events.get(state.addresses[resource.index] ?? "");
  const logged = event !== undefined && event.event !== "deleted";
  const { policy } = declaration;
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
    return { action: "create", resource, hash };
  }
  const renamed = state.renamed.get(resource.index);
  if (renamed !== undefined) {
    const to = String(renamed.row["name"] ?? renamed.row["email"] ?? "");
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
  const same = logged && event.contentHash === hash;
  switch (policy.onExists) {
    case "skip":
      return skip({ kind: "exists" }, logged && !same);
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
      const after = differing(resource, live, diagnostics);
      if (!same) tellUncompared(resource, after, diagnostics);
      if (isStateKind(resource.kind)) checkOptions(resource, stateExtra(live).options, diagnostics);
      const deeper = LIVES[resource.kind].differs?.(declaration.fields, live) ?? [];
      if (isStateKind(resource.kind) && Object.keys(after).length + deeper.length > 0) {
        refuseVersioned(resource, live, diagnostics);
      }
      const columns = Object.keys(after).map((column) => LIVES[resource.kind].fieldNames?.[column] ?? column);
      const fields = [...columns, ...deeper];
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
      return logged ? skip({ kind: "exists" }) : { action: "adopt", resource, hash, live };
    }
  }
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

/** For `only_if_none`: what is there already; undefined when the way is free. */
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

function checkCreation(
  resource: Resource,
  state: DatabaseState,
  known: Known,
  diagnostics: Diagnostics,
): void {
  const { declaration, parent } = resource;
  if (isStateKind(resource.kind)) checkStateCreation(resource, state, known, diagnostics);
  if (declaration === undefined || parent === undefined || !isKind(declaration, "feature")) return;
  const project = known.get(parent.index);
  const live = state.live.get(parent.index)?.[0]?.row["feature_name_regex"];
  const wish = parent.declaration !== undefined && isKind(parent.declaration, "project")
    ? parent.declaration.fields.settings?.feature_name_regex
    : undefined;
  const regex = project?.action === "create" ? wish : typeof live === "string" ? live : undefined;
  if (regex !== undefined && regex !== "" && featureNameMatches(regex, declaration.fields.name) === false) {
    diagnostics.add(
      "FP115",
      resource.span,
      `${title(resource)} does not match the project's feature_name_regex`,
      `The project "${parent.name}" allows names that match ${regex}`,
    );
  }
}

/** The declared columns whose live value is another. */
function differing(resource: Resource, live: LiveRow, diagnostics: Diagnostics): Row {
  const { declaration } = resource;
  if (declaration === undefined) return {};
  const after: Record<string, Cell> = {};
  for (const [column, wanted] of Object.entries(LIVES[resource.kind].columns(declaration.fields))) {
    if (wanted === undefined) continue;
    const current = live.row[column];
    if (current === undefined) {
      diagnostics.add(
        "FP304",
        resource.span,
        `${title(resource)}: this Flagsmith release has no column for ${
          LIVES[resource.kind].fieldNames?.[column] ?? column
        }`,
      );
    } else if (!sameCell(current, wanted)) after[column] = wanted;
  }
  return after;
}

/** What `update` does not change yet is said, never silently passed over. */
function tellUncompared(resource: Resource, after: Row, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined) return;
  const given = (key: string): boolean =>
    Object.hasOwn(declaration.fields, key) && Reflect.get(declaration.fields, key) !== undefined;
  if ("rules_data" in after) {
    diagnostics.add(
      "FP304",
      resource.span,
      `${
        title(resource)
      } exists with other rules, and rules of a live segment are not changed by this release`,
      "Change them in the dashboard, or give the segment a new name",
    );
  }
  const fixed: Partial<Record<typeof resource.kind, readonly string[]>> = {
    environment: ["api_key"],
    feature: ["type", "multivariate_options", "tags", "owners", "group_owners"],
    identity: ["traits"],
    server_side_environment_key: ["key"],
    group: ["members"],
    segment: ["feature"],
    user: ["password", "password_hash"],
    master_api_key: ["key"],
  };
  const permissions = resource.kind.endsWith("_permission") ? ["permissions"] : [];
  const named = [...fixed[resource.kind] ?? [], ...permissions].filter(given);
  if (named.length > 0) {
    diagnostics.add(
      "FP350",
      resource.span,
      `${title(resource)} exists; ${named.map((n) => `"${n}"`).join(" and ")} of a live ${
        ALL_SPECS[resource.kind].label
      } ${named.length === 1 ? "is" : "are"} neither compared nor changed`,
    );
  }
}

function sameCell(a: Cell, b: Cell): boolean {
  if (isJson(a) && isJson(b)) return canonical(a.json as Content) === canonical(b.json as Content);
  if (
    typeof a === "string" && typeof b === "string" && /^\d{4}-\d\d-\d\dT/.test(a) &&
    /^\d{4}-\d\d-\d\dT/.test(b)
  ) return Date.parse(a) === Date.parse(b);
  return a === b;
}

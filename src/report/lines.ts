/** A run's result as the fixed lines of `docs/output.md#results`. Pure. */
import { unknownNotes } from "./unknown_notes.ts";
import type { ApplyResult } from "../apply/apply.ts";
import { fillWords } from "../database/column_fill.ts";
import type { RowSet } from "../database/row_set.ts";
import type { Resource } from "../graph/resource.ts";
import { ALL_SPECS, ancestorsOf, KIND_NAMES, type KindName } from "../kinds/specs.ts";
import type { Decision, RowDecision } from "../plan/plan.ts";
import { rowWords } from "./address_words.ts";
import { fieldWords, skipWords } from "./change_words.ts";
import { escapeControls } from "./display.ts";

/** What happened to an entity, in the past and in the conditional. */
export type Action = "created" | "updated" | "skipped" | "deleted";

/** One reported entity. */
export interface ReportedAction {
  readonly action: Action;
  readonly kind: KindName;
  readonly name: string;
  /** The resource whose line it is. */
  readonly resource: Resource;
  /** Changed fields: `default_enabled`, `members (+1)`. */
  readonly fields: readonly string[];
  /** Why it was skipped. */
  readonly reason: string | undefined;
}

/** How many entities had which fate. */
export type Summary = Readonly<Record<Action, number>>;

/** The entities with a line of their own; what belongs to a parent's line is added to its fields. */
export function reportedActions(decisions: readonly Decision[], verbose: boolean): readonly ReportedAction[] {
  const gained = new Map<number, Map<string, number>>();
  const reported: ReportedAction[] = [];
  const byIndex = new Map(decisions.map((d) => [d.resource.index, d]));
  for (const { action, resource } of decisions) {
    const spec = ALL_SPECS[resource.kind];
    const above = resource.parent;
    if (
      spec.line === "own" || above === undefined || action === "skip" ||
      byIndex.get(above.index)?.action === "create"
    ) continue;
    const counts = gained.get(above.index) ?? new Map<string, number>();
    const sign = action === "create" ? "+" : action === "delete" ? "-" : "~";
    const word = `${spec.plural} ${sign}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
    gained.set(above.index, counts);
  }
  for (const decision of decisions) {
    const { resource } = decision;
    if (ALL_SPECS[resource.kind].line === "parent" && !(verbose && decision.action !== "skip")) continue;
    const extra = verbose ? [] : [...gained.get(resource.index) ?? []].map(([word, count]) => {
      const [plural, sign] = [word.slice(0, -2), word.slice(-1)];
      return ALL_SPECS[resource.kind].single === true || plural === "subscription"
        ? `${plural}`
        : `${plural} (${sign}${count})`;
    });
    const base = { kind: resource.kind, name: resource.name, resource };
    if (decision.action === "delete") {
      reported.push({ ...base, action: "deleted", fields: [], reason: undefined });
    } else if (decision.action === "create") {
      reported.push({ ...base, action: "created", fields: [], reason: undefined });
    } else if (decision.action === "update") {
      reported.push({
        ...base,
        action: "updated",
        fields: [...decision.changes.map(fieldWords), ...extra],
        reason: undefined,
      });
    } else if (extra.length > 0) {
      reported.push({ ...base, action: "updated", fields: extra, reason: undefined });
    } else {reported.push({
        ...base,
        action: "skipped",
        fields: [],
        reason: decision.action === "skip" ? skipWords(decision.reason) : "already exists",
      });}
  }
  // A parent that no file declares, but that gained something, still gets its line.
  for (const [index, counts] of gained) {
    if (byIndex.has(index) || verbose) continue;
    const child = decisions.find((d) => d.resource.parent?.index === index);
    const parent = child?.resource.parent;
    if (parent === undefined) continue;
    const fields = [...counts].map(([word, count]) => word.replace(/ (.)$/, ` ($1${count})`));
    reported.push({
      kind: parent.kind,
      name: parent.name,
      resource: parent,
      action: "updated",
      fields,
      reason: undefined,
    });
  }
  return reported.sort((a, b) =>
    KIND_NAMES.indexOf(a.kind) - KIND_NAMES.indexOf(b.kind) || a.resource.index - b.resource.index
  );
}

/** One row of a table without a kind. */
export interface ReportedRow {
  readonly action: Action;
  /** `row name=acme of saml_samlconfiguration`. */
  readonly words: string;
  readonly address: string;
  readonly fields: readonly string[];
  readonly reason: string | undefined;
}

/** Rows with their lines. */
export function reportedRows(decisions: readonly RowDecision[]): readonly ReportedRow[] {
  return decisions.map(({ action, resource, changes, reason }) => ({
    action: ROW_ACTIONS[action],
    words: rowWords(resource.address),
    address: resource.address,
    fields: changes.map(fieldWords),
    reason: action === "adopt" ? "already exists" : reason === undefined ? undefined : skipWords(reason),
  }));
}

const ROW_ACTIONS: Readonly<Record<RowDecision["action"], Action>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  adopt: "skipped",
  skip: "skipped",
};

/** Counts by action. */
export function summaryOf(actions: readonly { readonly action: Action }[]): Summary {
  const count = (action: Action): number => actions.filter((a) => a.action === action).length;
  return {
    created: count("created"),
    updated: count("updated"),
    skipped: count("skipped"),
    deleted: count("deleted"),
  };
}

/** How many entities and rows a run created, updated, skipped and deleted, as its summary counts them. */
export function summaryOfResult({ plan }: Pick<ApplyResult, "plan">): Summary {
  return summaryOf([...reportedActions(plan.decisions, false), ...reportedRows(plan.rows)]);
}

const PAST: Readonly<Record<Action, string>> = {
  created: "Created",
  updated: "Updated",
  skipped: "Skipped",
  deleted: "Deleted",
};
const WOULD: Readonly<Record<Action, string>> = {
  created: "Would create",
  updated: "Would update",
  skipped: "Would skip",
  deleted: "Would delete",
};

/** `environment "Development" in project "Web App"`. */
export function describe(resource: Resource): string {
  const { label, line, single } = ALL_SPECS[resource.kind];
  const inside = line === "parent" || ancestorsOf(resource.kind).length > 1;
  const where = resource.parent === undefined || !inside
    ? ""
    : ` in ${ALL_SPECS[resource.parent.kind].label} "${resource.parent.name}"`;
  return single === true ? `${label}${where.replace(" in ", " of ")}` : `${label} "${resource.name}"${where}`;
}

/** What the lines show beside the plan: values that are handed out once. */
export interface HandedOut {
  /** What follows `Created master API key "X": `, by resource index. */
  readonly keys: ReadonlyMap<number, string>;
  /** Reset links by address, in the form in which the address is stored. */
  readonly links: ReadonlyMap<string, string>;
  /** Passwords that were made up, by resource index. */
  readonly passwords: ReadonlyMap<number, string>;
}

/** `audit_auditlog (3), environments_environment (1)`. */
export function rowCounts(rows: RowSet): string {
  return [...rows].map(([table, ids]) => `${table} (${ids.size})`).sort().join(", ");
}

/** The lines of a run, summary last; `alsoDeleted` entities had lines of their own before. */
export function resultLines(
  result: Pick<ApplyResult, "plan" | "removed" | "dryRun">,
  handedOut: HandedOut,
  verbose: boolean,
  alsoDeleted = 0,
): readonly string[] {
  const words = result.dryRun ? WOULD : PAST;
  const actions = reportedActions(result.plan.decisions, verbose);
  const lines: string[] = [];
  for (const { action, resource, fields, reason } of actions) {
    const key = action === "created" || action === "updated" ? handedOut.keys.get(resource.index) : undefined;
    const tail = key !== undefined
      ? `: ${key}`
      : fields.length > 0
      ? `: ${fields.join(", ")}.`
      : reason !== undefined
      ? ` (${reason}).`
      : ".";
    const verb = action === "updated" && key !== undefined ? "Rotated" : words[action];
    lines.push(`${verb} ${describe(resource)}${tail}`);
    const link = action === "created" && resource.kind === "user"
      ? handedOut.links.get(resource.key)
      : undefined;
    const password = action === "created" || action === "updated"
      ? handedOut.passwords.get(resource.index)
      : undefined;
    if (password !== undefined) {
      lines.push(`The password of user "${resource.name}" is shown only this once: ${password}`);
    }
    if (link !== undefined) lines.push(`Please go to the following page and choose a password: ${link}`);
  }
  for (const { action, words: shown, fields, reason } of reportedRows(result.plan.rows)) {
    const tail = fields.length > 0 ? `: ${fields.join(", ")}.` : reason === undefined ? "." : ` (${reason}).`;
    lines.push(`${words[action]} ${shown}${tail}`);
  }
  if (result.removed.size > 0) {
    lines.push(`${result.dryRun ? "Rows that would go" : "Rows removed"}: ${rowCounts(result.removed)}.`);
  }
  // The summary counts the same entities whether their parts are shown or not.
  const summary = summaryOf([
    ...reportedActions(result.plan.decisions, false),
    ...reportedRows(result.plan.rows),
  ]);
  // A name may hold line breaks; an entity has one line all the same.
  return [
    ...lines.map(escapeControls),
    summaryLine({ ...summary, deleted: summary.deleted + alsoDeleted }, result.dryRun),
  ];
}

/** `Provisioning complete: 6 created, 2 updated, 1 skipped.` */
export function summaryLine(summary: Summary, dryRun: boolean): string {
  const parts: string[] = [];
  const show = (action: Action, word: string, always: boolean): void => {
    if (always || summary[action] > 0) {
      parts.push(dryRun ? `${summary[action]} to ${word}` : `${summary[action]} ${action}`);
    }
  };
  show("created", "create", true);
  show("updated", "update", false);
  show("deleted", "delete", false);
  show("skipped", "skip", true);
  return dryRun ? `Dry run: ${parts.join(", ")}.` : `Provisioning complete: ${parts.join(", ")}.`;
}

/** What is said of a run that lost its connection while committing, and was committed. */
export const LEARNED_LATE =
  "The connection was lost while committing; the log shows that the run had been committed.";

/** Which columns were filled that the program does not know, with what and from where. */
function fillNotes({ fills, dryRun }: Pick<ApplyResult, "fills" | "dryRun">): readonly string[] {
  if (fills.length === 0) return [];
  const columns = fills.map((fill) => `${fill.table}.${fill.column} = ${fillWords(fill)} (${fill.from})`);
  return [
    escapeControls(
      `New rows ${dryRun ? "would fill" : "fill"} ${
        fills.length === 1 ? "a column" : `${fills.length} columns`
      } that this release does not know: ${columns.join(", ")}.`,
    ),
  ];
}

/** How many entities and rows differ from the files and are left alone. */
export function leftAlone({ plan }: Pick<ApplyResult, "plan">): number {
  return [...plan.decisions, ...plan.rows].filter((d) => d.action === "skip" && d.differs).length;
}

/** Remarks on a release that the program does not know: which columns a run filled, and what it gets along with. */
export function releaseNotes(
  result: Pick<ApplyResult, "dryRun" | "fills" | "unknown">,
): readonly string[] {
  return [...fillNotes(result), ...unknownNotes(result.unknown)];
}

/** Remarks for people, for standard error. */
export function resultNotes(
  result: Pick<ApplyResult, "plan" | "dryRun" | "learnedLate" | "fills" | "unknown">,
): readonly string[] {
  const notes: string[] = [...releaseNotes(result)];
  const differing = leftAlone(result);
  if (differing > 0) {
    notes.push(
      `${differing} ${differing === 1 ? "differs" : "differ"} from the files and ${
        differing === 1 ? "is" : "are"
      } left alone (on_exists: skip).`,
    );
  }
  const { domain } = result.plan;
  if (domain.action === "left") {
    notes.push(
      `The domain of this instance is "${domain.current}" and is left alone; the files say "${domain.wanted}" (on_exists: update sets it).`,
    );
  } else if (domain.action === "set" && !result.dryRun) {
    notes.push(
      `The domain of this instance is now "${domain.to}"${
        domain.restart ? "; a running API keeps the old one until it restarts" : ""
      }.`,
    );
  }
  if (result.learnedLate) {
    notes.push(LEARNED_LATE);
  }
  return notes;
}

/** What a plan does, as the fixed lines of `docs/output.md#results`: for `plan`, dry runs and `apply` alike. Pure. */
import type { ApplyResult } from "../apply/apply.ts";
import type { RowSet } from "../database/row_set.ts";
import type { Resource } from "../graph/resource.ts";
import { ALL_KINDS, ALL_SPECS, ancestorsOf } from "../kinds/specs.ts";
import type { Plan, RowDecision } from "../plan/plan.ts";
import {
  type Action,
  type PartChange,
  type ReportedAction,
  reportedActions,
  ROW_ACTIONS,
  rowReason,
  type Summary,
  summaryOfPlan,
} from "./actions.ts";
import { rowWords } from "./address_words.ts";
import { countedName, fieldWords, skipWords } from "./change_words.ts";
import { escapeControls } from "./display.ts";

type Verb = Action | "rotated";

const PAST: Readonly<Record<Verb, string>> = {
  created: "Created",
  updated: "Updated",
  rotated: "Rotated",
  skipped: "Skipped",
  deleted: "Deleted",
};
const WOULD: Readonly<Record<Verb, string>> = {
  created: "Would create",
  updated: "Would update",
  rotated: "Would rotate",
  skipped: "Would skip",
  deleted: "Would delete",
};

/** `environment "Development" in project "Web App"`. */
export function describe(resource: Resource): string {
  const { label, line, single } = ALL_SPECS[resource.kind];
  const inside = line === "parent" || ancestorsOf(resource.kind).length > 1;
  const own = single === true ? label : `${label} "${resource.name}"`;
  return resource.parent === undefined || !inside
    ? own
    : `${own} ${single === true ? "of" : "in"} ${
      ALL_SPECS[resource.parent.kind].label
    } "${resource.parent.name}"`;
}

/** `feature state "Development"`: an entity below the line of what it belongs to. */
export function describePart({ kind, name }: Resource): string {
  const { label, single } = ALL_SPECS[kind];
  return single === true ? label : `${label} "${name}"`;
}

/** What the lines show beside the plan: values that are handed out once. */
export interface IssuedSecrets {
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

/** One line of a run. */
export interface Line {
  readonly text: string;
  /** True for a line that shows a value which exists only once: nothing may leave it out. */
  readonly isOnceOnly: boolean;
  /** Undefined for lines that are about no single entity or row. */
  readonly about: ReportedAction | RowDecision | undefined;
}

/** The changed fields of a line: its own, then what it gains or loses below. */
export function changedWords(
  { changes, parts }: Pick<ReportedAction, "changes" | "parts">,
): readonly string[] {
  return [...changes.map(fieldWords), ...parts.map(partWords)];
}

/** `members (+1)`; what there is one of at most has no count. */
function partWords({ plural, counts }: PartChange): string {
  return countedName(plural, counts);
}

/** A line for each entity and row of a plan, in the order of work; the one place that words them. */
export function actionLines(
  { decisions, rows }: Pick<Plan, "decisions" | "rows">,
  isToDo: boolean,
  issuedSecrets: IssuedSecrets,
  verbose: boolean,
): readonly Line[] {
  const words = isToDo ? WOULD : PAST;
  return [
    ...reportedActions(decisions, verbose).flatMap((about) => entityLines(about, words, issuedSecrets)),
    ...rows.map((about): Line => {
      const reason = rowReason(about);
      const tail = about.changes.length > 0
        ? `: ${about.changes.map(fieldWords).join(", ")}.`
        : reason === undefined
        ? "."
        : ` (${skipWords(reason)}).`;
      return line(`${words[ROW_ACTIONS[about.action]]} ${rowWords(about.resource.address)}${tail}`, about);
    }),
  ];
}

function line(text: string, about?: Line["about"], isOnceOnly = false): Line {
  // A name may hold line breaks; an entity has one line all the same.
  return { text: escapeControls(text), isOnceOnly, about };
}

function entityLines(
  about: ReportedAction,
  words: Readonly<Record<Verb, string>>,
  issuedSecrets: IssuedSecrets,
): readonly Line[] {
  const { action, resource, reason } = about;
  const isWritten = action === "created" || action === "updated";
  const key = isWritten ? issuedSecrets.keys.get(resource.index) : undefined;
  const fields = changedWords(about);
  // What replaces a key that is handed out once hands out the new one.
  const isRotated = action === "updated" &&
    (key !== undefined || (ALL_KINDS[resource.kind].handsOut === "once" &&
      about.changes.some((change) => change.kind === "rotated")));
  const tail = key !== undefined
    ? `: ${key}`
    : isRotated
    ? "."
    : fields.length > 0
    ? `: ${fields.join(", ")}.`
    : reason !== undefined
    ? ` (${skipWords(reason)}).`
    : ".";
  const own = line(
    `${words[isRotated ? "rotated" : action]} ${describe(resource)}${tail}`,
    about,
    key !== undefined,
  );
  const password = isWritten ? issuedSecrets.passwords.get(resource.index) : undefined;
  const link = action === "created" && ALL_KINDS[resource.kind].rotates === "password"
    ? issuedSecrets.links.get(resource.key)
    : undefined;
  return [
    own,
    ...(password === undefined ? [] : [
      line(
        `The password of user "${resource.name}" is shown only this once: ${password}`,
        undefined,
        true,
      ),
    ]),
    ...(link === undefined
      ? []
      : [line(`Please go to the following page and choose a password: ${link}`, undefined, true)]),
  ];
}

/** What goes with what is removed; no line when nothing does. */
export function removedLines(removed: RowSet, isToDo: boolean): readonly Line[] {
  return removed.size === 0
    ? []
    : [line(`${isToDo ? "Rows that would go" : "Rows removed"}: ${rowCounts(removed)}.`)];
}

/** The lines of a run, summary last; `alsoDeleted` entities had lines of their own before. */
export function runLines(
  { plan, removed, dryRun }: Pick<ApplyResult, "plan" | "removed" | "dryRun">,
  issuedSecrets: IssuedSecrets,
  verbose: boolean,
  alsoDeleted = 0,
): readonly Line[] {
  const summary = summaryOfPlan(plan);
  return [
    ...actionLines(plan, dryRun, issuedSecrets, verbose),
    ...removedLines(removed, dryRun),
    line(summaryLine({ ...summary, deleted: summary.deleted + alsoDeleted }, dryRun)),
  ];
}

/** The texts of `runLines`. */
export function resultLines(...run: Parameters<typeof runLines>): readonly string[] {
  return runLines(...run).map(({ text }) => text);
}

/** `Provisioning complete: 6 created, 2 updated, 1 skipped.` */
export function summaryLine(summary: Summary, dryRun: boolean): string {
  return `${dryRun ? "Dry run" : "Provisioning complete"}: ${countWords(summary, dryRun)}.`;
}

/** `6 created, 2 updated, 1 skipped`, or what is to be done: `6 to create, …`. */
export function countWords(summary: Summary, isToDo: boolean): string {
  const parts = COUNTED.filter(([action, , always]) => always || summary[action] > 0);
  return parts.map(([action, word]) => `${summary[action]} ${isToDo ? `to ${word}` : action}`).join(", ");
}

const COUNTED: readonly (readonly [action: Action, word: string, always: boolean])[] = [
  ["created", "create", true],
  ["updated", "update", false],
  ["deleted", "delete", false],
  ["skipped", "skip", true],
];

/** How entities stand, as lines and as JSON. Pure. */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { FieldChange } from "../plan/field_change.ts";
import { type EntityStatus, isOutOfSync, type Status, type SyncState } from "../status/status.ts";
import { addressWords } from "./address_words.ts";
import { escapeControls } from "./display.ts";
import { diagnosticJson, JSON_VERSION } from "./diagnostic_json.ts";
import { fieldName, skipWords } from "./change_words.ts";
import { describe } from "./lines.ts";
import { differenceLines, valueText } from "./difference.ts";
import { changeJson } from "./plan_lines.ts";

type SyncStateName = SyncState["kind"];

/** The words of a line and of the summary, in the order of the summary. */
const WORDS: Readonly<Record<SyncStateName, string>> = {
  in_sync: "in sync",
  drifted: "drifted",
  changed: "changed in file",
  renamed: "renamed",
  missing: "missing",
  unwanted: "to be absent",
  left: "left alone",
  not_in_files: "not in files",
};

/** A line for each entity that is not in sync, fields below it; all entities with `verbose`. The summary is last. */
export function statusLines({ entities }: Status, verbose: boolean): readonly string[] {
  const lines: string[] = [];
  for (const entity of entities) {
    if (!verbose && !isOutOfSync(entity)) continue;
    const { standing } = entity;
    lines.push(`${capitalize(wordsOf(entity))}: ${WORDS[standing.kind]}${remark(standing)}.`);
    if (standing.kind === "drifted" || standing.kind === "changed") {
      for (const line of standing.changes.flatMap(driftLines)) lines.push(`    ${line}`);
    }
  }
  const counts = statusSummary({ entities });
  const parts = NAMES.filter((name) => name === "in_sync" || counts[name] > 0).map((name) =>
    `${counts[name]} ${WORDS[name]}`
  );
  return [...lines, `Status: ${parts.join(", ")}.`];
}

const NAMES: readonly SyncStateName[] = [
  "in_sync",
  "drifted",
  "changed",
  "renamed",
  "missing",
  "unwanted",
  "left",
  "not_in_files",
];

/** How many entities stand how. */
export function statusSummary({ entities }: Status): Readonly<Record<SyncStateName, number>> {
  const count = (name: SyncStateName): number => entities.filter((e) => e.standing.kind === name).length;
  return {
    in_sync: count("in_sync"),
    drifted: count("drifted"),
    changed: count("changed"),
    renamed: count("renamed"),
    missing: count("missing"),
    unwanted: count("unwanted"),
    left: count("left"),
    not_in_files: count("not_in_files"),
  };
}

function wordsOf({ resource, address, kind }: EntityStatus): string {
  if (kind === "app_domain") return "domain of the instance";
  return escapeControls(resource === undefined ? addressWords(address) : describe(resource));
}

function remark(standing: SyncState): string {
  switch (standing.kind) {
    case "renamed":
      return ` to ${valueText(standing.to)}`;
    case "left":
      return ` (${skipWords(standing.reason)})`;
    case "changed":
      return standing.changes.length === 0 ? " in what cannot be compared" : "";
    case "not_in_files":
      return standing.gone ? " (and not live any more)" : "";
    default:
      return "";
  }
}

/** `field: live value (file: wanted value)`, a line for each place of a large value; never a secret. */
function driftLines(change: FieldChange): readonly string[] {
  switch (change.kind) {
    case "secret":
      return [`${change.field}: (secret)`];
    case "renamed":
    case "rotated":
      return [fieldName(change)];
    case "shown":
      return differenceLines(change.field, change.from, change.to, {
        other: (from, to) =>
          to === undefined
            ? `only live ${from}`
            : from === undefined
            ? `only in file ${to}`
            : `${from} (file: ${to})`,
        only: (from, to) =>
          [
            ...(from.length === 0 ? [] : [`only live ${from.join(", ")}`]),
            ...(to.length === 0 ? [] : [`only in file ${to.join(", ")}`]),
          ].join("; "),
      });
  }
}

/** The status for programs. `from` of a field is the live value, `to` the one of the file. */
export function statusJson(
  status: Status,
  diagnostics: readonly Diagnostic[],
): Readonly<Record<string, unknown>> {
  return {
    version: JSON_VERSION,
    in_sync: !status.entities.some(isOutOfSync),
    entities: status.entities.map(entityJson),
    summary: statusSummary(status),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

function entityJson({ address, kind, resource, standing }: EntityStatus): Readonly<Record<string, unknown>> {
  return {
    status: standing.kind,
    kind,
    ...(resource === undefined ? {} : { name: resource.name }),
    ...(resource?.parent === undefined ? {} : { parent: resource.parent.name }),
    address,
    ...("changes" in standing && standing.changes.length > 0
      ? { changes: standing.changes.map(changeJson) }
      : {}),
    ...(standing.kind === "renamed" ? { to: standing.to } : {}),
    ...(standing.kind === "left" ? { reason: skipWords(standing.reason) } : {}),
    ...(standing.kind === "not_in_files" ? { live: !standing.gone } : {}),
  };
}

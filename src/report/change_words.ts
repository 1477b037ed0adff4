/** Changes of fields and reasons of skips in words. Pure. */
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";
import type { EntryCounts } from "../kinds/live.ts";
import type { FieldChange } from "../plan/field_change.ts";
import type { Occupant, SkipReason } from "../plan/plan.ts";

/** A changed field in a list: `default_enabled`, `tags (+1, -2)`, `renamed from "X"`. */
export function fieldWords(change: FieldChange): string {
  return countedName(fieldName(change), "counts" in change ? change.counts : undefined);
}

/** `members (+1, ~2)`; the name alone without a count. */
export function countedName(name: string, counts: EntryCounts | undefined): string {
  const words = signedCounts(counts);
  return words === "" ? name : `${name} (${words})`;
}

/** The name of a changed field, or what happens beside the fields. */
export function fieldName(change: FieldChange): string {
  switch (change.kind) {
    case "renamed":
      return `renamed from "${change.from}"`;
    case "rotated":
      return `${change.what} rotated`;
    case "secret":
    case "shown":
      return change.field;
  }
}

function signedCounts(counts: EntryCounts | undefined): string {
  if (counts === undefined) return "";
  const signs = [["+", counts.added], ["~", counts.changed], ["-", counts.removed]] as const;
  return signs.flatMap(([sign, count]) => (count === 0 ? [] : [`${sign}${count}`])).join(", ");
}

/** Words for a skip. */
export function skipWords(reason: SkipReason): string {
  switch (reason.kind) {
    case "exists":
      return "already exists";
    case "renamed":
      return `renamed to "${reason.to}"`;
    case "occupied":
      return occupantWords(reason.by);
    case "parent":
      return `${reason.of === null ? "" : `its ${labelOf(reason.of)} `}"${reason.name}" does not exist`;
    case "absent":
      return "is not there";
    case "left":
      return "was deleted, on_missing: leave";
  }
}

function occupantWords(occupant: Occupant): string {
  switch (occupant.what) {
    case "alike": {
      const { plural } = ALL_SPECS[occupant.kind];
      return occupant.parent === null
        ? `${plural} exist already`
        : `its ${labelOf(occupant.parent)} has ${plural} already`;
    }
    case "parent":
      return `its ${labelOf(occupant.parent)} existed already`;
    case "domain":
      return "the instance has another";
  }
}

function labelOf(kind: KindName): string {
  return ALL_SPECS[kind].label;
}

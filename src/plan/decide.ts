/** The table of `docs/format.md#policies`: how an entity and its row stand to each other × log × policy → decision. Pure. */
import type { Policy } from "../kinds/kind.ts";
import { isOpen } from "../log/is_active.ts";
import type { LastEvent } from "../log/events.ts";
import type { Comparison } from "./compare.ts";
import type { FieldChange } from "./field_change.ts";
import type { Refusal, SkipReason } from "./plan.ts";

/** What the log says of an entity: nothing that is active, the content that its file has, or another one. */
export type Logged = "nothing" | "same" | "other";

/** All that the decision about one entity or row depends on. */
export interface Situation {
  readonly comparison: {
    readonly relation: Comparison["relation"];
    /** The name of what others renamed. */
    readonly to?: string;
    readonly changes?: readonly FieldChange[];
  };
  readonly logged: Logged;
  readonly policy: Pick<Policy, "ensure" | "onExists" | "onMissing">;
  /** Why an entity that is missing cannot or must not be created; nothing keeps it from being created when undefined. */
  readonly hindrance?: SkipReason | undefined;
  /** True when `renamed_from` or `rotate` asks for a change, which happens whatever `on_exists` says. */
  readonly isForced?: boolean;
}

/** What is to happen, without what it happens to. */
export type Verdict =
  | { readonly action: "create" | "delete" | "adopt" }
  | {
    readonly action: "update";
    /** The differences between file and live row are written, too. */
    readonly writesFields: boolean;
    /** The row was not ours before. */
    readonly adopts: boolean;
  }
  | {
    readonly action: "skip";
    readonly reason: SkipReason;
    /** The file says something else, and the row is left as it is. */
    readonly differs?: true;
    /** The log learns the content of the file. */
    readonly records?: true;
    /** `on_exists: fail` refuses the run. */
    readonly refusal?: Refusal;
  };

/** What is done with an entity that is there. */
type Existing = "skip" | "leave" | "update" | "record" | "adopt" | "refuse";

/** Relation → what the log says → `on_exists`. `unread`: only what no update writes differs. */
const EXISTING: Readonly<
  Record<
    "same" | "unread" | "differs",
    Readonly<Record<Logged, Readonly<Record<Policy["onExists"], Existing>>>>
  >
> = {
  same: {
    nothing: { skip: "skip", update: "adopt", fail: "refuse" },
    same: { skip: "skip", update: "skip", fail: "skip" },
    other: { skip: "skip", update: "record", fail: "skip" },
  },
  unread: {
    nothing: { skip: "skip", update: "adopt", fail: "refuse" },
    same: { skip: "skip", update: "skip", fail: "skip" },
    other: { skip: "leave", update: "record", fail: "refuse" },
  },
  differs: {
    nothing: { skip: "skip", update: "update", fail: "refuse" },
    same: { skip: "skip", update: "update", fail: "skip" },
    other: { skip: "leave", update: "update", fail: "refuse" },
  },
};

const EXISTS: SkipReason = { kind: "exists" };

/** Decides about one entity or row. */
export function decide({ comparison, logged, policy, hindrance, isForced = false }: Situation): Verdict {
  const { relation } = comparison;
  if (policy.ensure === "absent") {
    return relation === "missing" ? { action: "skip", reason: { kind: "absent" } } : { action: "delete" };
  }
  switch (relation) {
    case "missing":
      if (hindrance !== undefined) return { action: "skip", reason: hindrance };
      return logged !== "nothing" && policy.onMissing === "leave"
        ? { action: "skip", reason: { kind: "left" } }
        : { action: "create" };
    case "duplicated":
      return { action: "skip", reason: EXISTS };
    case "renamed": {
      const reason: SkipReason = { kind: "renamed", to: comparison.to ?? "" };
      return policy.onExists === "fail"
        ? { action: "skip", reason, refusal: "renamed" }
        : { action: "skip", reason };
    }
  }
  if (isForced) return { action: "update", writesFields: policy.onExists === "update", adopts: false };
  const isUnread = comparison.changes?.length === 0;
  switch (EXISTING[isUnread ? "unread" : relation][logged][policy.onExists]) {
    case "skip":
      return { action: "skip", reason: EXISTS };
    case "leave":
      return { action: "skip", reason: EXISTS, differs: true };
    case "record":
      return { action: "skip", reason: EXISTS, records: true };
    case "refuse":
      return { action: "skip", reason: EXISTS, refusal: logged === "nothing" ? "unknown" : "other_content" };
    case "update":
      return { action: "update", writesFields: true, adopts: logged === "nothing" };
    case "adopt":
      return { action: "adopt" };
  }
}

/** What the newest event of an address says of the content that the file has now. */
export function loggedAs(event: LastEvent | undefined, hash: string): Logged {
  return !isOpen(event) ? "nothing" : event.contentHash === hash ? "same" : "other";
}

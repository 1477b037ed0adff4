/** The table of `docs/format.md#policies`: how an entity and its row stand to each other × log × policy → decision. Pure. */
import type { Policy } from "../kinds/kind.ts";
import { isActive } from "../log/is_active.ts";
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
    /** Undefined when the row is as declared. */
    readonly difference?: { readonly changes: readonly FieldChange[] } | undefined;
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

/** Depending on the row: it is as declared; only what no update writes differs; something differs. */
type ByContent = Readonly<Record<"same" | "unread" | "differs", Existing>>;

/** What the log says → `on_exists`. Where there is one word, fields are not compared at all. */
const EXISTING: Readonly<Record<Logged, Readonly<Record<Policy["onExists"], Existing | ByContent>>>> = {
  nothing: {
    skip: "skip",
    update: { same: "adopt", unread: "adopt", differs: "update" },
    fail: "refuse",
  },
  same: {
    skip: "skip",
    update: { same: "skip", unread: "skip", differs: "update" },
    fail: "skip",
  },
  other: {
    skip: { same: "skip", unread: "leave", differs: "leave" },
    update: { same: "record", unread: "record", differs: "update" },
    fail: { same: "skip", unread: "refuse", differs: "refuse" },
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
  const existing = EXISTING[logged][policy.onExists];
  switch (typeof existing === "string" ? existing : existing[contentOf(comparison)]) {
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

function contentOf({ difference }: Situation["comparison"]): keyof ByContent {
  return difference === undefined ? "same" : difference.changes.length === 0 ? "unread" : "differs";
}

/** What the newest event of an address says of the content that the file has now. */
export function loggedAs(event: LastEvent | undefined, hash: string): Logged {
  return !isActive(event) ? "nothing" : event.contentHash === hash ? "same" : "other";
}

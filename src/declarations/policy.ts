/**
 * How entities are to be treated: the keys that a document's `defaults` and every item may have
 * (`docs/format.md#policies`).
 */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { bool, choice, freeText, mapping, optional } from "../kinds/fields.ts";
import type { Policy } from "../kinds/kind.ts";
import { ALL_KINDS, ALL_SPECS, type KindName } from "../kinds/specs.ts";
import { child, type MapNode, type Node } from "../source/node.ts";
import { article, reportIssues, toPlain } from "./issues.ts";
import { keySpanOf } from "./places.ts";

/** Keys that any item may have beside its kind's own. */
export const policySchema = mapping({
  on_exists: optional(
    choice(
      ["skip", "update", "fail"],
      "What to do with a live row: leave it (default), make the declared fields so, or stop",
    ),
  ),
  on_missing: optional(
    choice(
      ["create", "leave"],
      "What to do when a row that was made before is gone: create it again (default) or leave it",
    ),
  ),
  only_if_none: optional(
    bool(
      "Create only when no live entity of this kind existed when the run began (for a project or environment: in its parent)",
    ),
  ),
});

/** What an item may say of itself alone; as a default it would be a trap. */
export const itemPolicySchema = mapping({
  renamed_from: optional(
    freeText(
      {
        doc:
          "The name that the live entity still has: it gets the new name and keeps everything that depends on it; entities may swap names",
        identity: true,
      },
    ),
  ),
  rotate: optional(
    freeText(
      {
        doc: "Any text: each time it is another one, the password or key of the live entity is replaced",
        identity: true,
      },
    ),
  ),
  ensure: optional(
    choice(
      ["present", "absent"],
      "absent: remove the live entity with everything below it, whoever made that; needs --allow-delete",
    ),
  ),
  with_organisations: optional(
    bool(
      "Of a user that goes, or that a reset takes over: the organisations that the user belongs to go, too",
    ),
  ),
});

const DEFAULT_KEYS = ["on_exists", "on_missing", "only_if_none"];
const ITEM_KEYS = ["ensure", "with_organisations", "renamed_from", "rotate"];
/** Every key of a policy that an item may have. */
export const POLICY_KEYS: readonly string[] = [...DEFAULT_KEYS, ...ITEM_KEYS];

/** The policy that a mapping states over the one around it. */
export function readPolicy(node: Node | undefined, outer: Policy, diagnostics: Diagnostics): Policy {
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return outer;
  const result = policySchema.safeParse(toPlain(node));
  if (!result.success) {
    reportIssues(
      result.error.issues,
      { node, label: "defaults", isKey: true, known: DEFAULT_KEYS, schema: policySchema },
      diagnostics,
    );
    return outer;
  }
  return {
    onExists: result.data.on_exists ?? outer.onExists,
    onMissing: result.data.on_missing ?? outer.onMissing,
    onlyIfNone: result.data.only_if_none ?? outer.onlyIfNone,
    ...OF_ITEMS,
    takeOver: outer.takeOver,
  };
}

/** What an item that does not say otherwise has, whatever stands around it. */
const OF_ITEMS = {
  ensure: "present",
  withOrganisations: false,
  renamedFrom: undefined,
  rotate: undefined,
} as const;

/** The policy before anything is read. */
export function basePolicy(onExists: Policy["onExists"]): Policy {
  return { onExists, onMissing: "create", onlyIfNone: false, takeOver: false, ...OF_ITEMS };
}

/** What holds for the children of an item, and for items that say nothing. */
export function inherited(policy: Policy): Policy {
  return { ...policy, ...OF_ITEMS };
}

/** The policy of an item: the defaults, and what it says of itself. */
export function readItemPolicy(
  node: MapNode,
  kind: KindName,
  outer: Policy,
  diagnostics: Diagnostics,
): Policy {
  const part = (mine: boolean): MapNode => ({
    ...node,
    entries: node.entries.filter((e) => ITEM_KEYS.includes(e.key) === mine),
  });
  const policy = inherited(readPolicy(part(false), outer, diagnostics));
  const itself = part(true);
  const result = itemPolicySchema.safeParse(toPlain(itself));
  if (!result.success) {
    reportIssues(
      result.error.issues,
      {
        node: itself,
        label: ALL_SPECS[kind].label,
        isKey: true,
        known: POLICY_KEYS,
        schema: itemPolicySchema,
      },
      diagnostics,
    );
    return policy;
  }
  const { ensure = "present", with_organisations: withOrganisations = false, renamed_from, rotate } =
    result.data;
  const record = ALL_KINDS[kind];
  const { label } = record.spec;
  const refuse = (key: string, code: "FP125" | "FP126", message: string, hint?: string): void =>
    diagnostics.add(code, keySpanOf(node, key), message, hint);
  if (withOrganisations && record.withOrganisations !== true) {
    refuse("with_organisations", "FP125", '"with_organisations" belongs to a user');
  }
  if (ensure === "absent" && record.alwaysExists === true) {
    refuse("ensure", "FP125", `A ${label} always exists and cannot be absent`);
  }
  if (renamed_from !== undefined && record.nameColumn === undefined) {
    refuse("renamed_from", "FP126", `${capitalize(article(label))} has no name of its own that could change`);
  }
  if (rotate !== undefined && record.rotates === undefined) {
    refuse("rotate", "FP126", `${capitalize(article(label))} has no password or key to rotate`);
  }
  for (const key of ensure === "absent" ? ["renamed_from", "rotate"] : []) {
    if (child(node, key) !== undefined) {
      refuse(key, "FP125", `"${key}" does not fit ${article(label)} that is to be absent`, "Remove the key");
    }
  }
  return { ...policy, ensure, withOrganisations, renamedFrom: renamed_from, rotate };
}

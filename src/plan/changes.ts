/** What an update changes, field by field, from what to what: for plan and status. Pure. */
import { isJson, isNewId } from "../flagsmith/cell.ts";
import type { Cell } from "../flagsmith/cell.ts";
import type { Content } from "../kinds/kind.ts";
import { LIVES } from "../kinds/lives.ts";
import { secretTexts } from "../source/node.ts";
import { formerlyHidden, isSecretCell } from "./hidden.ts";
import type { Decision } from "./plan.ts";
import type { DatabaseState } from "./state.ts";

/** One field that the live row has otherwise than the file. */
export type FieldChange =
  | { readonly field: string; readonly kind: "shown"; readonly from: Content; readonly to: Content }
  /** Old or new value come from a secret source. */
  | { readonly field: string; readonly kind: "secret" }
  /** More than one value; what changes is said by name only. */
  | { readonly field: string; readonly kind: "named" };

/** The changes of an update, in the order of `decision.fields`; none for other decisions. */
export function changesOf(
  decision: Decision,
  state: Pick<DatabaseState, "addresses" | "events">,
): readonly FieldChange[] {
  const { declaration, kind } = decision.resource;
  if (decision.action !== "update" || declaration === undefined) return [];
  const live = LIVES[kind];
  const secrets = secretTexts(declaration.node);
  const former = formerlyHidden(decision.resource, state);
  const found = new Map<string, FieldChange>();
  for (const [column, wanted] of Object.entries(decision.after)) {
    const field = live.fieldNames?.[column] ?? column;
    const current = decision.live.row[column] ?? null;
    const secret = former.has(column) || isSecretCell(wanted, secrets) || isSecretCell(current, secrets);
    // Several columns of one field change together, and the first one shows its value.
    if (found.has(field) && !secret) continue;
    found.set(
      field,
      secret
        ? { field, kind: "secret" }
        : { field, kind: "shown", from: contentOf(current), to: contentOf(wanted) },
    );
  }
  for (const field of decision.fields) {
    if (found.has(field)) continue;
    const values = live.deeper?.(declaration.fields, decision.live, field);
    if (values === undefined) {
      found.set(field, { field, kind: "named" });
      continue;
    }
    const secret = values.columns.some((column) => former.has(column)) ||
      [values.from, values.to].some((value) =>
        isSecretCell({ json: value }, secrets) || isSecretText(value, secrets)
      );
    found.set(
      field,
      secret ? { field, kind: "secret" } : { field, kind: "shown", from: values.from, to: values.to },
    );
  }
  return decision.fields.map((field) => found.get(field) ?? { field, kind: "named" });
}

/** Numbers and texts that are secret as a whole; inside of documents they stand in quotes. */
function isSecretText(value: Content, secrets: ReadonlySet<string>): boolean {
  return (typeof value === "string" || typeof value === "number") && secrets.has(String(value));
}

function contentOf(cell: Cell): Content {
  if (isJson(cell)) return cell.json as Content;
  return isNewId(cell) ? null : cell;
}

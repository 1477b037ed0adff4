/** What an update changes, field by field, from what to what: for plan and status. Pure. */
import { isJson, isNewId } from "../flagsmith/cell.ts";
import type { Cell } from "../flagsmith/cell.ts";
import type { Content } from "../kinds/kind.ts";
import { countedField } from "../kinds/link_live_rows.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { secretTexts } from "../source/node.ts";
import { Secret } from "../source/secret.ts";
import { formerlyHidden, formerSecrets, isSecretCell, secretColumnsOf } from "../log/secret_columns.ts";
import type { Decision, RowDecision } from "./plan.ts";
import type { DatabaseState } from "../snapshot/state.ts";

/** One field that the live row has otherwise than the file. */
export type FieldChange =
  | { readonly field: string; readonly kind: "shown"; readonly from: Content; readonly to: Content }
  /** Old or new value come from a secret source. */
  | { readonly field: string; readonly kind: "secret" }
  /** What changes is said by name only. */
  | { readonly field: string; readonly kind: "named" };

/** The changes of an update, in the order of `decision.fields`; none for other decisions. */
export function changesOf(
  decision: Decision,
  state: Pick<DatabaseState, "addresses" | "events">,
): readonly FieldChange[] {
  const { declaration, kind } = decision.resource;
  if (decision.action !== "update" || declaration === undefined) return [];
  const live = LIVE_TABLES[kind];
  const secrets = secretTexts(declaration.node);
  const hidden = new Set([...formerlyHidden(decision.resource, state), ...secretColumnsOf(kind)]);
  const found = new Map<string, FieldChange>();
  for (const [column, wanted] of Object.entries(decision.after)) {
    const field = live.fieldNames?.[column] ?? column;
    const current = decision.live.row[column] ?? null;
    const secret = hidden.has(column) || isSecretCell(wanted, secrets) || isSecretCell(current, secrets);
    // Several columns of one field change together, and the first one shows its value.
    if (found.has(field) && !secret) continue;
    found.set(
      field,
      secret
        ? { field, kind: "secret" }
        : { field, kind: "shown", from: contentOf(current), to: contentOf(wanted) },
    );
  }
  for (const words of decision.fields) {
    if (found.has(words)) continue;
    if (words === "order" && decision.order !== undefined) {
      found.set(words, { field: words, kind: "shown", from: decision.order.from, to: decision.order.to });
      continue;
    }
    const values = live.relatedChange?.(declaration.fields, decision.live, words);
    if (values === undefined) {
      found.set(words, { field: words, kind: "named" });
      continue;
    }
    const field = countedField(words);
    const secret = values.columns.some((column) => hidden.has(column)) ||
      [values.from, values.to].some((value) =>
        isSecretCell({ json: value }, secrets) || isSecretText(value, secrets)
      );
    found.set(
      words,
      secret ? { field, kind: "secret" } : { field, kind: "shown", from: values.from, to: values.to },
    );
  }
  return decision.fields.map((field) => found.get(field) ?? { field, kind: "named" });
}

/** The changes of the update of a row of a table without a kind. */
export function rowChangesOf(
  { action, resource, fields, live }: RowDecision,
  { catalog, raw }: Pick<DatabaseState, "catalog" | "raw">,
): readonly FieldChange[] {
  if (action !== "update") return [];
  const { row, address } = resource;
  const former = formerSecrets(raw.events.get(address)?.details);
  return fields.map((field): FieldChange => {
    const cell = row.set.find(({ column }) => column === field);
    if (cell === undefined || cell.secret || former.includes(field)) return { field, kind: "secret" };
    const type = catalog.tables.get(row.table)?.get(field)?.type ?? "";
    const { value } = cell;
    return {
      field,
      kind: "shown",
      from: (live?.[field] ?? null) as Content,
      to: value.kind === "reference"
        ? `${value.of}:${value.path.join("/")}`
        : value.kind === "json"
        ? value.json as Content
        : typedText(value.text, type),
    };
  });
}

/** The text of a cell as JSON of its row shows it: numbers and booleans are none of texts. */
export function typedText(text: string | null, type: string): string | number | boolean | null {
  if (text === null) return null;
  if (/^(smallint|integer|bigint|numeric|double|real)/.test(type)) return Number(text);
  return type === "boolean" ? text === "true" : text;
}

/** Numbers and texts that are secret as a whole; inside of documents they are in quotes. */
function isSecretText(value: Content, secrets: ReadonlySet<string>): boolean {
  return (typeof value === "string" || typeof value === "number") && secrets.has(String(value));
}

function contentOf(cell: Cell): Content {
  if (isJson(cell)) return cell.json as Content;
  return isNewId(cell) ? null : cell instanceof Secret ? String(cell) : cell;
}

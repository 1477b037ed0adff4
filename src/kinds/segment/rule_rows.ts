/** Rules and conditions of segments as rows (`docs/flagsmith/segments.md#rows-of-a-segment`). */
import type { Id, Row } from "../../flagsmith/cell.ts";
import { rowValue } from "../../flagsmith/condition.ts";
import { conditionRow, segmentRuleRow } from "../../flagsmith/models/projects.ts";
import type { LiveRule } from "../detail_rows.ts";
import type { RowContext } from "../rows.ts";
import type { StoredCondition, StoredRule } from "./spec.ts";

const RULES = "segments_segmentrule";
const CONDITIONS = "segments_condition";

/** Depth first: a rule, its nested rules with their conditions, then its own conditions. */
export function writeRules(
  rules: readonly StoredRule[],
  parent: { segment: Id | null; rule: Id | null },
  context: RowContext,
): void {
  const { batch, clock, uuid } = context;
  for (const rule of rules) {
    const id = batch.newId("segments_segmentrule");
    const row = segmentRuleRow({
      id,
      type: rule.type,
      ...parent,
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
      uuid: uuid(),
    });
    batch.history("segments_segmentrule", batch.insert("segments_segmentrule", row), "+", clock.tick());
    writeRules(rule.rules, { segment: null, rule: id }, context);
    for (const condition of rule.conditions) writeCondition(condition, id, context);
  }
}

function asRow(condition: StoredCondition): StoredCondition & Row {
  return { ...condition, value: rowValue(condition.operator, condition.value) };
}

function writeCondition(condition: StoredCondition, rule: Id, { batch, clock, uuid }: RowContext): void {
  const inserted = batch.insert(
    CONDITIONS,
    conditionRow({
      id: batch.newId(CONDITIONS),
      rule,
      ...asRow(condition),
      createdAt: clock.tick(),
      updatedAt: clock.tick(),
      uuid: uuid(),
    }),
  );
  batch.history(CONDITIONS, inserted, "+", clock.tick());
}

/**
 * Makes the live rules what is written, place by place: rows that stay keep their ids, so that what changes is what shows
 * in the history. What is too many is deleted as the application deletes it: marked, with history and a record for the
 * admin's undelete (`docs/flagsmith/segments.md#undeleting`).
 */
export function changeRules(
  wanted: readonly StoredRule[],
  live: readonly LiveRule[],
  parent: { segment: Id | null; rule: Id | null },
  context: RowContext,
): void {
  for (const [at, rule] of wanted.entries()) {
    const there = live[at];
    if (there === undefined) {
      writeRules([rule], parent, context);
      continue;
    }
    change(RULES, there.row, { type: rule.type }, context);
    const own = Number(there.row["id"]);
    changeRules(rule.rules, there.rules, { segment: null, rule: own }, context);
    for (const [place, condition] of rule.conditions.entries()) {
      const row = there.conditions[place];
      if (row === undefined) writeCondition(condition, own, context);
      else change(CONDITIONS, row, asRow(condition), context);
    }
    for (const row of there.conditions.slice(rule.conditions.length)) {
      remove([{ table: CONDITIONS, row }], context);
    }
  }
  for (const rule of live.slice(wanted.length)) remove(rowsOf(rule), context);
}

function change(table: string, row: Row, wanted: Row, { batch, clock }: RowContext): void {
  const after = Object.fromEntries(Object.entries(wanted).filter(([column, cell]) => row[column] !== cell));
  if (Object.keys(after).length === 0) return;
  const saved = batch.update(table, { id: row["id"] ?? null }, row, { ...after, updated_at: clock.tick() });
  batch.history(table, saved, "~", clock.tick());
}

interface Removed {
  readonly table: string;
  readonly row: Row;
}

function rowsOf(rule: LiveRule): readonly Removed[] {
  return [
    { table: RULES, row: rule.row },
    ...rule.rules.flatMap(rowsOf),
    ...rule.conditions.map((row) => ({ table: CONDITIONS, row })),
  ];
}

/** Deletes rows together: the first is the one that is deleted, the others go with it. */
function remove(rows: readonly Removed[], context: RowContext): void {
  const { batch, clock, details, habits } = context;
  const [first] = rows;
  if (first === undefined) return;
  if (!habits.rulesAreSoftDeleted) {
    for (const { table, row } of rows.toReversed()) {
      batch.history(table, row, "-", clock.tick());
      batch.remove(table, { id: row["id"] ?? null }, row);
    }
    return;
  }
  const type = ({ table }: Removed): number => {
    const id = details.contentTypes.get(table.replace("_", "."));
    if (id === undefined) throw new TypeError(`Cannot delete a row of ${table}: it has no content type`);
    return id;
  };
  const changeset = batch.newId("softdelete_changeset");
  batch.insert("softdelete_changeset", {
    id: changeset,
    created_date: clock.tick(),
    object_id: first.row["id"] ?? null,
    content_type_id: type(first),
  });
  const gone = rows.map((removed) => {
    const { table, row } = removed;
    batch.insert("softdelete_softdeleterecord", {
      id: batch.newId("softdelete_softdeleterecord"),
      created_date: clock.tick(),
      object_id: row["id"] ?? null,
      changeset_id: changeset,
      content_type_id: type(removed),
    });
    const after = { deleted_at: clock.tick(), updated_at: clock.tick() };
    return { table, row: batch.update(table, { id: row["id"] ?? null }, row, after) };
  });
  // The innermost deletion ends first.
  for (const { table, row } of gone.toReversed()) {
    if (habits.softDeletionsAreSavedFirst) batch.history(table, row, "~", clock.tick());
    batch.history(table, row, "-", clock.tick());
  }
}

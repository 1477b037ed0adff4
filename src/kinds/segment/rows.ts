/** Rows of a segment: itself, its rules and conditions with history, in the order of the REST serializer (`contract.md` 2.2). */
import type { Id } from "../../flagsmith/cell.ts";
import { conditionRow, segmentRow, segmentRuleRow } from "../../flagsmith/models/projects.ts";
import { type KindRows, parentOf, type RowContext, updateOwn } from "../rows.ts";
import { rulesData, type SegmentFields, type StoredRule, storedRules } from "./spec.ts";

/** Writes segments. */
export const segmentRows: KindRows<SegmentFields> = {
  create(fields, resource, context) {
    const { batch, clock, uuid, idOf } = context;
    const rules = storedRules(fields);
    const feature = resource.references.get("feature");
    const id = batch.newId("segments_segment");
    const first = {
      ...segmentRow({
        id,
        name: fields.name,
        project: idOf(parentOf(resource)),
        createdAt: clock.tick(),
        updatedAt: clock.tick(),
        uuid: uuid(),
        rulesData: rulesData(rules),
      }),
      description: fields.description ?? null,
      feature_id: feature === undefined ? null : idOf(feature),
    };
    // A hook saves the new segment a second time, without history, to point version_of at itself.
    batch.history("segments_segment", first, "+", clock.tick());
    const own = batch.insert("segments_segment", { ...first, version_of_id: id, updated_at: clock.tick() });
    writeRules(rules, { segment: id, rule: null }, context);
    return { id, row: own };
  },
  update(_fields, _resource, live, after, context) {
    const { batch, clock } = context;
    const row = updateOwn("segments_segment", live, { ...after, updated_at: clock.tick() }, context);
    batch.history("segments_segment", row, "~", clock.tick());
  },
};

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
    for (const condition of rule.conditions) {
      const inserted = batch.insert(
        "segments_condition",
        conditionRow({
          id: batch.newId("segments_condition"),
          rule: id,
          ...condition,
          createdAt: clock.tick(),
          updatedAt: clock.tick(),
          uuid: uuid(),
        }),
      );
      batch.history("segments_condition", inserted, "+", clock.tick());
    }
  }
}

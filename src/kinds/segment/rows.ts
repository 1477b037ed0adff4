/**
 * Rows of a segment: itself, its rules and conditions with history, in the order of the REST serializer
 * (`docs/flagsmith/segments.md#rows-of-a-segment`).
 */
import type { Id } from "../../flagsmith/cell.ts";
import {
  conditionRow,
  FLAG_REFERENCES,
  flagReferenceRow,
  segmentRow,
  segmentRuleRow,
} from "../../flagsmith/models/projects.ts";
import type { Entity } from "../entity.ts";
import { type KindRows, parentOf, type RowContext, updateOwn } from "../rows.ts";
import { flagReferences } from "./flag_references.ts";
import { changeRules, writeRules } from "./rule_rows.ts";
import { segmentLive } from "./live.ts";
import { rulesData, type SegmentFields, storedRules } from "./spec.ts";

/** Writes segments. */
export const segmentRows: KindRows<SegmentFields> = {
  mapping: segmentLive,
  samples: {
    [FLAG_REFERENCES]: flagReferenceRow({ id: 0, conditionPath: "", feature: 0, segment: 0 }),
    segments_segment: segmentRow({
      id: 0,
      name: "",
      project: 0,
      createdAt: "",
      updatedAt: "",
      uuid: "",
      rulesData: null,
    }),
    segments_segmentrule: segmentRuleRow({
      id: 0,
      type: "",
      segment: 0,
      rule: null,
      createdAt: "",
      updatedAt: "",
      uuid: "",
    }),
    segments_condition: conditionRow({
      id: 0,
      rule: 0,
      operator: "",
      property: null,
      value: null,
      description: null,
      createdAt: "",
      updatedAt: "",
      uuid: "",
    }),
  },
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
    // A hook saves the new segment a second time to point version_of at itself; since 2.160.2 without history.
    batch.history("segments_segment", first, "+", clock.tick());
    const own = batch.insert("segments_segment", { ...first, version_of_id: id, updated_at: clock.tick() });
    if (context.habits.segmentsAreSavedTwice) batch.history("segments_segment", own, "~", clock.tick());
    writeRules(rules, { segment: id, rule: null }, context);
    writeFlagReferences(fields, id, resource, context);
    // Part of the document of each environment, with or without overrides.
    batch.touchProject(idOf(parentOf(resource)));
    return { id, row: own };
  },
  update(fields, resource, live, after, context) {
    const { batch, clock, idOf } = context;
    const feature = resource.references.get("feature");
    const id = feature === undefined ? undefined : idOf(feature);
    const changed = {
      ...after,
      ...(id === undefined || id === live.row["feature_id"] ? {} : { feature_id: id }),
    };
    const row = updateOwn("segments_segment", live, { ...changed, updated_at: clock.tick() }, context);
    batch.history("segments_segment", row, "~", clock.tick());
    batch.touchProject(live.row["project_id"]);
    if (after["rules_data"] === undefined) return;
    changeRules(
      storedRules(fields),
      context.details.rules.get(Number(live.id)) ?? [],
      { segment: Number(live.id), rule: null },
      context,
    );
    // The serializer deletes them all and writes them anew.
    for (const row of context.details.flagReferences.get(Number(live.id)) ?? []) {
      batch.remove(FLAG_REFERENCES, { id: row["id"] ?? null }, row);
    }
    writeFlagReferences(fields, Number(live.id), resource, context);
  },
};

/** The index of conditions on flags, where the release has one. */
function writeFlagReferences(
  fields: SegmentFields,
  segment: Id,
  { mentions }: Entity,
  { batch, idOf, has }: RowContext,
): void {
  if (!has(FLAG_REFERENCES)) return;
  for (const { path, conditionPath } of flagReferences(fields)) {
    const feature = mentions.get(path.join("."));
    if (feature === undefined) throw new TypeError("Cannot write a condition on a flag without the flag");
    const id = batch.newId(FLAG_REFERENCES);
    batch.insert(FLAG_REFERENCES, flagReferenceRow({ id, conditionPath, feature: idOf(feature), segment }));
  }
}

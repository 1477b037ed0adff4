/** Rows of a toy: one. */
import type { Id, Row } from "../../../src/flagsmith/cell.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../../../src/kinds/rows.ts";
import { toyLive } from "./live.ts";
import type { ToyFields } from "./spec.ts";

/** A row of `toys_toy`. */
function toyRow({ id, name, project, uuid, key }: {
  readonly id: Id;
  readonly name: string;
  readonly project: Id;
  readonly uuid: string;
  readonly key: string;
}): Row {
  return { id, uuid, name, project_id: project, code: null, recipe: "", box_key: key, is_available: true };
}

/** Writes toys. */
export const toyRows: KindRows<ToyFields> = {
  mapping: toyLive,
  samples: { toys_toy: toyRow({ id: 0, name: "", project: 0, uuid: "", key: "" }) },
  create(fields, resource, { batch, uuid, idOf, clientKey }) {
    const id = batch.newId("toys_toy");
    const row = toyRow({
      id,
      name: fields.name,
      project: idOf(parentOf(resource)),
      uuid: uuid(),
      key: fields.box_key ?? clientKey(),
    });
    return { id, row: batch.insert("toys_toy", { ...row, ...declared(toyLive.columns(fields)) }) };
  },
  rotate(fields, _resource, live, context) {
    updateOwn("toys_toy", live, { box_key: fields.box_key ?? context.clientKey() }, context);
    return undefined;
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("toys_toy", live, after, context);
  },
};

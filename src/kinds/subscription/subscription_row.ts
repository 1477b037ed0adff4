/** The row that comes with each organisation (`docs/flagsmith/organisations.md#organisations`). */
import type { Id, Row } from "../../flagsmith/cell.ts";
import { subscriptionRow } from "../../flagsmith/models/organisations.ts";
import type { RowContext } from "../rows.ts";

const TABLE = "organisations_subscription";

/** Writes the subscription of an organisation as the application does, with its history. */
export function writeSubscription(organisation: Id, { batch, clock, uuid }: RowContext): Row {
  const row = batch.insert(TABLE, subscriptionRow({ id: batch.newId(TABLE), organisation, uuid: uuid() }));
  batch.history(TABLE, row, "+", clock.tick());
  return row;
}

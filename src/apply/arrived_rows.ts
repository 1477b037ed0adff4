/** Whether items of `rows` are in the database as they were declared: triggers, rules and types may have made others of them. */
import { type Allocation, drawn } from "../database/bulk.ts";
import type { Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { placeOf } from "../diagnostics/source_file.ts";
import { type Id, isNewId } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import { lookStatements, readLooks } from "../snapshot/live_raw_rows.ts";
import type { LiveRow } from "../kinds/live.ts";
import type { Snapshot } from "../snapshot/state.ts";
import type { WrittenRow } from "./raw_rows.ts";

/** Statements that look for what was just written, in the transaction that wrote it; `checkArrived` takes their answers. */
export function arrivedStatements(
  written: readonly WrittenRow[],
  idOf: (resource: Resource) => Id,
  allocation: Allocation,
  state: Snapshot,
): readonly Statement[] {
  const live = new Map(state.live);
  for (const { decision: { resource } } of written) {
    for (const target of resource.targets.values()) {
      const known = live.get(target.index)?.[0];
      const id = idOf(target);
      const row: LiveRow = {
        row: {},
        extra: undefined,
        parentName: undefined,
        ...known,
        id: isNewId(id) ? drawn(id, allocation) : id,
      };
      live.set(target.index, [row]);
    }
  }
  return lookStatements(written.map(({ decision }) => decision.resource), { ...state, live });
}

/** Throws `ProvisionError` for a row that is not there, or that holds something else than was declared. */
export function checkArrived(
  written: readonly WrittenRow[],
  answers: readonly (readonly Answer[])[],
): void {
  const found = readLooks(answers);
  for (const [at, { decision: { resource: { row, address }, action } }] of written.entries()) {
    if (action === "adopt") continue;
    const rows = found.get(at) ?? [];
    const [first] = rows;
    if (first === undefined) {
      throw changed(
        `${address} (${placeOf(row.span)}) is not there after it was written`,
        "A trigger or a rule of the table dropped it, or made another key of its key",
      );
    }
    const { differing } = first;
    if (differing.length > 0) {
      throw changed(
        `${address} (${placeOf(row.span)}) holds something else than was written, in ${differing.join(", ")}`,
        "A trigger of the table changed it, or the type of the column cannot hold it; declare what the column comes to hold",
      );
    }
  }
}

function changed(message: string, hint: string): ProvisionError {
  return new ProvisionError("FP439", EXIT.failed, `The row ${message}`, `${hint}. Nothing was changed`);
}

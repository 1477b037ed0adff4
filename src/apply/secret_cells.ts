/** Which cells of a run are secret: they reach the database as bound parameters and are in no statement's text. Pure. */
import { type Cell, isNewId, type Row } from "../flagsmith/cell.ts";
import type { RowBatch } from "../flagsmith/row_batch.ts";
import { formerlyHidden, isSecretCell, secretColumnsIn } from "../log/secret_columns.ts";
import type { Plan } from "../plan/plan.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { secretTexts } from "../source/node.ts";
import { Secret } from "../source/secret.ts";

/** What a password that nobody can enter begins with; it is no secret. */
const UNUSABLE = "!";

/** The rows of a batch with their secrets marked. */
export type MarkedRows = Pick<RowBatch, "inserts" | "updates" | "deletes">;

/**
 * Marks credentials, values from secret sources wherever they are in the rows of the run (a state begins with the value
 * of its feature), and what columns of an entity hold that held such a value before.
 */
export function withSecrets(batch: MarkedRows, plan: Plan, state: Snapshot): MarkedRows {
  const texts = new Set<string>();
  const former = new Map<number, ReadonlySet<string>>();
  for (const { resource } of plan.decisions) {
    if (resource.declaration !== undefined) {
      for (const text of secretTexts(resource.declaration.node)) texts.add(text);
    }
    const hidden = formerlyHidden(resource, state);
    if (hidden.size > 0) former.set(resource.index, hidden);
  }
  const mark = (table: string, owner: number, row: Row): Row => {
    const columns = secretColumnsIn(table);
    const hidden = former.get(owner);
    if (texts.size === 0 && columns.length === 0 && hidden === undefined) return row;
    return Object.fromEntries(
      Object.entries(row).map(([column, cell]) => {
        const isSecret = columns.includes(column)
          ? !(typeof cell === "string" && cell.startsWith(UNUSABLE))
          : hidden?.has(column) === true || isSecretCell(cell, texts);
        return [column, isSecret ? secretCell(cell) : cell];
      }),
    );
  };
  return {
    inserts: batch.inserts.map((insert) => {
      const row = mark(insert.table, insert.owner, insert.row);
      return row === insert.row ? insert : { ...insert, row };
    }),
    updates: batch.updates.map((update) => ({
      ...update,
      key: mark(update.table, update.owner, update.key),
      after: mark(update.table, update.owner, update.after),
    })),
    deletes: batch.deletes.map((row) => ({ ...row, key: mark(row.table, row.owner, row.key) })),
  };
}

/** A cell as a secret; what holds no text stays as it is. */
export function secretCell(cell: Cell): Cell {
  if (cell === null || typeof cell === "boolean" || cell instanceof Secret || isNewId(cell)) return cell;
  if (typeof cell !== "object") return new Secret(String(cell));
  return cell.json === null ? null : new Secret(JSON.stringify(cell.json));
}

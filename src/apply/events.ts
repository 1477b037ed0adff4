/** Rows → log events: one event an action, naming every row that it inserted and every column that it changed. */
import { type Allocation, drawn } from "../database/bulk.ts";
import type { Catalog } from "../database/catalog.ts";
import { type LastEvent, type LoggedRows, type NewEvent, type OwnRow, ranges } from "../database/log.ts";
import { type Cell, isJson, isNewId, type Row } from "../flagsmith/cell.ts";
import type { Insert, Update } from "../flagsmith/row_batch.ts";
import { LIVES } from "../kinds/lives.ts";
import type { DomainDecision, Plan } from "../plan/plan.ts";
import { type DatabaseState, SITE_ADDRESS } from "../plan/state.ts";
import { hashContent } from "../plan/content_hash.ts";
import { secretTexts } from "../source/node.ts";
import type { PlannedRows } from "./rows.ts";

/** The events of a run, in the order of work. */
export function eventsOf(
  plan: Plan,
  rows: PlannedRows,
  allocation: Allocation,
  state: DatabaseState,
): readonly NewEvent[] {
  const inserts = Map.groupBy(
    rows.batch.inserts.filter((i) => state.catalog.tables.has(i.table)),
    (i) => i.owner,
  );
  const updates = Map.groupBy(rows.batch.updates, (u) => u.owner);
  const events: NewEvent[] = [];
  for (const decision of plan.decisions) {
    if (decision.action === "skip") continue;
    const { index, kind, declaration } = decision.resource;
    const description = declaration === undefined
      ? undefined
      : Reflect.get(declaration.fields, "description");
    const own = rows.own.get(index);
    const secrets = declaration === undefined ? new Set<string>() : secretTexts(declaration.node);
    const hidden = hiddenColumns(
      own,
      updates.get(index) ?? [],
      secrets,
      state.events.get(state.addresses[index] ?? ""),
    );
    const keptOnlyHere = ["user", "organisation", "project", "master_api_key"].includes(kind) &&
      typeof description === "string" && !secrets.has(description);
    events.push({
      event: decision.action === "create"
        ? "created"
        : decision.action === "adopt" || decision.adopted
        ? "adopted"
        : "updated",
      kind,
      address: state.addresses[index] ?? "",
      contentHash: decision.hash,
      rows: {
        ...(own === undefined ? {} : { own: ownRow(kind, own, allocation) }),
        ...insertedRows(inserts.get(index) ?? [], allocation),
        ...updatedRows(updates.get(index) ?? [], hidden, allocation, state.catalog),
      },
      details: {
        ...(keptOnlyHere ? { description } : {}),
        ...(hidden.size === 0 ? {} : { secret: [...hidden].sort() }),
      },
    });
  }
  const domain = domainEvent(plan.domain);
  return domain === undefined ? events : [...events, domain];
}

function ownRow(kind: keyof typeof LIVES, row: Row, allocation: Allocation): OwnRow {
  const resolved = Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, resolve(cell, allocation)]),
  );
  return { table: LIVES[kind].table, ...LIVES[kind].identity(resolved) };
}

function resolve(cell: Cell, allocation: Allocation): Cell {
  return isNewId(cell) ? drawn(cell, allocation) : cell;
}

function insertedRows(inserts: readonly Insert[], allocation: Allocation): LoggedRows {
  if (inserts.length === 0) return {};
  const tables: Record<string, string> = {};
  for (const [table, group] of Map.groupBy(inserts, (i) => i.table)) {
    const keys = group.map(({ row }) => resolve(row["history_id"] ?? publicKey(table, row), allocation));
    const numbers = keys.filter((key) => typeof key === "number");
    tables[table] = numbers.length === keys.length ? ranges(numbers) : keys.map(String).sort().join(",");
  }
  return { inserted: tables };
}

/** What names a row of a table without an integer key; the id of a master key holds its hash, so its prefix stands in. */
function publicKey(table: string, row: Row): Cell {
  if (table === "api_keys_masterapikey") return row["prefix"] ?? null;
  return row["id"] ?? row["uuid"] ?? null;
}

/**
 * Columns that hold, or held when this tool last wrote them, a value from a secret source (`!file`, `--secret-env`): the
 * log names them and never their values, so that such a change cannot be taken back.
 */
function hiddenColumns(
  own: Row | undefined,
  updates: readonly Update[],
  secrets: ReadonlySet<string>,
  last: LastEvent | undefined,
): ReadonlySet<string> {
  const before: unknown = last?.details["secret"];
  const hidden = new Set<string>(Array.isArray(before) ? before.map(String) : []);
  const isSecret = (cell: Cell): boolean => {
    if (isJson(cell)) {
      return [...secrets].some((text) =>
        JSON.stringify(cell.json).includes(JSON.stringify(text).slice(1, -1))
      );
    }
    return (typeof cell === "string" || typeof cell === "number") && secrets.has(String(cell));
  };
  for (const row of [own ?? {}, ...updates.map((u) => u.after)]) {
    for (const [column, cell] of Object.entries(row)) if (isSecret(cell)) hidden.add(column);
  }
  return hidden;
}

function updatedRows(
  updates: readonly Update[],
  hidden: ReadonlySet<string>,
  allocation: Allocation,
  catalog: Catalog,
): LoggedRows {
  const updated = updates.filter((u) => catalog.tables.has(u.table)).map((update) => ({
    table: update.table,
    key: plainRow(update.key, allocation),
    columns: Object.fromEntries(
      Object.keys(update.after).sort().map((
        name,
      ) => [
        name,
        hidden.has(name) ? [{ secret: true }, { secret: true }] as const : [
          plain(update.before[name] ?? null, allocation),
          plain(update.after[name] ?? null, allocation),
        ] as const,
      ]),
    ),
  }));
  return updated.length === 0 ? {} : { updated };
}

function plain(cell: Cell, allocation: Allocation): unknown {
  const value = resolve(cell, allocation);
  return isJson(value) ? value.json : value;
}

function plainRow(
  row: Readonly<Record<string, Cell>>,
  allocation: Allocation,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell, allocation)]));
}

function domainEvent(domain: DomainDecision): NewEvent | undefined {
  if (domain.action !== "set") return undefined;
  return {
    event: "updated",
    kind: "app_domain",
    address: SITE_ADDRESS,
    contentHash: hashContent("app_domain", domain.to),
    rows: {
      updated: [{
        table: "django_site",
        key: { id: 1 },
        columns: { domain: [domain.from ?? null, domain.to] },
      }],
    },
    details: { domain: domain.to, ...(domain.onlyIfNone ? { only_if_none: true } : {}) },
  };
}

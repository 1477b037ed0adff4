/** Rows → log events: one event an action, naming every row that it inserted and every column that it changed. */
import { type Allocation, drawn } from "../database/bulk.ts";
import type { Catalog } from "../database/catalog.ts";
import { fillJson } from "../database/column_fill.ts";
import { type LoggedRows, type NewEvent, type OwnRow, ranges } from "../log/events.ts";
import { type Cell, isJson, isNewId, type Row } from "../flagsmith/cell.ts";
import type { Delete, Insert, Update } from "../flagsmith/row_batch.ts";
import { ALL_KINDS, ALL_SPECS } from "../kinds/specs.ts";
import { PUBLIC_KEYS } from "../kinds/public_keys.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { renamedAddress, type Resource } from "../graph/resource.ts";
import type { Decision, DomainDecision, Plan } from "../plan/plan.ts";
import { formerlyHidden, hiddenColumns, secretColumnsOf } from "../log/secret_columns.ts";
import { removedByNewVersion } from "../plan/state_checks.ts";
import { hasNoSum, rowSum } from "../log/row_fingerprint.ts";
import { SITE_ADDRESS, type Snapshot } from "../snapshot/state.ts";
import { hashContent } from "../log/content_hash.ts";
import { secretTexts } from "../source/node.ts";
import type { PlannedRows } from "./rows.ts";

/** The events of a run, in the order of work. */
export function eventsOf(
  plan: Plan,
  rows: PlannedRows,
  allocation: Allocation,
  state: Snapshot,
): readonly NewEvent[] {
  const inserts = Map.groupBy(
    rows.batch.inserts.filter((i) => state.catalog.tables.has(i.table)),
    (i) => i.owner,
  );
  const updates = Map.groupBy(rows.batch.updates, (u) => u.owner);
  const deletes = Map.groupBy(rows.batch.deletes, (d) => d.owner);
  const events: NewEvent[] = [];
  for (const decision of plan.decisions) {
    if (decision.action === "skip" && decision.records !== true) continue;
    if (decision.action === "delete" && !removedByNewVersion(decision)) continue;
    const { index, kind, declaration } = decision.resource;
    const own = storedRow(kind, rows.own.get(index), state.catalog);
    const secrets = declaration === undefined ? new Set<string>() : secretTexts(declaration.node);
    const hidden = hiddenColumns(
      own,
      [
        ...(inserts.get(index) ?? []).map((i) => i.row),
        ...(updates.get(index) ?? []).map((u) => u.after),
        ...(deletes.get(index) ?? []).map((d) => d.row),
      ],
      secrets,
      formerlyHidden(decision.resource, state),
      // A new row is logged by its key alone.
      decision.action === "create" ? undefined : secretColumnsOf(kind),
    );
    const loggedOnly = declaration === undefined
      ? []
      : (ALL_SPECS[kind].loggedOnly ?? []).flatMap((field) => {
        const value: unknown = Reflect.get(declaration.fields, field);
        return typeof value === "string" && !secrets.has(value) ? [[field, value] as const] : [];
      });
    events.push({
      event: decision.action === "create"
        ? "created"
        : decision.action === "delete" || decision.action === "skip"
        ? "updated"
        : decision.action === "adopt" || decision.adopted
        ? "adopted"
        : decision.rotates === true
        ? "rotated"
        : decision.renamedFrom !== undefined
        ? "renamed"
        : "updated",
      kind,
      address: state.addresses[index] ?? "",
      contentHash: decision.action === "delete" ? undefined : decision.hash,
      rows: {
        ...(own === undefined ? {} : {
          own: {
            ...ownRow(kind, own, allocation),
            ...recognisedBy(decision.resource, own, rows, allocation, state),
          },
        }),
        ...insertedRows(inserts.get(index) ?? [], allocation),
        ...sumsOf(inserts.get(index) ?? [], updates.get(index) ?? [], hidden, allocation, state.catalog),
        ...updatedRows(updates.get(index) ?? [], hidden, allocation, state.catalog),
        ...deletedRows(deletes.get(index) ?? [], hidden, allocation, state.catalog),
      },
      details: {
        ...Object.fromEntries(loggedOnly),
        ...(hidden.size === 0 ? {} : { secret: [...hidden].sort() }),
        ...rotation(decision.resource, state),
        ...filledColumns((inserts.get(index) ?? []).map((i) => i.table), state.catalog),
        ...(decision.action === "delete" ? { absent: true } : {}),
        ...formerAddress(decision, state),
      },
    });
  }
  const domain = domainEvent(plan.domain);
  return domain === undefined ? events : [...events, domain];
}

/** What filled columns that the program does not know, in the rows that an action inserted. */
export function filledColumns(
  tables: readonly string[],
  { fills }: Catalog,
): Readonly<Record<string, unknown>> {
  const filled = [...new Set(tables)].sort().flatMap((table) =>
    (fills.get(table) ?? []).map((fill) => [`${table}.${fill.column}`, fillJson(fill)] as const)
  );
  return filled.length === 0 ? {} : { column_defaults: Object.fromEntries(filled) };
}

/** The address by which the log knew the entity, for the first event by its new one. */
function formerAddress(decision: Decision, state: Snapshot): Readonly<Record<string, unknown>> {
  const address = state.addresses[decision.resource.index] ?? "";
  const from = decision.action === "update" && decision.renamedFrom !== undefined
    ? renamedAddress(decision.resource, decision.renamedFrom, address)
    : state.renamedByOthers.findLast((rename) => rename.to === address)?.from;
  return from === undefined ? {} : { from };
}

/** The text that credentials were last rotated for stays with the newest event. */
function rotation({ index, declaration }: Resource, state: Snapshot): Readonly<Record<string, unknown>> {
  const rotate = declaration?.policy.rotate ??
    state.events.get(state.addresses[index] ?? "")?.details["rotate"];
  return rotate === undefined ? {} : { rotate };
}

function ownRow(kind: keyof typeof LIVE_TABLES, row: Row, allocation: Allocation): OwnRow {
  const resolved = Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, resolve(cell, allocation)]),
  );
  return { table: LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].identity(resolved) };
}

/** A row without the columns that the live table lacks: older releases have no uuid in some tables. */
function storedRow(kind: Resource["kind"], row: Row | undefined, catalog: Catalog): Row | undefined {
  const columns = catalog.tables.get(LIVE_TABLES[kind].table);
  return row === undefined || columns === undefined
    ? row
    : Object.fromEntries(Object.entries(row).filter(([name]) => columns.has(name)));
}

/**
 * What else recognises a row that has no uuid: the uuid of the one that it belongs to; where that has none either, when it
 * was made or what it ties together.
 */
function recognisedBy(
  { kind, parent }: Resource,
  own: Row,
  rows: PlannedRows,
  allocation: Allocation,
  state: Snapshot,
): Pick<OwnRow, "parent" | "natural"> {
  if (own["uuid"] !== undefined) return {};
  const { parentColumn } = LIVE_TABLES[kind];
  if (parent !== undefined && parentColumn !== undefined) {
    const row = rows.own.get(parent.index) ?? state.live.get(parent.index)?.[0]?.row;
    const uuid = storedRow(parent.kind, row, state.catalog)?.["uuid"];
    if (typeof uuid === "string") {
      return { parent: { column: parentColumn, table: LIVE_TABLES[parent.kind].table, uuid } };
    }
  }
  // A key that is a text is nobody else's, ever.
  if (ALL_KINDS[kind].textKey === true) return {};
  const made = ["date_joined", "created_date", "created_at"].find((column) =>
    typeof own[column] === "string"
  );
  const natural = made === undefined
    ? Object.fromEntries(
      Object.entries(plainRow(own, allocation)).filter(([name, value]) =>
        name.endsWith("_id") && typeof value === "number"
      ),
    )
    : { [made]: storedTime(String(own[made])) };
  return Object.keys(natural).length === 0 ? {} : { natural };
}

/** A time as PostgreSQL writes it into JSON, in UTC. */
function storedTime(time: string): string {
  return time.replace(/Z$/, "+00:00").replace(/(\.\d*?)0+(\+00:00)$/, "$1$2").replace(/\.(\+00:00)$/, "$1");
}

/** Fingerprints of the rows that an action wrote and that have no history. */
function sumsOf(
  inserts: readonly Insert[],
  updates: readonly Update[],
  hidden: ReadonlySet<string>,
  allocation: Allocation,
  catalog: Catalog,
): LoggedRows {
  const sums = new Map<string, Map<string, string>>();
  for (const { table, row } of [...inserts, ...updates]) {
    if (hasNoSum(table)) continue;
    const id = resolve(publicKey(table, row), allocation);
    const sum = rowSum(table, plainRow(row, allocation), catalog.tables.get(table), hidden);
    if (sum !== undefined && (typeof id === "number" || typeof id === "string")) {
      const known = sums.get(table) ?? new Map<string, string>();
      sums.set(table, known.set(String(id), sum));
    }
  }
  if (sums.size === 0) return {};
  return {
    sums: Object.fromEntries([...sums].map(([table, byId]) => [table, Object.fromEntries(byId)])),
  };
}

function resolve(cell: Cell, allocation: Allocation): Cell {
  return isNewId(cell) ? drawn(cell, allocation) : cell;
}

function insertedRows(inserts: readonly Insert[], allocation: Allocation): LoggedRows {
  if (inserts.length === 0) return {};
  const tables = [...Map.groupBy(inserts, (i) => i.table)].map(([table, group]): [string, string] => {
    const keys = group.map(({ row }) => resolve(row["history_id"] ?? publicKey(table, row), allocation));
    const numbers = keys.filter((key) => typeof key === "number");
    return [table, numbers.length === keys.length ? ranges(numbers) : keys.map(String).sort().join(",")];
  });
  return { inserted: Object.fromEntries(tables) };
}

/** What names a row in the log: its primary key, but where that holds a secret the key that the kind names its rows by. */
function publicKey(table: string, row: Row): Cell {
  const key = PUBLIC_KEYS.get(table);
  return (key === undefined ? row["id"] ?? row["uuid"] : row[key]) ?? null;
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
      Object.keys(update.after).filter((name) => catalog.tables.get(update.table)?.has(name)).sort().map((
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

function deletedRows(
  deletes: readonly Delete[],
  hidden: ReadonlySet<string>,
  allocation: Allocation,
  catalog: Catalog,
): LoggedRows {
  const deleted = deletes.filter((d) => catalog.tables.has(d.table)).map(({ table, key, row }) => ({
    table,
    key: plainRow(key, allocation),
    row: Object.fromEntries(
      Object.entries(plainRow(row, allocation)).map((
        [name, value],
      ) => [name, hidden.has(name) ? { secret: true } : value]),
    ),
  }));
  return deleted.length === 0 ? {} : { deleted };
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
  const created = domain.from === undefined;
  return {
    event: created ? "created" : "updated",
    kind: "app_domain",
    address: SITE_ADDRESS,
    contentHash: hashContent("app_domain", domain.to),
    rows: created ? { inserted: { django_site: "1" } } : {
      updated: [{
        table: "django_site",
        key: { id: 1 },
        columns: { domain: [domain.from ?? null, domain.to] },
      }],
    },
    details: { domain: domain.to, ...(domain.onlyIfNone ? { only_if_none: true } : {}) },
  };
}

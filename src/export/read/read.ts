/** Reads what an export needs: three round trips, whatever the number of entities, and nothing but SELECT. */
import { type Catalog, readCatalog } from "../../database/catalog.ts";
import { knownColumns } from "../../kinds/known_columns.ts";
import { checkNeeded } from "../../snapshot/needed_schema.ts";
import { catalogStatements } from "../../log/catalog.ts";
import { texts } from "../../database/render.ts";
import { column, type Fragment, join, list, query, sql, type Statement } from "../../database/statement.ts";
import type { Ask } from "../../database/ask.ts";
import { ProvisionError } from "../../diagnostics/error.ts";
import type { Needs } from "../../database/needs.ts";
import type { Answer, Read } from "../../database/session.ts";
import { headNeeds } from "../../log/head_needs.ts";
import type { Row } from "../../flagsmith/cell.ts";
import { FLAG_REFERENCES } from "../../flagsmith/models/projects.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { holdsSecretItself, secretColumnsIn } from "../../log/secret_columns.ts";
import { KIND_NAMES } from "../../kinds/specs.ts";
import type { RelatedSource, StateRow } from "../../kinds/exported.ts";
import { EXPORTS, OUTSIDE } from "../kind_exports.ts";
import { leftStatement, readReferrers, type Referrer, referrersStatement } from "./omitted_tables.ts";
import { cellsOf, holdsSecret, type LiveRows } from "./rows.ts";
import { ancestorsStatement, isLive, qualified, type Scope, scopeOf, type Selection } from "./scope.ts";
import { pendingStatement, statesStatement } from "./states.ts";

/** Which rows of each table belong to the export; `t` is the row. */
function conditions(catalog: Catalog, scope: Scope): ReadonlyMap<string, Fragment> {
  const found = new Map<string, Fragment>();
  for (const kind of KIND_NAMES) {
    const own = scope.conditionOf(kind);
    if (own === undefined) continue;
    found.set(LIVE_TABLES[kind].table, own);
    const source: RelatedSource = {
      ids: scope.of(kind),
      table: (name) => qualified(catalog, name),
      isLive: (table, row) => isLive(catalog, table, row),
    };
    for (const related of EXPORTS[kind].related ?? []) {
      const condition = "where" in related
        ? related.where(source)
        : sql`${column("t", related.column)} = ${source.ids}`;
      found.set(related.table, condition);
    }
  }
  for (const kind of OUTSIDE) {
    const leading = KIND_NAMES.flatMap((other) =>
      (EXPORTS[other].leadsTo ?? []).filter((to) => to.kind === kind).map(({ table, column: name }) =>
        sql`SELECT ${column("t", name)} FROM ${qualified(catalog, table)} t WHERE ${
          found.get(table) ?? sql`false`
        }`
      )
    );
    if (leading.length === 0) continue;
    found.set(LIVE_TABLES[kind].table, sql`t.id = ANY(ARRAY(${join(leading, sql`\nUNION `)}))`);
  }
  return found;
}

function tableStatement(catalog: Catalog, table: string, condition: Fragment): Statement {
  const columns = catalog.tables.get(table) ?? new Map();
  const order = columns.has("id") ? sql`t.id` : sql`t`;
  const hidden = secretColumnsIn(table);
  const isThere = hidden.map((name) => sql`${holdsSecret(name)}, ${isFilled(table, name)}`);
  const row = hidden.length === 0
    ? sql`row_to_json(t.*)`
    : sql`to_jsonb(t.*) - ${texts(hidden)} || jsonb_build_object(${list(isThere)})`;
  return query`SELECT ${row} AS row FROM ${qualified(catalog, table)} t WHERE ${condition} ORDER BY ${order}`;
}

/** True where a secret column holds something, which a password that nobody can enter is not. */
function isFilled(table: string, name: string): Fragment {
  const cell = column("t", name);
  return holdsSecretItself(table, name)
    ? sql`coalesce(${cell}::text, '') <> ''`
    : sql`coalesce(${cell}::text, '') <> '' AND ${cell}::text NOT LIKE '!%'`;
}

/** Reads the catalog; a database without Flagsmith's tables is refused by name. */
async function readSchema(ask: Ask): Promise<Catalog> {
  const tables = [
    ...new Set(KIND_NAMES.flatMap((kind) => [LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].writes])),
    "segments_segmentrule",
  ];
  try {
    const catalog = readCatalog(await ask("read the schema", catalogStatements(tables)));
    checkNeeded(catalog, knownColumns());
    return catalog;
  } catch (error) {
    // Without Django's own table of migrations the statement cannot even be parsed: there is no Flagsmith here.
    if (error instanceof ProvisionError && error.code === "FP409") return readCatalog([]);
    throw error;
  }
}

/** Reads the rows of every organisation of the name; there should be one, which the caller checks. */
export async function readLiveRows(ask: Ask, selection: Selection): Promise<LiveRows> {
  const catalog = await readSchema(ask);
  const [edges, ancestors] = await ask("read the schema", [
    referrersStatement(catalog),
    ancestorsStatement(catalog, selection),
  ]);
  const scope = scopeOf(catalog, ancestors?.[0]);
  const wanted = [...conditions(catalog, scope)].filter(([table]) => catalog.tables.has(table));
  const referrers: readonly Referrer[] = readReferrers(edges ?? []);
  const answers = await ask("read the live rows", [
    statesStatement(catalog, scope),
    pendingStatement(catalog, scope),
    leftStatement(catalog, scope, referrers),
    ...wanted.map(([table, condition]) => tableStatement(catalog, table, condition)),
  ]);
  const [states, pending, left, ...rows] = answers;
  return {
    tables: new Map(
      wanted.map(([table], at): [string, readonly Row[]] => [
        table,
        (rows[at] ?? []).map((answer) => cellsOf(answer["row"])),
      ]),
    ),
    states: (states ?? []).map(stateOf),
    pending: Number(pending?.[0]?.["count"] ?? 0),
    left: (left ?? []).map((answer) => ({ table: String(answer["table"]), count: Number(answer["count"]) })),
    checksFlags: catalog.tables.has(FLAG_REFERENCES),
  };
}

/** What reading an organisation may need. */
export async function exportNeeds(read: Read, catalog: Catalog, selection: Selection): Promise<Needs> {
  const [edges] = await read([referrersStatement(catalog)]);
  const scope = scopeOf(catalog, undefined);
  return headNeeds().addStatements([
    ancestorsStatement(catalog, selection),
    statesStatement(catalog, scope),
    pendingStatement(catalog, scope),
    leftStatement(catalog, scope, readReferrers(edges ?? [])),
    ...[...conditions(catalog, scope)].map(([table, condition]) => tableStatement(catalog, table, condition)),
  ], catalog.schema);
}

function stateOf({ row, value, allocations }: Answer): StateRow {
  const pairs = Array.isArray(allocations) ? allocations : [];
  return {
    row: cellsOf(row),
    value: value === null || value === undefined ? undefined : cellsOf(value),
    allocations: new Map(pairs.map((pair: readonly unknown[]) => [Number(pair[0]), Number(pair[1])])),
  };
}

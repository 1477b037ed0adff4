/** What a run knows about the database when it decides: live rows, log, counts. Read in few round trips, whatever the number of entities. */
import { type Catalog, checkRelease, readCatalog } from "../database/catalog.ts";
import { catalogStatements } from "../log/catalog.ts";
import { query, tableIn } from "../database/statement.ts";
import type { LastEvent } from "../log/events.ts";
import { ProvisionError } from "../diagnostics/error.ts";
import { checkLogVersion } from "../log/table.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import { addressOf, type Graph, renamedAddress, type Resource } from "../graph/resource.ts";
import { isPermission } from "../kinds/permission/spec.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { LiveRow } from "../kinds/live.ts";
import { ALL_SPECS, type KindName, TOP_KINDS } from "../kinds/specs.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import {
  type FlagDependencies,
  flagDependenciesStatement,
  readFlagDependencies,
} from "./flag_dependencies.ts";
import type { Look } from "./look.ts";
import { checkNeeded } from "./needed_schema.ts";
import { NO_ROWS, type RawState, readRawRows } from "./live_raw_rows.ts";
import { type Logged, loggedStatements, readLogged, withFormerEvents } from "../log/latest_events.ts";
import { checkRows } from "./raw_row_checks.ts";
import { readMisfits } from "./raw_row_misfits.ts";
import { eventsOfRowsStatement } from "../log/events_of_rows.ts";
import type { Rename } from "../log/former_addresses.ts";
import {
  comparerOf,
  type KnownElsewhere,
  NOWHERE,
  readKnownElsewhere,
  type UnknownRow,
  unknownRows,
} from "./renamed_rows.ts";
import {
  findRenamed,
  formerNames,
  keyOfRow,
  liveNames,
  readRenaming,
  renamesOf,
  wantedKey,
  withoutRenamed,
} from "./renamed.ts";
import { handedOn, vacated } from "./handed_on.ts";
import { type ColumnDefaults, NO_COLUMN_DEFAULTS, refuseMissing, resolveFills } from "./column_defaults.ts";
import { knownColumns } from "../kinds/known_columns.ts";
import {
  type LiveRows,
  liveStatement,
  namesStatement,
  occupiedStatement,
  readLive,
  type Wanted,
} from "./live.ts";

/** Everything that decisions are made from. */
export interface Snapshot {
  readonly catalog: Catalog;
  /** How it was looked at. */
  readonly look: Look;
  readonly live: LiveRows;
  /** Address of each resource, by index; complete, also for references that named no parent. */
  readonly addresses: readonly string[];
  readonly events: ReadonlyMap<string, LastEvent>;
  /** Resources whose logged row is live under another name, by index. */
  readonly renamed: ReadonlyMap<number, LiveRow>;
  /** Resources that are live under the name that `renamed_from` gives, by index. */
  readonly renaming: ReadonlySet<number>;
  /** Renames by others that the files followed and that the log has no event of: what it knows by their former addresses. */
  readonly renamedByOthers: readonly Rename[];
  /** Resources that are live under their name while another entity has the one that `renamed_from` gives, by index. */
  readonly bothNamesLive: ReadonlySet<number>;
  /** `kind` or `kind parentId` of what already has live entities; for `only_if_none`. */
  readonly occupied: ReadonlySet<string>;
  /** Names of live entities by kind, read only when a reference was not found. */
  readonly names: ReadonlyMap<KindName, readonly string[]>;
  /** What is known of rows of tables without a kind. */
  readonly raw: RawState;
  /** Keys of permissions that this release has; read only when files declare permissions. */
  readonly permissionKeys: ReadonlySet<string>;
  /** The domain of `django_site` row 1; undefined when the row is missing. */
  readonly site: string | undefined;
  /** Domains of the other rows of `django_site`, which are unique, with the id of the row of each. */
  readonly otherSites: ReadonlyMap<string, string>;
  /** The newest event of the domain. */
  readonly siteEvent: LastEvent | undefined;
  /** Read only where files may make a flag depend on another. */
  readonly flagDependencies: FlagDependencies;
}

/** The address of `app_domain` in the log. */
export const SITE_ADDRESS = "app_domain:1";

/** Tables that the kinds of a graph touch, and those of which the operator names columns. */
function tablesOf(graph: Graph, defaults: ColumnDefaults): readonly string[] {
  const kinds = new Set(graph.resources.map((r) => r.kind));
  const extra = [
    "django_site",
    "environment-documents",
    "environments_environment",
    "features_feature",
    "projects_project",
    "organisations_organisation",
    "users_ffadminuser",
  ];
  return [
    ...new Set([
      ...extra,
      ...graph.rows.map(({ row }) => row.table),
      ...[...kinds].flatMap((kind) => [LIVE_TABLES[kind].table, ...LIVE_TABLES[kind].writes]),
      ...defaults.options.map((option) => option.table),
    ]),
  ]
    .sort();
}

async function askForCatalog(ask: Ask, tables: readonly string[]): Promise<readonly (readonly Answer[])[]> {
  try {
    return await ask("read the schema", catalogStatements(tables));
  } catch (error) {
    // Without Django's own table of migrations the statement cannot even be parsed: there is no Flagsmith here.
    if (error instanceof ProvisionError && error.code === "FP409") return [];
    throw error;
  }
}

/** Reads the catalog for a command that writes no rows of the application; refuses what cannot be compared. */
export async function readSchema(ask: Ask, graph: Graph): Promise<Catalog> {
  return await readTables(ask, graph, NO_COLUMN_DEFAULTS);
}

async function readTables(ask: Ask, graph: Graph, defaults: ColumnDefaults): Promise<Catalog> {
  const catalog = readCatalog(await askForCatalog(ask, tablesOf(graph, defaults)));
  checkLogVersion(catalog.logVersion);
  checkRelease(catalog);
  checkNeeded(catalog, knownColumns(new Set(graph.resources.map((r) => r.kind))));
  return catalog;
}

/**
 * Reads the catalog and refuses what cannot be written to. A column that must be filled and that the program does not know
 * takes its value from `defaults`.
 */
export async function readWritableSchema(
  ask: Ask,
  graph: Graph,
  defaults: ColumnDefaults = NO_COLUMN_DEFAULTS,
): Promise<Catalog> {
  const catalog = await readTables(ask, graph, defaults);
  const declaredKinds = new Set(
    graph.resources.filter((r) => r.declaration !== undefined).map((r) => r.kind),
  );
  const written = {
    known: writtenColumns(),
    raw: new Set(graph.rows.map(({ row }) => row.table)),
  };
  const { fills, missing } = await resolveFills(ask, catalog, written, defaults);
  const required = knownColumns(declaredKinds);
  refuseMissing(missing.filter(({ table }) => required.has(table)), catalog, defaults);
  return { ...catalog, fills };
}

/** Table → columns that the program fills itself, for every table that it may write. */
export function writtenColumns(): ReadonlyMap<string, readonly string[]> {
  return new Map([...knownColumns(), ["django_site", ["id", "domain", "name"]]]);
}

/** Reads what the decisions need. One round trip, and one more for each level of renamed or unqualified parents. */
export async function takeSnapshot(ask: Ask, graph: Graph, look: Look): Promise<Snapshot> {
  const { catalog } = look;
  const { resources } = graph;
  const formers = formerNames(resources);
  const keys = new Map<number, string>();
  let logged: Logged = { events: new Map(), renames: [] };
  let events: ReadonlyMap<string, LastEvent> = new Map();
  let renames: readonly Rename[] = [];
  let elsewhere = NOWHERE;
  const looked = new Set<string>();
  let known = 0;
  const renamed = new Map<number, LiveRow>();
  const renaming = new Set<number>();
  const givesRights = resources.some((r) => r.declaration !== undefined && isPermission(r.kind));
  for (let round = 0;; round++) {
    const others = liveNames(resources, renaming, renamed);
    const wanted: Wanted[] = resources.map((resource) => ({
      resource,
      key: keys.get(resource.index) ?? wantedKey(resource, others),
    }));
    const provisional = [...resources.map((r) => addressOf(r)), SITE_ADDRESS];
    // Renames before one of this run led to the name that it takes away.
    const before = resources.flatMap((r) => {
      const name = r.declaration?.policy.renamedFrom;
      return name === undefined ? [] : [renamedAddress(r, name, addressOf(r))];
    });
    const [liveAnswer, siteAnswer, keyAnswer, flagAnswer, ...logAnswers] = await ask("read the live rows", [
      wanted.length === 0
        ? query`SELECT 1 WHERE false`
        : liveStatement([...wanted, ...formers.map((f) => f.wanted)], look),
      query`SELECT id::text AS id, domain FROM ${tableIn(catalog.schema, "django_site")}`,
      givesRights
        ? query`SELECT key FROM ${tableIn(catalog.schema, "permissions_permissionmodel")}`
        : query`SELECT 1 WHERE false`,
      flagDependenciesStatement(graph, look),
      ...(catalog.logVersion === 0 || round > 0
        ? []
        : loggedStatements(catalog.schema, [...provisional, ...before])),
    ]);
    const all = [...resources, ...formers.map((f) => f.wanted.resource)];
    const live = new Map(readLive(liveAnswer ?? [], all, catalog));
    const { rows: former, bothNamesLive } = readRenaming(live, formers);
    const addresses = resources.map((r) => addressOf(r, (top) => livePath(live.get(top.index)?.[0])));
    if (round === 0) {
      logged = readLogged(logAnswers);
      const late = catalog.logVersion === 0
        ? []
        : addresses.filter((address, at) => address !== provisional[at]);
      if (late.length > 0) {
        const more = readLogged(await ask("read the log", loggedStatements(catalog.schema, late)));
        logged = {
          events: new Map([...logged.events, ...more.events]),
          renames: [...logged.renames, ...more.renames],
        };
      }
      logged = { ...logged, events: seen(logged.events, look) };
      events = logged.events;
    }
    for (const [index, row] of renamed) if (!live.has(index)) live.set(index, [row]);
    const handed = await handedOn(
      ask,
      catalog.logVersion === 0 ? undefined : catalog.schema,
      resources,
      live,
      {
        renaming: former,
        both: bothNamesLive,
      },
    );
    const later = [...former, ...handed].filter(([index]) => !renaming.has(index));
    if (later.length > 0) {
      // Everything is read again, since children are found below the row that still has the old name.
      for (const [index, row] of later) {
        renaming.add(index);
        keys.set(index, keyOfRow(resources[index], row, others));
      }
      continue;
    }
    const gone = vacated(resources, live, renaming, { addresses, renames: logged.renames });
    for (const index of gone) live.delete(index);
    renames = [...logged.renames, ...renamesOf(resources, renaming, addresses), ...elsewhere.renames];
    if (catalog.logVersion > 0 && renames.length + elsewhere.events.size > known) {
      known = renames.length + elsewhere.events.size;
      const compare = comparerOf({ resources, live, addresses });
      const all = await withFormerEvents(ask, catalog.schema, addresses, { ...logged, renames }, compare);
      events = seen(new Map([...all.events, ...elsewhere.events]), look);
    }
    if (gone.size > 0) {
      const givenUp = new Set([...gone].map((index) => addresses[index]));
      events = new Map([...events].filter(([address]) => !givenUp.has(address)));
    }
    const found = await findRenamed(ask, resources, live, addresses, events, look);
    if (found.size > 0) {
      // Children of a renamed parent are found by the parent's new name, so everything is read again with it.
      for (const [index, row] of found) renamed.set(index, row);
      for (const [index, row] of renamed) keys.set(index, keyOfRow(resources[index], row, others));
      continue;
    }
    const unknown = catalog.logVersion === 0
      ? []
      : unknownRows({ resources, live, addresses, events }).filter((row) => !looked.has(rowName(row)));
    const { occupied, known: more } = await readOccupied(ask, graph, live, look, unknown);
    for (const row of unknown) looked.add(rowName(row));
    if (more.events.size > 0) {
      // What stands below has former addresses, too: everything is looked at again with them.
      elsewhere = {
        events: new Map([...elsewhere.events, ...more.events]),
        renames: [...elsewhere.renames, ...more.renames],
      };
      continue;
    }
    const names = await readNames(ask, resources, live, look);
    const state = {
      catalog,
      look,
      live,
      addresses,
      events,
      renamed,
      renaming,
      renamedByOthers: elsewhere.renames,
      bothNamesLive: withoutRenamed(new Set(bothNamesLive.keys()), resources, addresses, logged.renames),
      occupied,
      names,
      permissionKeys: new Set((keyAnswer ?? []).map((row) => String(row["key"]))),
      site: textOf(siteAnswer?.find(({ id }) => id === "1")?.["domain"]),
      otherSites: new Map(
        (siteAnswer ?? []).filter(({ id }) => id !== "1").map((
          row,
        ) => [String(row["domain"]), String(row["id"])]),
      ),
      siteEvent: events.get(SITE_ADDRESS),
      flagDependencies: readFlagDependencies(flagAnswer ?? []),
      raw: NO_ROWS,
    };
    const fits = graph.rows.length > 0 && checkRows(graph.rows, catalog, new Diagnostics());
    const misfits = graph.rows.length > 0 ? await readMisfits(ask, graph.rows, catalog) : [];
    if (!fits || misfits.length > 0) return { ...state, raw: { ...NO_ROWS, misfits } };
    const raw = await readRawRows(ask, graph.rows, state);
    return { ...state, raw, renamedByOthers: [...state.renamedByOthers, ...raw.renamedByOthers] };
  }
}

function rowName({ address, key }: UnknownRow): string {
  return JSON.stringify([address, key]);
}

/** Events as they will be. */
function seen(events: ReadonlyMap<string, LastEvent>, look: Look): ReadonlyMap<string, LastEvent> {
  return new Map([...events].map(([address, event]) => [address, look.eventOf(address, event)]));
}

/** Organisation and name of a project that was referred to without its organisation. */
function livePath(row: LiveRow | undefined): readonly string[] | undefined {
  const name = row?.row["name"];
  return row?.parentName === undefined || typeof name !== "string" ? undefined : [row.parentName, name];
}

async function readNames(
  ask: Ask,
  resources: readonly Resource[],
  live: LiveRows,
  look: Look,
): Promise<ReadonlyMap<KindName, readonly string[]>> {
  const missing = resources.filter((r) => r.declaration === undefined && !live.has(r.index));
  const kinds = [...new Set(missing.map((r) => r.kind))].filter((kind) =>
    LIVE_TABLES[kind].nameColumn !== undefined
  );
  if (kinds.length === 0) return new Map();
  const names = new Map<KindName, string[]>(kinds.map((kind) => [kind, []]));
  for (
    const row of (await ask("look for similar names", [
      namesStatement(kinds, look),
    ]))[0] ?? []
  ) {
    names.get(row["kind"] as KindName)?.push(String(row["name"]));
  }
  return names;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Looks what is there for `only_if_none`, and with it what the log says of rows that it does not know by their address. */
async function readOccupied(
  ask: Ask,
  graph: Graph,
  live: LiveRows,
  look: Look,
  unknown: readonly UnknownRow[],
): Promise<{ readonly occupied: ReadonlySet<string>; readonly known: KnownElsewhere }> {
  const asking = graph.resources.filter((r) =>
    r.declaration?.policy.onlyIfNone === true && !live.has(r.index) && ALL_SPECS[r.kind].line === "own"
  );
  const kinds = new Set(asking.map((r) => r.kind));
  // A domain that is to be set in an empty instance only asks for whatever belongs to nothing, too.
  for (const kind of TOP_KINDS) kinds.add(kind);
  const parents = new Map<KindName, number[]>();
  for (const { kind, parent } of asking) {
    const id = parent === undefined ? undefined : live.get(parent.index)?.[0]?.id;
    if (typeof id === "number") parents.set(kind, [...parents.get(kind) ?? [], id]);
  }
  const [answer, events] = await ask("look what exists", [
    occupiedStatement([...kinds], parents, look),
    ...(unknown.length === 0 ? [] : [eventsOfRowsStatement(look.catalog.schema, unknown)]),
  ]);
  const occupied = new Set(
    (answer ?? []).map((
      row,
    ) => (row["parent"] === null ? String(row["kind"]) : `${row["kind"]} ${row["parent"]}`)),
  );
  return { occupied, known: readKnownElsewhere(events ?? [], unknown) };
}

/** A declared entity beside its live row: made once, without words and without policy, for every command. Pure. */
import { type Cell, isJson, isNewId, type Row } from "../flagsmith/cell.ts";
import { writtenRanks } from "../graph/priorities.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { ALL_SPECS, type KindName } from "../kinds/specs.ts";
import type { Content } from "../kinds/kind.ts";
import type { LiveRow, LiveTarget } from "../kinds/live.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { canonical, contentHash } from "../log/content_hash.ts";
import type { LastEvent } from "../log/events.ts";
import { formerlyHidden, isSecretCell, secretColumnsOf } from "../log/secret_columns.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { liveName } from "../snapshot/renamed.ts";
import { secretTexts } from "../source/node.ts";
import { Secret } from "../source/secret.ts";
import type { FieldChange } from "./field_change.ts";

/** How a declared entity and the database stand to each other. */
export type Comparison =
  | { readonly relation: "missing" }
  /** Several live rows have its name. */
  | { readonly relation: "duplicated"; readonly rows: readonly LiveRow[] }
  /** The row that the log knows is live under another name. */
  | { readonly relation: "renamed"; readonly live: LiveRow; readonly to: string }
  | {
    readonly relation: "present";
    readonly live: LiveRow;
    /** Undefined when all is as declared. Found when it is asked for, since most decisions do not depend on it. */
    readonly difference: Difference | undefined;
  };

/** What a live row has otherwise than its file. */
export interface Difference {
  /** Wanted values of the columns of the own row that hold others. */
  readonly after: Row;
  /** In the order of the fields; none when only what no update writes differs: a key, versioning, what only the log holds. */
  readonly changes: readonly FieldChange[];
}

/** A declared entity with all that a policy is applied to. */
export interface Compared {
  readonly resource: Resource;
  readonly address: string;
  /** Hash of what is declared; empty for what is to be absent. */
  readonly hash: string;
  /** The newest event of its address. */
  readonly event: LastEvent | undefined;
  readonly comparison: Comparison;
  /** The name that `renamed_from` gives, when the live row still has it. */
  readonly formerName: string | undefined;
}

/** What a kind's fields want in the columns of its own row; undefined columns are left out. */
type DeclaredColumns = Readonly<Record<string, Cell | undefined>>;

/** What a comparison needs of the database. */
export type ComparedState = Pick<Snapshot, "live" | "addresses" | "events" | "renamed" | "renaming">;

/** Compares every declared entity, in the order of work. */
export function compareAll(
  { resources }: Pick<Graph, "resources">,
  state: ComparedState,
): readonly Compared[] {
  const ranks = writtenRanks(resources);
  return resources.flatMap((resource): readonly Compared[] => {
    const { declaration, index } = resource;
    if (declaration === undefined) return [];
    const address = state.addresses[index] ?? "";
    const event = state.events.get(address);
    return [{
      resource,
      address,
      hash: declaration.policy.ensure === "absent" ? "" : contentHash(declaration, ranks.get(index)),
      event,
      comparison: compare(resource, event, state),
      formerName: state.renaming.has(index) ? declaration.policy.renamedFrom : undefined,
    }];
  });
}

/** Compares one entity. Of what is to be absent only whether it is there counts. */
function compare(resource: Resource, event: LastEvent | undefined, state: ComparedState): Comparison {
  const rows = state.live.get(resource.index) ?? [];
  const [live] = rows;
  if (live === undefined) return { relation: "missing" };
  if (rows.length > 1) return { relation: "duplicated", rows };
  if (resource.declaration?.policy.ensure === "absent") return present(live, () => undefined);
  const renamed = state.renamed.get(resource.index);
  if (renamed !== undefined) {
    return { relation: "renamed", live, to: liveName(resource.kind, renamed.row) ?? "" };
  }
  return present(live, () => differenceOf(resource, live, event, state));
}

function present(live: LiveRow, find: () => Difference | undefined): Comparison {
  let found: { readonly difference: Difference | undefined } | undefined;
  return {
    relation: "present",
    live,
    get difference() {
      found ??= { difference: find() };
      return found.difference;
    },
  };
}

function differenceOf(
  resource: Resource,
  live: LiveRow,
  event: LastEvent | undefined,
  state: ComparedState,
): Difference | undefined {
  const wanted = resource.declaration === undefined
    ? {}
    : LIVE_TABLES[resource.kind].columns(resource.declaration.fields);
  const after = differingColumns(resource, live, wanted);
  const changes = changesOf(resource, live, wanted, after, state);
  return changes.length === 0 && !differsUnwritten(resource, live, event) ? undefined : { after, changes };
}

/** The declared columns whose live value is another. */
function differingColumns({ kind }: Resource, live: LiveRow, wanted: DeclaredColumns): Row {
  const after: Record<string, Cell> = {};
  const { compared } = LIVE_TABLES[kind];
  for (const [column, cell] of Object.entries(wanted)) {
    const current = cell === undefined ? undefined : currentCell(kind, live, column);
    // A release without the column: `checkStorable` says so.
    if (cell === undefined || current === undefined) continue;
    const form = compared?.[column] ?? ((cell: Cell) => cell);
    if (!sameCell(form(current), form(cell))) after[column] = cell;
  }
  return after;
}

/** What a column holds, or what it repeats, whatever it holds; undefined: the release has no such column. */
function currentCell(kind: KindName, live: LiveRow, column: string): Cell | undefined {
  return LIVE_TABLES[kind].derived?.[column]?.(live) ?? live.row[column] ??
    (column in live.row ? null : undefined);
}

/** Differing columns as fields, then what depends on the row; values that come from a secret source are left out. */
function changesOf(
  resource: Resource,
  live: LiveRow,
  declared: DeclaredColumns,
  after: Row,
  state: ComparedState,
): readonly FieldChange[] {
  const { declaration, kind } = resource;
  if (declaration === undefined) return [];
  const mapping = LIVE_TABLES[kind];
  const related = mapping.differs?.(declaration.fields, live, liveTargets(resource, state)) ?? [];
  const columns = Object.keys(after);
  if (columns.length + related.length === 0) return [];
  const secrets = secretTexts(declaration.node);
  const hidden = new Set([...formerlyHidden(resource, state), ...secretColumnsOf(kind)]);
  const found = new Map<string, FieldChange>();
  for (const column of columns) {
    const named = mapping.fieldNames?.[column] ?? column;
    // What follows another column of its field (`is_staff`) and differs alone is named itself: the field is as declared.
    const field = declared[named] !== undefined && !columns.includes(named) ? column : named;
    const [wanted, current] = [after[column] ?? null, currentCell(kind, live, column) ?? null];
    const isSecret = hidden.has(column) || isSecretCell(wanted, secrets) || isSecretCell(current, secrets);
    // Several columns of one field change together, and the first one shows its value.
    if (found.has(field) && !isSecret) continue;
    found.set(
      field,
      isSecret
        ? { kind: "secret", field }
        : { kind: "shown", field, from: contentOf(current), to: contentOf(wanted) },
    );
  }
  return [
    ...found.values(),
    ...related.map(({ field, counts, from, to, columns }): FieldChange => {
      const isSecret = columns.some((column) => hidden.has(column)) ||
        [from, to].some((value) => isSecretCell({ json: value }, secrets));
      const counted = counts === undefined ? { field } : { field, counts };
      return isSecret ? { kind: "secret", ...counted } : { kind: "shown", ...counted, from, to };
    }),
  ];
}

/** True when something differs that no update writes. */
function differsUnwritten(
  { declaration, kind }: Resource,
  live: LiveRow,
  event: LastEvent | undefined,
): boolean {
  if (declaration === undefined) return false;
  const isLogged = (ALL_SPECS[kind].loggedOnly ?? []).every((field) => {
    const wanted: unknown = Reflect.get(declaration.fields, field);
    return wanted === undefined || wanted === event?.details[field];
  });
  return !isLogged || LIVE_TABLES[kind].differsUnwritten?.(declaration.fields, live) === true;
}

/** Live ids of what an entity refers to, by path. */
export function liveTargets(resource: Resource, state: Pick<ComparedState, "live">): LiveTarget {
  return (path) => {
    const target = resource.references.get(path);
    const id = target === undefined ? undefined : state.live.get(target.index)?.[0]?.id;
    return typeof id === "number" ? id : undefined;
  };
}

function sameCell(a: Cell, b: Cell): boolean {
  if (a instanceof Secret || b instanceof Secret) return textIn(a) === textIn(b);
  if (isJson(a) && isJson(b)) return canonical(a.json as Content) === canonical(b.json as Content);
  if (
    typeof a === "string" && typeof b === "string" && /^\d{4}-\d\d-\d\dT/.test(a) &&
    /^\d{4}-\d\d-\d\dT/.test(b)
  ) return Date.parse(a) === Date.parse(b);
  return a === b;
}

/** A cell without the wrapping of a secret. */
function textIn(cell: Cell): Cell {
  return cell instanceof Secret ? cell.reveal() : cell;
}

function contentOf(cell: Cell): Content {
  if (isJson(cell)) return cell.json as Content;
  return isNewId(cell) ? null : cell instanceof Secret ? String(cell) : cell;
}

/** Rows → what the file will say. Pure; what cannot be expressed is in `diagnostics` afterwards. */
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import { idIn, type Row } from "../../flagsmith/cell.ts";
import type { ExportContext, NamedRow } from "../../kinds/exported.ts";
import { isLiveRow } from "../../kinds/live_row.ts";
import { ALL_SPECS, childKindsOf, type KindName } from "../../kinds/specs.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { EXPORTS, OUTSIDE, PART, ROOT } from "../kind_exports.ts";
import { type LiveRows, rowsOf } from "../read/rows.ts";
import { distinct, nameIn, reportInexpressible } from "./context.ts";
import type { Entity, Export, Field } from "./entity.ts";
import { exactEntity } from "./exact.ts";
import { fieldsOf } from "./fields.ts";
import { includedRows, type IsIncluded } from "./included.ts";
import { reportUnsupported } from "./unsupported.ts";
import { VariableNames } from "./variables.ts";

/** Where the entities of a list stand. */
interface Place {
  /** What they belong to; undefined for what stands at the top of the file. */
  readonly parent: NamedRow | undefined;
  /** In words, behind the name of one: ` in project "Web"`. */
  readonly where: string;
  /** The same of what they belong to. */
  readonly around: string;
  /** Names that the variables of their secrets begin with. */
  readonly path: readonly string[];
}

const TOP: Place = { parent: undefined, where: "", around: "", path: [] };

/**
 * Builds an export. `rows` hold exactly one organisation; with `onlyProject` what its projects do not need is left out.
 */
export function buildExport(rows: LiveRows, onlyProject: boolean, diagnostics: Diagnostics): Export {
  const builder = new Builder(rows, includedRows(rows, onlyProject), diagnostics);
  const outside = OUTSIDE.flatMap((kind) => builder.entities(kind, TOP));
  const [root] = builder.entities(ROOT, TOP);
  if (root === undefined) throw new TypeError("Cannot export an organisation that was not read");
  const isName = ({ path }: Field): boolean => path[0] === ALL_SPECS[ROOT].identityField;
  const organisation = onlyProject ? { ...root, fields: root.fields.filter(isName) } : root;
  const projects = builder.entities(PART, TOP);
  reportUnsupported(rows, diagnostics);
  const { checksFlags } = rows;
  return { users: outside, organisation, projects, variables: builder.variables.given, checksFlags };
}

/** Builds entities with what belongs to them. */
class Builder {
  readonly variables = new VariableNames();
  readonly #rows: LiveRows;
  readonly #isIncluded: IsIncluded;
  readonly #diagnostics: Diagnostics;
  readonly #context: ExportContext;
  readonly #groups = new Map<string, ReadonlyMap<number, readonly Row[]>>();
  readonly #named = new Map<string, readonly NamedRow[]>();

  constructor(rows: LiveRows, isIncluded: IsIncluded, diagnostics: Diagnostics) {
    this.#rows = rows;
    this.#isIncluded = isIncluded;
    this.#diagnostics = diagnostics;
    this.#context = {
      below: (table, column) => this.#below(table, column),
      entities: (kind, parent, where) => this.#namedRows(kind as KindName, parent, where),
      states: rows.states,
      report: (code, message, hint) => diagnostics.add(code, undefined, message, hint),
    };
  }

  /** All entities of a kind in one place, in the order of their names. */
  entities(kind: KindName, place: Place): readonly Entity[] {
    if (place.parent !== undefined) EXPORTS[kind].reportMissing?.(place.parent, place.where, this.#context);
    return this.#namedRows(kind, place.parent?.row, place.where).map((one) => this.#entity(kind, one, place));
  }

  #entity(kind: KindName, { row, name }: NamedRow, place: Place): Entity {
    const { where } = place;
    const parent = place.parent?.row;
    // What there is one of at most has no name, and is called like what it belongs to.
    const [called, at] = ALL_SPECS[kind].single === true
      ? [place.parent?.name ?? "", place.around]
      : [name, where];
    const told = EXPORTS[kind].tell?.({ row, name, parent, where }, this.#context);
    const fields = fieldsOf(
      kind,
      row,
      name,
      told?.fields ?? {},
      (field) => this.variables.of([...place.path, name, field]),
      (field, why) => reportInexpressible(kind, called, at, field, why, this.#diagnostics),
    );
    const below: Place = { parent: { row, name }, ...insideOf(kind, name, place) };
    const children = (told?.children as readonly Entity[] | undefined)?.map(exactEntity) ??
      childKindsOf(kind).filter((child) => child !== PART).flatMap((child) => this.entities(child, below));
    const implied = told?.implied === undefined ? {} : { implied: told.implied };
    return { ...exactEntity({ kind, name, fields, children: [] }), children, ...implied };
  }

  #below(table: string, column: string): ReadonlyMap<number, readonly Row[]> {
    const key = `${table}.${column}`;
    const found = this.#groups.get(key) ?? Map.groupBy(rowsOf(this.#rows, table), (row) => idIn(row, column));
    this.#groups.set(key, found);
    return found;
  }

  #namedRows(kind: KindName, parent: Row | undefined, where: string): readonly NamedRow[] {
    const key = `${kind} ${parent === undefined ? "" : idIn(parent, "id")}`;
    const found = this.#named.get(key) ?? this.#findNamed(kind, parent, where);
    this.#named.set(key, found);
    return found;
  }

  #findNamed(kind: KindName, parent: Row | undefined, where: string): readonly NamedRow[] {
    const { table, parentColumn = "", live } = LIVE_TABLES[kind];
    const all = parent === undefined
      ? rowsOf(this.#rows, table)
      : this.#below(table, parentColumn).get(idIn(parent, "id")) ?? [];
    const included = all.filter((row) => isLiveRow(row, live) && this.#isIncluded(kind, row));
    const rows = EXPORTS[kind].select?.(included, where, this.#context) ?? included;
    if (ALL_SPECS[kind].single === true) return rows.map((row) => ({ row, name: "" }));
    return distinct(kind, rows, (row) => nameIn(kind, row, this.#context), where, this.#diagnostics);
  }
}

/** How the entities inside of one are called and named; the organisation goes without saying but for what is its own. */
function insideOf(kind: KindName, name: string, { where, path }: Place): Omit<Place, "parent"> {
  return {
    around: where,
    where: ` in ${ALL_SPECS[kind].label} "${name}"${where.replace(/^ in /, " of ")}`,
    path: [...path, name],
  };
}

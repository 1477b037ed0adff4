/** What undeclared entities belong to that files name without it: it decides where names beside them are looked up. */
import type { Ask } from "../database/ask.ts";
import { applicationSchema } from "../database/catalog.ts";
import { texts } from "../database/render.ts";
import { column, query, tableIn } from "../database/statement.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { type Graph, homeKey, type Homes } from "../graph/resource.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/**
 * The graph with every name looked up where the database says; the same one, and nothing is asked, where the files alone tell.
 * What is not live, or live in several places, stays as it is: the checks of a plan report it.
 */
export async function located(ask: Ask, graph: Graph, diagnostics: Diagnostics): Promise<Graph> {
  const { undecided } = graph;
  if (undecided === undefined) return graph;
  const schema = await applicationSchema(ask);
  const byKind = [...Map.groupBy(undecided.names, ({ kind }) => kind)];
  const answers = await ask(
    "read the live rows",
    byKind.flatMap(([kind, names]) => {
      const { table, parentColumn, nameColumn } = LIVE_TABLES[kind];
      const { parent } = ALL_SPECS[kind];
      if (parent === undefined || parentColumn === undefined || nameColumn === undefined) return [];
      const [own, above] = [column("t", nameColumn), column("a", LIVE_TABLES[parent].nameColumn ?? "name")];
      return [
        query`SELECT ${kind} AS kind, w.name AS written, ${own} AS name, ${above} AS above, ${own} = w.name AS whole
FROM unnest(${texts([...new Set(names.map(({ name }) => name))])}) AS w(name)
JOIN ${tableIn(schema, table)} t ON to_jsonb(t.*) ->> 'deleted_at' IS NULL
JOIN ${tableIn(schema, LIVE_TABLES[parent].table)} a ON a.id = ${column("t", parentColumn)}
  AND to_jsonb(a.*) ->> 'deleted_at' IS NULL
WHERE ${own} = w.name OR ${above} || '/' || ${own} = w.name`,
      ];
    }),
  );
  const homes: Homes = new Map(
    undecided.names.flatMap((wanted) => {
      const rows = answers.flat().filter((row) =>
        row["kind"] === wanted.kind && row["written"] === wanted.name
      );
      const whole = rows.filter((row) => row["whole"] === true);
      const [found, another] = whole.length > 0 ? whole : rows;
      return found === undefined || another !== undefined
        ? []
        : [[homeKey(wanted), { name: String(found["name"]), above: String(found["above"]) }] as const];
    }),
  );
  return homes.size === 0 ? graph : undecided.located(homes, diagnostics);
}

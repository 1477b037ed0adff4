/** Fields for which the live tables have no column, because the release of Flagsmith is older than they are. */
import type { Catalog } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { spanAt } from "../declarations/places.ts";
import { firstRelease } from "../flagsmith/releases.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { title } from "./plan.ts";

/** Reports each declared field that this database cannot hold, with the first release that can. */
export function checkStorable(resource: Resource, catalog: Catalog, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  const { table, columns, derived, fieldNames } = LIVE_TABLES[declaration.kind];
  const there = catalog.tables.get(table);
  if (there === undefined) return;
  for (const [column, cell] of Object.entries(columns(declaration.fields))) {
    if (cell === undefined || there.has(column) || derived?.includes(column) === true) continue;
    const field = fieldNames?.[column] ?? column;
    const isTop = declaration.node.entries.some((entry) => entry.key === field);
    const path: FieldPath = isTop ? [field] : ["settings", field];
    const first = firstRelease(table, column);
    diagnostics.add(
      "FP306",
      spanAt(declaration.node, path),
      `${title(resource)} cannot have "${field}": this Flagsmith (${catalog.release}) does not store it`,
      first === undefined
        ? `Table ${table} has no column ${column}; remove the field`
        : `The first release that stores it is ${first}; upgrade Flagsmith, or remove the field`,
    );
  }
}

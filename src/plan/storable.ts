/** Fields for which the live tables have no column, because the release of Flagsmith is older than they are. */
import type { Catalog } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { isKind } from "../declarations/declaration.ts";
import { keySpanAt } from "../declarations/places.ts";
import { firstRelease } from "../flagsmith/releases.ts";
import type { Resource } from "../graph/resource.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { title } from "./plan.ts";

/**
 * Reports each declared field that this database cannot hold, with the first release that can: as an error, but for shipped
 * sets, which nobody edits and which are for all releases: there it is left out with a warning.
 */
export function checkStorable(resource: Resource, catalog: Catalog, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  const { table, columns, derived, fieldNames } = LIVE_TABLES[declaration.kind];
  const there = catalog.tables.get(table);
  if (there === undefined) return;
  const refuse = (path: FieldPath, place: readonly [table: string, column: string]): void => {
    const [first, field] = [firstRelease(...place), path.findLast((step) => typeof step === "string")];
    const span = keySpanAt(declaration.node, path);
    if (isShipped(span)) {
      diagnostics.add(
        "FP153",
        span,
        `"${field}" of ${
          uncapitalised(title(resource))
        } is left out: this Flagsmith (${catalog.release}) does not store it`,
        first === undefined ? undefined : `The first release that stores it is ${first}`,
      );
      return;
    }
    diagnostics.add(
      "FP306",
      span,
      `${title(resource)} cannot have "${field}": this Flagsmith (${catalog.release}) does not store it`,
      first === undefined
        ? `Table ${place[0]} has no column ${place[1]}; remove the field`
        : `The first release that stores it is ${first}; upgrade Flagsmith, or remove the field`,
    );
  };
  for (const [column, cell] of Object.entries(columns(declaration.fields))) {
    if (cell === undefined || there.has(column) || derived?.[column] !== undefined) continue;
    const field = fieldNames?.[column] ?? column;
    const isTop = declaration.node.entries.some((entry) => entry.key === field);
    const path: FieldPath = isTop ? [field] : ["settings", field];
    refuse(path, [table, column]);
  }
  const options = "multivariate_multivariatefeatureoption";
  if (!isKind(declaration, featureSpec.name) || catalog.tables.get(options)?.has("key") !== false) return;
  for (const [at, { key }] of (declaration.fields.multivariate_options ?? []).entries()) {
    if (key !== undefined) refuse(["multivariate_options", at, "key"], [options, "key"]);
  }
}

function isShipped(span: Span | undefined): boolean {
  return span?.file.name.startsWith("preset:") === true;
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What the options of one flag get in one state, added up. */
import { spanAt } from "../declarations/places.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { pythonSum } from "../flagsmith/python/sum.ts";
import type { Resource } from "../graph/resource.ts";
import { title } from "./plan.ts";

/** An option as it will be: known by its live id, or by its place among those that the run adds. */
export interface Option {
  readonly id: string;
  readonly key: string | null;
  /** The share that a state gets together with the option. */
  readonly share: number;
  readonly added: boolean;
}

/** Percentages by the ids of options. */
export type Shares = ReadonlyMap<string, number>;

/** Shares that stay, and in a default state those of options that are added. */
export function keptShares(before: Shares, options: readonly Option[], isDefault: boolean): Shares {
  const ids = new Set(options.map(({ id }) => id));
  return new Map([
    ...[...before].filter(([id]) => ids.has(id)),
    ...options.flatMap((o) => (isDefault && o.added ? [[o.id, o.share] as const] : [])),
  ]);
}

/** The shares with what the item declares; an option is named by its key, else by its place from 1. */
export function overlaid(shares: Shares, resource: Resource, options: readonly Option[]): Shares {
  const after = new Map(shares);
  for (const { option, share } of declaredShares(resource)) {
    const found = options.find((o) => o.key === option) ?? options.find((_, at) => String(at + 1) === option);
    if (found !== undefined) after.set(found.id, share);
  }
  return after;
}

/** Reports a sum above 100, unless it was as large before: the run does not make it worse then. */
export function reportSum(resource: Resource, after: Shares, before: number, diagnostics: Diagnostics): void {
  const sum = pythonSum(after.values());
  const { declaration } = resource;
  if (sum <= 100 || sum <= before || declaration === undefined) return;
  const declares = declaredShares(resource).length > 0;
  const place: Span = declares ? spanAt(declaration.node, ["multivariate"]) : resource.span;
  if (diagnostics.hasErrorIn(place)) return;
  diagnostics.add(
    "FP112",
    place,
    `${title(resource)} of feature "${
      resource.parent?.name ?? ""
    }" would have ${sum} percent, with the shares that stay`,
    "Declare the shares of the other options as well",
  );
}

function declaredShares(
  { declaration }: Resource,
): readonly { readonly option: string; readonly share: number }[] {
  const wanted: unknown = declaration === undefined
    ? undefined
    : Reflect.get(declaration.fields, "multivariate");
  return (Array.isArray(wanted) ? wanted : []).map((one) => ({
    option: String(Object(one).option),
    share: Number(Object(one).percentage_allocation),
  }));
}

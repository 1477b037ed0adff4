/** Which values of a run go to the outputs file, and under which names. Pure. */
import type { Graph, Resource } from "../graph/resource.ts";
import { ALL_KINDS, ancestorsOf } from "../kinds/specs.ts";
import type { OutputPlace } from "./outputs.ts";

/**
 * The places of everything declared that has a key, or that may get a password or a link, by resource index. Names are
 * paths without the organisation, but where two of them would be the same.
 */
export function placesOf(graph: Graph): ReadonlyMap<number, OutputPlace> {
  const short = new Map<number, OutputPlace>();
  const used = new Map<string, number>();
  for (const resource of graph.resources) {
    const place = placeOf(resource, false);
    if (place === undefined) continue;
    short.set(resource.index, place);
    const name = `${place.kind} ${place.name}`;
    used.set(name, (used.get(name) ?? 0) + 1);
  }
  return new Map([...short].map(([index, place]) => {
    const resource = graph.resources[index];
    const shared = (used.get(`${place.kind} ${place.name}`) ?? 0) > 1;
    return [index, (shared && resource !== undefined ? placeOf(resource, true) : undefined) ?? place];
  }));
}

function placeOf(resource: Resource, whole: boolean): OutputPlace | undefined {
  const { declaration } = resource;
  if (declaration === undefined || declaration.policy.ensure === "absent") return undefined;
  const { rotates, handsOut, spec } = ALL_KINDS[resource.kind];
  if (rotates === "password") {
    const given = spec.credential?.(declaration.fields);
    if (given === undefined) return { kind: "reset_link", name: resource.key };
    return given.kind === "made" ? { kind: "password", name: resource.key } : undefined;
  }
  if (handsOut !== undefined) {
    const levels = ancestorsOf(resource.kind).length + 1;
    const { output: chosen } = declaration.fields as { readonly output?: string | undefined };
    // Without the organisation, unless there is nothing else above.
    return {
      kind: resource.kind,
      name: pathOf(resource, whole || levels <= 2 ? levels : levels - 1),
      chosen,
    };
  }
  return undefined;
}

/** The names of a resource and of what it belongs to, outermost first. */
function pathOf(resource: Resource, length: number): string {
  const names: string[] = [];
  for (let at: Resource | undefined = resource; at !== undefined && names.length < length; at = at.parent) {
    names.unshift(at.name);
  }
  return names.join("/");
}

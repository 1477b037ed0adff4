/**
 * Addresses, the stable names of entities in log and commands: `environment:Acme Corp/Web App/Development`. A kind, a
 * colon, and names from the outermost to the entity's own, separated by slashes (`docs/log.md`).
 */
import { ALL_SPECS, KIND_NAMES, type KindName } from "./specs.ts";

/** One name as a part of an address: `/` and `%` would be ambiguous, control characters unreadable. */
export function encodePart(name: string): string {
  return name.replace(
    /[%/\p{Cc}]/gu,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}

/** The name that a part of an address stands for. */
export function decodePart(part: string): string {
  return part.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** What follows the kind of an address, still encoded: `Acme Corp/Web App/Development`. */
export function pathOfAddress(address: string): string {
  return address.slice(address.indexOf(":") + 1);
}

/** The parts of an address, outermost first, still encoded. */
export function partsOfAddress(address: string): readonly string[] {
  return pathOfAddress(address).split("/");
}

/** Names of an address, outermost first, as they are. */
export function namesOfAddress(address: string): readonly string[] {
  return partsOfAddress(address).map(decodePart);
}

/** The kind of an address; undefined for what is not an entity of a kind: runs, the domain, rows without a kind. */
export function kindOfAddress(address: string): KindName | undefined {
  const word = address.slice(0, address.indexOf(":"));
  return KIND_NAMES.find((kind) => kind === word);
}

/** The kind and those above it, innermost first. */
export function kindAndAncestors(kind: KindName | undefined): readonly KindName[] {
  return kind === undefined ? [] : [kind, ...kindAndAncestors(ALL_SPECS[kind].parent)];
}

/** How many names an address of the kind has, where one name identifies it. */
export function addressDepth(kind: KindName): number {
  return kindAndAncestors(kind).length;
}

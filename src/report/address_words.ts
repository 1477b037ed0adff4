/** An address of the log in the words of output lines: `feature "dark_mode" in project "Web App"`. */
import { ALL_SPECS, KIND_NAMES, type KindName } from "../kinds/specs.ts";

/** The kind of an address; undefined for what is no entity of a kind: runs, the domain, raw rows. */
export function kindOfAddress(address: string): KindName | undefined {
  const word = address.slice(0, address.indexOf(":"));
  return KIND_NAMES.find((kind) => kind === word);
}

/** Names of an address, outermost first, as they are. */
export function namesOfAddress(address: string): readonly string[] {
  return address.slice(address.indexOf(":") + 1).split("/").map((segment) =>
    segment.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  );
}

/** The entity in a sentence; what is no entity is shown as its address. */
export function addressWords(address: string): string {
  const kind = kindOfAddress(address);
  if (address.startsWith("row:")) return rowWords(address);
  if (kind === undefined) return address;
  const names = namesOfAddress(address);
  const { label, parent, single } = ALL_SPECS[kind];
  if (single === true) return `${label} of "${names.at(-1) ?? ""}"`;
  const above = parent === undefined ? undefined : ALL_SPECS[parent];
  const depth = parent === undefined ? 0 : depthOf(parent);
  const own = names.slice(depth).join(", ");
  const shown = above === undefined || depth === 0 ? "" : ` in ${above.label} "${names[depth - 1] ?? ""}"`;
  return `${label} "${own}"${shown}`;
}

function depthOf(kind: KindName): number {
  const { parent } = ALL_SPECS[kind];
  return parent === undefined ? 1 : depthOf(parent) + 1;
}

/** `row name=acme of saml_samlconfiguration`, from its address. */
export function rowWords(address: string): string {
  const [table = "", ...key] = address.slice("row:".length).split("/");
  const names = key.map((part) =>
    part.replaceAll(/%([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  );
  return `row ${names.join(", ")} of ${table}`;
}

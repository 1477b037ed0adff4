/** An address of the log in the words of output lines: `feature "dark_mode" in project "Web App"`. */
import { addressDepth, decodePart, kindOfAddress, namesOfAddress } from "../kinds/address.ts";
import { ALL_SPECS } from "../kinds/specs.ts";

/** The entity in a sentence; what is no entity is shown as its address. */
export function addressWords(address: string): string {
  const kind = kindOfAddress(address);
  if (address.startsWith("row:")) return rowWords(address);
  if (kind === undefined) return address;
  const names = namesOfAddress(address);
  const { label, parent, single } = ALL_SPECS[kind];
  if (single === true) return `${label} of "${names.at(-1) ?? ""}"`;
  const above = parent === undefined ? undefined : ALL_SPECS[parent];
  const depth = parent === undefined ? 0 : addressDepth(parent);
  const own = names.slice(depth).join(", ");
  const shown = above === undefined || depth === 0 ? "" : ` in ${above.label} "${names[depth - 1] ?? ""}"`;
  return `${label} "${own}"${shown}`;
}

/** `row name=acme of saml_samlconfiguration`, from its address. */
export function rowWords(address: string): string {
  const [table = "", ...key] = address.slice("row:".length).split("/");
  return `row ${key.map(decodePart).join(", ")} of ${table}`;
}

/** Where the API lives, as its own variable says. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { pythonStrip } from "../flagsmith/python/strip.ts";
import { isDomain, siteDomain } from "../flagsmith/site_url.ts";
import type { Io } from "./io.ts";

/**
 * The domain for links: `FLAGSMITH_DOMAIN`, else that of the site row. What people write around a domain is removed: white
 * space, a scheme, slashes at the end. Throws FP511 when the rest is no host, because the links would be broken.
 */
export function domainOfLinks(io: Pick<Io, "env">, siteRow: string | undefined): string {
  const given = io.env("FLAGSMITH_DOMAIN") ?? "";
  const domain = pythonStrip(given).replace(/^https?:\/\//i, "").replace(/\/+$/, "");
  if (domain !== "" && !isDomain(domain)) {
    throw new ProvisionError(
      "FP511",
      EXIT.usage,
      "FLAGSMITH_DOMAIN is not a host name with an optional port",
      "Without scheme, path and white space, as in flagsmith.example.com",
    );
  }
  return siteDomain(domain, siteRow);
}

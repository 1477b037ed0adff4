/** Addresses of the server and its upstream, as they are written on the command line. */

/** A host and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8001`, `[::1]:8001` → address; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, v6, name, port = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? name;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

/** Where requests are sent on to. */
export interface UpstreamAddress extends Address {
  readonly tls: boolean;
}

/** `http://127.0.0.1:8000` → address; undefined for what is not a server's plain address. */
export function parseUpstream(text: string): UpstreamAddress | undefined {
  const url = URL.parse(text);
  const bare = url !== null && ["", "/"].includes(url.pathname) && url.search === "" && url.hash === "" &&
    url.username === "" && url.password === "" && url.hostname !== "";
  if (!bare || !["http:", "https:"].includes(url.protocol)) return undefined;
  const tls = url.protocol === "https:";
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
  };
}

/** `host:port`, with brackets around an IPv6 address. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

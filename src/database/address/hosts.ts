/** Which servers an address names: hosts, sockets, addresses and ports, each list as libpq pairs them. */
import { badAddress, type Parameters } from "./refusal.ts";

/** One server of an address. */
export interface Server {
  /** The host as it was given, a name, an IP address or the directory of a socket: what a certificate is compared with. */
  readonly host: string;
  /** What is connected to: `hostaddr`, else the host. */
  readonly address: string;
  readonly port: number;
  /** True when the host is the directory of a socket. */
  readonly socket: boolean;
}

const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*)$/u;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const IPV6 = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[\p{L}\p{N}._-]+)?$/u;

/** Reads host, hostaddr and port; throws FP402, which repeats none of them. */
export function serversOf(parameters: Parameters, source: string): readonly Server[] {
  const list = (name: string): readonly string[] | undefined => parameters.get(name)?.split(",");
  const hosts = list("host");
  const addresses = list("hostaddr");
  if (hosts !== undefined && addresses !== undefined && hosts.length !== addresses.length) {
    throw badAddress(source, "host and hostaddr do not name equally many servers");
  }
  const count = hosts?.length ?? addresses?.length ?? 1;
  const ports = list("port") ?? [""];
  if (ports.length !== 1 && ports.length !== count) {
    throw badAddress(source, "it names neither one port nor as many ports as hosts");
  }
  return Array.from({ length: count }, (_, i) => {
    const address = addresses?.[i] ?? "";
    if (address !== "" && !IPV4.test(address) && !IPV6.test(address)) {
      throw badAddress(source, "hostaddr is not an IP address", "Host names are given as host");
    }
    const given = hosts?.[i] ?? "";
    const host = given === "" ? (address === "" ? "localhost" : address) : hostOf(given, source);
    const socket = host.startsWith("/") && address === "";
    return {
      host,
      address: address === "" ? host : address,
      port: portOf(ports[ports.length === 1 ? 0 : i] ?? "", source),
      socket,
    };
  });
}

/** A host as it may be connected to and shown. */
function hostOf(text: string, source: string): string {
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined && IPV6.test(bracketed)) return bracketed;
  if (text.startsWith("/") && !/[@?#\p{Cc}]|:\/\//u.test(text)) return text;
  if (text.startsWith("@")) {
    throw badAddress(
      source,
      "sockets in the abstract namespace are not supported",
      "Give the directory of the socket",
    );
  }
  if (NAME.test(text) || IPV6.test(text)) return text;
  throw badAddress(
    source,
    "its host is not a host name, an IP address or the directory of a socket",
    "Only the host is given as host, without scheme, user, password, port and database",
  );
}

function portOf(text: string, source: string): number {
  if (text === "") return 5432;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw badAddress(source, "its port is not a number from 1 to 65535");
  return port;
}

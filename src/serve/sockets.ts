/** What the server listens on, and how it reaches the upstream. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { type Address, addressText, type UpstreamAddress } from "./address.ts";
import type { Connection } from "./http/wire.ts";

/** Listens; throws `ProvisionError` when the address cannot be had. */
export function listen({ host, port }: Address): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "another program listens there"
      : error instanceof Deno.errors.PermissionDenied
      ? "this user may not listen there"
      : "it is not an address of this machine";
    throw new ProvisionError(
      "FP451",
      EXIT.failed,
      `Cannot listen on ${addressText({ host, port })}: ${why}`,
      "Give another --listen HOST:PORT; port 0 takes any free one",
    );
  }
}

/** Connects; rejects after `timeout` ms. */
export async function connectUpstream(
  { host, port, tls }: UpstreamAddress,
  timeout: number,
): Promise<Connection> {
  const connecting: Promise<Deno.TcpConn | Deno.TlsConn> = tls
    ? Deno.connectTls({ hostname: host, port, alpnProtocols: ["http/1.1"] })
    : Deno.connect({ hostname: host, port });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Deno.errors.TimedOut()), timeout);
  });
  try {
    const connection = await Promise.race([connecting, late]);
    if ("setNoDelay" in connection) connection.setNoDelay(true);
    return connection;
  } catch (error) {
    // One that comes after all is not wanted any more.
    void connecting.then((connection) => connection.close(), () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A proxy in front of PostgreSQL that makes one chosen script of a client fail, or loses the connection around it. */

/**
 * What happens to the chosen script. `error`: PostgreSQL itself refuses it, at its end or, with `statement`, before that
 * statement of it. `before`: the connection is cut before the server gets it. `after`: the server has carried it out, and the
 * connection is cut before the client hears of it. `late`: the client is cut off at once and the server gets the script
 * 100 ms later. `split`: the client is cut off and the server hears nothing, neither of the script nor of the end.
 */
export type Fault =
  | { readonly kind: "before" | "after" | "late" | "split" }
  | { readonly kind: "error"; readonly statement?: number };

/** Which script the fault is for. */
export interface FaultPlan {
  /** Number of the script over all connections, from 0. */
  readonly at: number;
  readonly fault: Fault;
  /** Nobody gets a connection any more afterwards. */
  readonly unreachable?: true;
  /** Told when the script has come, before anything happens to it. */
  readonly onHit?: () => void;
  /** Done after `before` and `after` have happened on the server's side, and before the client hears of the loss. */
  readonly meanwhile?: () => Promise<void>;
}

/** A running proxy. */
export interface FaultProxy {
  /** The address of the database through the proxy. */
  readonly url: string;
  /** Texts of the scripts that clients have sent since `arm`. */
  readonly scripts: readonly string[];
  /** Ends what is still connected and forgets what was sent; the plan is for what comes now, without one everything passes. */
  arm(plan?: FaultPlan): void;
  /** As `arm`, but what is connected stays: for a client that keeps its connection. */
  watch(plan?: FaultPlan): void;
  /** Ends all connections and the proxy. */
  close(): Promise<void>;
}

/** The error that `error` provokes: a division by zero, which no code of the tool provokes by itself. */
export const PROVOKED = "22012";

/** What happens to the answers of one connection. */
interface LinkState {
  swallow: boolean;
  meanwhile?: FaultPlan["meanwhile"];
}

const LATE = 100;
const QUERY = 0x51;
const READY = 0x5a;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Starts a proxy for the server of a URL; it understands the simple protocol only, which is what this tool speaks. */
export function startFaultProxy(databaseUrl: string): FaultProxy {
  const target = new URL(databaseUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const scripts: string[] = [];
  const open = new Set<Deno.Conn>();
  const tasks = new Set<Promise<void>>();
  let plan: FaultPlan | undefined;
  let unreachable = false;

  const close = (connection: Deno.Conn): void => {
    if (!open.delete(connection)) return;
    connection.close();
  };
  const task = (work: Promise<void>): void => {
    const settled = work.catch(() => {}).finally(() => tasks.delete(settled));
    tasks.add(settled);
  };

  async function link(client: Deno.TcpConn): Promise<void> {
    open.add(client);
    const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port || 5432) });
    open.add(server);
    // Answers are passed on message by message, and none of them may wait for the one before it.
    client.setNoDelay();
    server.setNoDelay();
    const state: LinkState = { swallow: false };
    task(answers(server, client, state));
    try {
      await requests(client, server, state);
    } finally {
      if (!state.swallow) close(server);
      close(client);
    }
  }

  /** From the client to the server, message by message. */
  async function requests(client: Deno.Conn, server: Deno.Conn, state: LinkState): Promise<void> {
    let started = false;
    for await (const message of messages(client, () => !started)) {
      if (!started || message[0] !== QUERY) {
        started = true;
        await writeAll(server, message);
        continue;
      }
      const text = decoder.decode(message.subarray(5, -1));
      const number = scripts.push(text) - 1;
      const hit = plan?.at === number ? plan : undefined;
      if (hit === undefined) {
        await writeAll(server, message);
        continue;
      }
      plan = undefined;
      hit.onHit?.();
      unreachable = hit.unreachable === true;
      switch (hit.fault.kind) {
        case "error":
          await writeAll(server, queryMessage(broken(text, hit.fault.statement)));
          break;
        case "before":
          return await hit.meanwhile?.();
        case "after":
          state.swallow = true;
          state.meanwhile = hit.meanwhile;
          await writeAll(server, message);
          // `answers` waits for the end of what the server does, and closes both.
          return await new Promise((resolve) => {
            task(untilClosed(server).then(resolve));
          });
        case "late":
          state.swallow = true;
          close(client);
          await new Promise((resolve) => setTimeout(resolve, LATE));
          return await writeAll(server, message);
        case "split":
          state.swallow = true;
          return close(client);
      }
    }
  }

  /** From the server to the client; what is swallowed is read up to the server's readiness for the next script. */
  async function answers(server: Deno.Conn, client: Deno.Conn, state: LinkState): Promise<void> {
    try {
      for await (const message of messages(server, () => false)) {
        if (!state.swallow) await writeAll(client, message);
        else if (message[0] === READY) {
          await state.meanwhile?.();
          break;
        }
      }
    } finally {
      close(client);
      close(server);
    }
  }

  async function untilClosed(connection: Deno.Conn): Promise<void> {
    while (open.has(connection)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  task((async () => {
    for await (const client of listener) {
      if (unreachable) client.close();
      else task(link(client));
    }
  })());

  const watch = (next?: FaultPlan): void => {
    scripts.length = 0;
    plan = next;
    unreachable = false;
  };

  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(listener.addr.port);
  url.searchParams.set("sslmode", "disable");
  return {
    url: url.href,
    scripts,
    arm(next) {
      for (const connection of [...open]) close(connection);
      watch(next);
    },
    watch,
    async close() {
      listener.close();
      for (const connection of [...open]) close(connection);
      while (tasks.size > 0) await Promise.all(tasks);
    },
  };
}

/** Where the statements of a script begin; the session puts a line break between them. What is in quotes is passed over. */
export function statementStarts(script: string): readonly number[] {
  const starts = [0];
  for (const { index } of script.matchAll(/;\n/g)) {
    if (script.slice(0, index).split("'").length % 2 === 1) starts.push(index + 2);
  }
  return starts;
}

/** The script with something in it that fails: before the given statement, else as late as it can still be rolled back. */
function broken(script: string, statement: number | undefined): string {
  const starts = statementStarts(script);
  const last = starts.at(-1) ?? 0;
  const ends = /^(COMMIT|ROLLBACK)\s*$/.test(script.slice(last));
  const at = statement === undefined ? (ends ? last : script.length) : starts[statement] ?? 0;
  return at === script.length
    ? `${script};\nSELECT 1/0`
    : `${script.slice(0, at)}SELECT 1/0;\n${script.slice(at)}`;
}

function queryMessage(text: string): Uint8Array {
  const body = encoder.encode(text);
  const message = new Uint8Array(body.length + 6);
  message[0] = QUERY;
  new DataView(message.buffer).setInt32(1, body.length + 5);
  message.set(body, 5);
  return message;
}

/** The messages of a connection; the first one of a client has a length but no type. */
async function* messages(connection: Deno.Conn, withoutType: () => boolean): AsyncGenerator<Uint8Array> {
  let pending = new Uint8Array(0);
  const chunk = new Uint8Array(65536);
  for (;;) {
    for (;;) {
      const head = withoutType() ? 0 : 1;
      if (pending.length < head + 4) break;
      const size = head + new DataView(pending.buffer, pending.byteOffset).getInt32(head);
      if (pending.length < size) break;
      yield pending.slice(0, size);
      pending = pending.slice(size);
    }
    const read = await connection.read(chunk).catch(() => null);
    if (read === null) return;
    const joined = new Uint8Array(pending.length + read);
    joined.set(pending);
    joined.set(chunk.subarray(0, read), pending.length);
    pending = joined;
  }
}

async function writeAll(connection: Deno.Conn, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
}

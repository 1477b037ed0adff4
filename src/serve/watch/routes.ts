/** What a watch answers over HTTP. */
import { failure, json, local, notAllowed } from "../replies.ts";
import { answer, drainBody, type Exchange, type Handler, type Reply } from "../http/server.ts";
import { hasBearer } from "../token.ts";

/** What the routes need. */
export interface WatchRoutesOptions {
  readonly ready: () => boolean;
  /** The code of what is wrong, if anything is. */
  readonly failure: () => string | undefined;
  readonly reload: () => Promise<string | undefined>;
  /** `FLAGSMITH_PROVISION_RELOAD_TOKEN`; without it there is no `/reload`. */
  readonly token: string | undefined;
  readonly metrics: () => string;
  readonly version: string;
}

/** Decides by path. */
export function watchRoutes(options: WatchRoutesOptions): Handler {
  const { token, version } = options;
  return async (exchange) => {
    switch (exchange.head.target.replace(/[?#].*$/s, "")) {
      case "/health":
        return await local(exchange, () => json(200, { status: "ok", version }));
      case "/ready":
        return await local(exchange, () => {
          if (options.ready()) return json(200, { status: "ready" });
          return json(503, { status: "not ready", code: options.failure() });
        });
      case "/metrics":
        return await local(exchange, () => ({
          status: 200,
          fields: [{ name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8" }],
          body: options.metrics(),
        }));
      case "/reload":
        if (token === undefined) break;
        // Whoever has no token is told so before a byte of a body is read.
        return await answer(exchange, ...await reloadReply(exchange, token, options));
    }
    const missing = failure(404, {
      code: "FP456",
      message: "There is nothing here",
      hint:
        "This server answers /health, /ready and /metrics; with FLAGSMITH_PROVISION_RELOAD_TOKEN also POST /reload",
    });
    return await answer(exchange, missing, await drainBody(exchange));
  };
}

async function reloadReply(
  exchange: Exchange,
  token: string,
  options: WatchRoutesOptions,
): Promise<readonly [reply: Reply, whole: boolean]> {
  if (exchange.head.method !== "POST") return [notAllowed("POST"), false];
  if (!hasBearer(exchange.head.fields, token)) {
    const body = {
      code: "FP453",
      message: "The token is missing or wrong",
      hint: "Send FLAGSMITH_PROVISION_RELOAD_TOKEN of this program in the header Authorization: Bearer …",
    } as const;
    return [failure(401, body, [{ name: "WWW-Authenticate", value: "Bearer" }]), false];
  }
  const whole = await drainBody(exchange);
  const code = await options.reload();
  return [code === undefined ? { status: 204, fields: [], body: "" } : json(500, { error: { code } }), whole];
}

/** What the server answers itself, and what it sends on. */
import { answer, drainBody, type Exchange, type Handler, type Reply } from "./http/server.ts";
import type { Metrics } from "./metrics.ts";
import { proxy, type Upstream, type UpstreamAnswers } from "./proxy.ts";
import { type ErrorBody, failure, json, local, notAllowed } from "./replies.ts";
import { hasToken } from "./token.ts";

/** The path of Flagsmith's own endpoint (`docs/flagsmith/e2e.md#endpoint`). */
export const RESET_PATH = "/api/v1/e2etests/teardown/";

/** What the routes need. */
export interface RoutesOptions {
  readonly token: string;
  /** `ENABLE_FE_E2E`. */
  readonly enabled: boolean;
  /** Resets after everything that came before; gives the error to show, or undefined when it succeeded. */
  readonly reset: () => Promise<ErrorBody | undefined>;
  /** Requests that wait. */
  readonly queueLength: () => number;
  readonly stopping: () => boolean;
  readonly metrics: Metrics;
  readonly upstream: Omit<Upstream, "answers" | "answered"> | undefined;
  readonly version: string;
}

/** Decides by path. */
export function routes(options: RoutesOptions): Handler {
  const { metrics } = options;
  const upstream: Upstream | undefined = options.upstream === undefined ? undefined : {
    ...options.upstream,
    answers: UPSTREAM_ANSWERS,
    answered: (status) => metrics.proxied(status),
  };
  return async (exchange) => {
    if (normalPath(exchange.head.target) === RESET_PATH) {
      // Strangers are turned away before a byte of a body is read.
      const refusal = refusalOf(exchange, options);
      const whole = refusal === undefined && await drainBody(exchange);
      const reply = refusal ?? await resetReply(options);
      metrics.resetRequest(reply.status);
      return await answer(exchange, reply, whole);
    }
    switch (exchange.head.target.replace(/[?#].*$/s, "")) {
      case "/health":
        return await local(exchange, () => {
          const status = options.stopping() ? "stopping" : "ok";
          return json(options.stopping() ? 503 : 200, { status, version: options.version });
        });
      case "/metrics":
        return await local(exchange, () => ({
          status: 200,
          fields: [{ name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8" }],
          body: metrics.text(options.queueLength()),
        }));
    }
    if (upstream !== undefined) return await proxy(exchange, upstream);
    const missing = failure(404, {
      code: "FP456",
      message: "There is nothing here",
      hint: `This server answers ${RESET_PATH}, /health and /metrics; with --upstream it sends the rest on`,
    });
    return await answer(exchange, missing, await drainBody(exchange));
  };
}

/**
 * A path as the application's own router would read it, whatever way it is written: percent-encoding undone, repeated slashes
 * and dots resolved, in small letters, with a slash at its end. What means the endpoint must not reach the upstream's own.
 */
export function normalPath(target: string): string {
  const plain = target.replace(/[?#].*$/s, "").replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
  const parts: string[] = [];
  for (const part of plain.toLowerCase().split(/[/\\]/)) {
    // Parameters of a part (RFC 3986, 3.3) are none of its name.
    const name = part.replace(/;.*$/s, "").trim();
    if (name === "..") parts.pop();
    else if (name !== "" && name !== ".") parts.push(name);
  }
  return `/${parts.join("/")}/`;
}

const UPSTREAM_ANSWERS: UpstreamAnswers = {
  unreachable: failure(502, {
    code: "FP457",
    message: "The upstream does not answer",
    hint: "Check --upstream, and whether the API runs",
  }),
  late: failure(504, {
    code: "FP457",
    message: "The upstream does not answer in time",
    hint: "Raise --upstream-timeout, or look at the API",
  }),
  malformed: failure(502, {
    code: "FP457",
    message: "The upstream's answer is not HTTP",
    hint: "Check --upstream: the address must be the API's",
  }),
  malformedBody: failure(400, {
    code: "FP457",
    message: "The body of the request is not what its head says",
    hint: "Nothing more than the first part was sent on",
  }),
  loop: failure(508, {
    code: "FP457",
    message: "The upstream leads back to this server",
    hint: "--upstream must be the address of the API",
  }),
  upgrade: failure(501, {
    code: "FP457",
    message: "WebSockets are not passed on",
    hint: "Connect to the API itself; server-sent events pass",
  }),
};

/** Why a request is not allowed to reset, by its head alone. */
function refusalOf({ head }: Exchange, options: RoutesOptions): Reply | undefined {
  if (head.method !== "POST") return notAllowed("POST");
  if (!hasToken(head.fields, options.token)) {
    return failure(401, {
      code: "FP453",
      message: "The token is missing or wrong",
      hint: "Send E2E_TEST_AUTH_TOKEN of this server in the header X-E2E-Test-Auth-Token",
    }, [{ name: "WWW-Authenticate", value: "Token" }]);
  }
  if (!options.enabled) {
    return failure(400, {
      code: "FP454",
      message: "End-to-end tests are not enabled",
      hint: "Start this server with ENABLE_FE_E2E=true",
    });
  }
  return undefined;
}

async function resetReply(options: RoutesOptions): Promise<Reply> {
  const error = options.stopping() ? STOPPING : await options.reset();
  if (error === undefined) return { status: 204, fields: [], body: "" };
  return failure(error === STOPPING ? 503 : 500, error);
}

/** What a request for a reset is told while the server ends. */
export const STOPPING: ErrorBody = {
  code: "FP458",
  message: "The server is stopping",
  hint: "Nothing was changed",
};

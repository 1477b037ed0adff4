/** Answers that are made here, and not by an upstream. */
import type { FailureCode } from "../diagnostics/failures.ts";
import { answer, drainBody, type Exchange, type Reply } from "./http/server.ts";
import type { Field } from "./http/head.ts";

/** An error as programs get it; never with a secret. */
export interface ErrorBody {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly diagnostics?: readonly unknown[] | undefined;
}

/** Answers a GET or HEAD request with a reply that is made here. */
export async function local(exchange: Exchange, reply: () => Reply): Promise<boolean> {
  const whole = await drainBody(exchange);
  return await answer(
    exchange,
    ["GET", "HEAD"].includes(exchange.head.method) ? reply() : notAllowed("GET, HEAD"),
    whole,
  );
}

/** The answer to another method than the allowed ones. */
export function notAllowed(allowed: string): Reply {
  return failure(405, { code: "FP455", message: `Only ${allowed.replace(", ", " and ")} is answered here` }, [
    { name: "Allow", value: allowed },
  ]);
}

/** An error as JSON. */
export function failure(status: number, error: ErrorBody, fields: readonly Field[] = []): Reply {
  return json(status, { error }, fields);
}

/** A value as JSON. */
export function json(status: number, body: unknown, fields: readonly Field[] = []): Reply {
  return {
    status,
    fields: [{ name: "Content-Type", value: "application/json" }, ...fields],
    body: `${JSON.stringify(body)}\n`,
  };
}

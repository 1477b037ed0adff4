/** Requests to the API as an SDK, a dashboard or a script makes them. */
import type { Json } from "../../tests/support/dump.ts";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** `null` for an answer without a body. */
  readonly body: Json;
}

/** One request. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/** Sends a request; throws when no JSON comes back. */
export async function send(origin: string, request: Request): Promise<Answer> {
  const { status, text } = await exchange(origin, request);
  try {
    return { status, body: text === "" ? null : JSON.parse(text) };
  } catch {
    throw new Error(`${request.method} ${request.path} answers ${status} without JSON`);
  }
}

/** The same for requests that may fail: what is no JSON, such as a page about an error, is given as text. */
export async function trySend(origin: string, request: Request): Promise<Answer> {
  const { status, text } = await exchange(origin, request);
  try {
    return { status, body: text === "" ? null : JSON.parse(text) };
  } catch {
    return { status, body: text };
  }
}

async function exchange(
  origin: string,
  request: Request,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(origin + request.path, {
    method: request.method,
    headers: { "Content-Type": "application/json", ...request.headers },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** The token that a log-in gives; `undefined` when it is refused. */
export async function logIn(origin: string, email: string, password: string): Promise<string | undefined> {
  const answer = await send(origin, {
    method: "POST",
    path: "/api/v1/auth/login/",
    body: { email, password },
  });
  return answer.status === 200 ? String(field(answer.body, "key")) : undefined;
}

/** A member of an object; `null` when there is none. */
export function field(value: Json, name: string): Json {
  return new Map<string, Json>(Object.entries(value ?? {})).get(name) ?? null;
}

/** The members of a list, also of one that comes in pages. */
export function results(value: Json): readonly Json[] {
  const list = Array.isArray(value) ? value : field(value, "results");
  return Array.isArray(list) ? list : [];
}

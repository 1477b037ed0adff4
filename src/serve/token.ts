/** Comparing tokens of requests with the ones that are set. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Field, valuesOf } from "./http/head.ts";

/** The header that carries the token (`docs/flagsmith/e2e.md#endpoint`). */
const HEADER = "x-e2e-test-auth-token";

/**
 * True when the request carries the end-to-end tests' token exactly once. The time taken reveals nothing about where they
 * differ, nor about their lengths.
 */
export function hasToken(fields: readonly Field[], token: string): boolean {
  return isOnly(valuesOf(fields, HEADER), token);
}

/** True when the request carries `Authorization: Bearer TOKEN` exactly once; compared as `hasToken` does. */
export function hasBearer(fields: readonly Field[], token: string): boolean {
  const [value = "", ...others] = valuesOf(fields, "authorization");
  const [, given = ""] = /^bearer +(\S+) *$/i.exec(value) ?? [];
  return isOnly([given, ...others], token);
}

function isOnly(values: readonly string[], token: string): boolean {
  const given = Uint8Array.from(values[0] ?? "", (character) => character.charCodeAt(0));
  return timingSafeEqual(digest(given), digest(new TextEncoder().encode(token))) && values.length === 1;
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

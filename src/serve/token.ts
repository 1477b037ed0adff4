/** Comparing the token of a request with the one that is set. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Field, valuesOf } from "./http/head.ts";

/** The header that carries the token (`contract.md` 9). */
const HEADER = "x-e2e-test-auth-token";

/** True when the request carries the token exactly once. The time taken tells nothing about where they differ, nor about their lengths. */
export function hasToken(fields: readonly Field[], token: string): boolean {
  const values = valuesOf(fields, HEADER);
  const given = Uint8Array.from(values[0] ?? "", (character) => character.charCodeAt(0));
  return timingSafeEqual(digest(given), digest(new TextEncoder().encode(token))) && values.length === 1;
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

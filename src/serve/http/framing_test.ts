import assert from "node:assert/strict";
import fc from "fast-check";
import { bodyScanner, type Framing } from "./framing.ts";

/** Feeds a body in pieces and gives how many bytes of it were taken; undefined when its form was broken. */
function taken(framing: Framing, text: string, pieces: readonly number[]): number | undefined {
  const scanner = bodyScanner(framing);
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  let total = 0;
  let at = 0;
  for (let n = 0; at < bytes.length && !scanner.done; n++) {
    const piece = bytes.subarray(at, at + (pieces[n % pieces.length] ?? 1));
    const count = scanner.take(piece);
    if (count === undefined) return undefined;
    total += count;
    at += piece.length;
    if (count < piece.length) assert.ok(scanner.done);
  }
  return scanner.done ? total : -1;
}

const chunk = fc.record({
  data: fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" }),
  extension: fc.constantFrom("", ";a=1", ";x"),
  upper: fc.boolean(),
});

Deno.test("a chunked body ends after its trailers, in whatever pieces it comes and whatever follows", () => {
  fc.assert(fc.property(
    fc.array(chunk, { maxLength: 8 }),
    fc.array(fc.constantFrom("X-A: 1", "B:", "C: 0"), { maxLength: 3 }),
    fc.string({ unit: "binary-ascii" }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
    (chunks, trailers, after, pieces) => {
      const size = (n: number, upper: boolean) => upper ? n.toString(16).toUpperCase() : `0${n.toString(16)}`;
      const body = chunks.map((c) =>
        `${size(c.data.length, c.upper)}${c.extension}\r\n${c.data}\r\n`
      ).join("") +
        `0\r\n${trailers.map((t) => `${t}\r\n`).join("")}\r\n`;
      assert.equal(taken({ kind: "chunked" }, body + after, pieces), body.length);
      assert.equal(taken({ kind: "chunked" }, body.slice(0, -1), pieces), -1);
    },
  ));
});

Deno.test("a chunked body of another form is refused", () => {
  for (
    const body of [
      "\r\n",
      "g\r\n",
      "5 \r\nhello\r\n",
      "0x5\r\nhello\r\n",
      "-1\r\n",
      "5\nhello\r\n",
      "5\rhello",
      "5\r\nhelloX",
      "5\r\nhello\n",
      "5;a\nb\r\n",
      "0\r\nX: 1\n\r\n",
      "0\r\n\rX",
      "1000000000000\r\n",
      `1;${"x".repeat(70_000)}\r\n`,
      `0\r\nX: ${"x".repeat(70_000)}`,
    ]
  ) {
    for (const pieces of [[1], [7], [100_000]]) {
      assert.equal(taken({ kind: "chunked" }, body, pieces), undefined, JSON.stringify(body.slice(0, 40)));
    }
  }
});

Deno.test("a body of known length takes exactly that, one without end takes everything", () => {
  assert.equal(taken({ kind: "length", length: 3 }, "abcdef", [2]), 3);
  assert.equal(taken({ kind: "length", length: 9 }, "abcdef", [2]), -1);
  assert.equal(bodyScanner({ kind: "none" }).done, true);
  assert.equal(bodyScanner({ kind: "length", length: 0 }).done, true);
  assert.equal(taken({ kind: "until close" }, "abcdef", [4]), -1);
});

import assert from "node:assert/strict";
import { type RawStream, streamsOver } from "./streams.ts";

/** A stream that takes a few bytes at a time; `fails` decides about each attempt. */
function stream(fails: (attempt: number) => unknown): RawStream & { readonly text: () => string } {
  let attempt = 0;
  const bytes: number[] = [];
  return {
    write(part) {
      const error = fails(attempt++);
      if (error !== undefined) return Promise.reject(error);
      const taken = part.subarray(0, 3);
      bytes.push(...taken);
      return Promise.resolve(taken.length);
    },
    text: () => new TextDecoder().decode(new Uint8Array(bytes)),
  };
}

const never = () => undefined;

Deno.test("streamsOver() writes everything, in order, also where a stream is full now and then", async () => {
  const out = stream((attempt) => attempt % 2 === 0 ? new Deno.errors.WouldBlock() : undefined);
  const err = stream(never);
  const streams = streamsOver({ out, err });
  for (const word of ["one ", "two ", "drei äöü"]) streams.write("out", word);
  streams.write("err", "said");
  assert.deepEqual(await streams.settle(), { out: undefined, err: undefined });
  assert.deepEqual([out.text(), err.text()], ["one two drei äöü", "said"]);
});

Deno.test("streamsOver() remembers what was not taken, and throws nothing", async () => {
  const full = stream((attempt) => attempt === 0 ? new Error("no space") : undefined);
  const closed = stream(() => new Deno.errors.BrokenPipe());
  const streams = streamsOver({ out: full, err: closed });
  streams.write("out", "lost");
  streams.write("err", "lost");
  assert.deepEqual(await streams.settle(), { out: "failed", err: "closed" });
  streams.write("out", "later");
  assert.deepEqual(await streams.settle(), { out: "failed", err: "closed" });
  assert.equal(full.text(), "later");
});

Deno.test("streamsOver() with a limited backlog drops what nobody reads and ends all the same", async () => {
  const stuck: RawStream = { write: () => new Promise(() => {}) };
  const err = stream(never);
  const streams = streamsOver({ out: stuck, err });
  streams.limitBacklog(10);
  for (let at = 0; at < 100; at++) streams.write("out", "12345");
  const start = performance.now();
  assert.deepEqual(await streams.settle(), { out: undefined, err: undefined });
  assert.ok(performance.now() - start < 10_000);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressDepth,
  decodePart,
  encodePart,
  kindOfAddress,
  namesOfAddress,
  partsOfAddress,
} from "./address.ts";

Deno.test("encodePart() escapes slashes, percent signs and control characters only", () => {
  assert.equal(encodePart("50% off / é\n\x7f"), "50%25 off %2F é%0A%7F");
});

Deno.test("decodePart() gives back any name that encodePart() was given", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    const part = encodePart(name);
    assert.equal(decodePart(part), name);
    assert.ok(!part.includes("/"));
  }));
});

Deno.test("namesOfAddress() and partsOfAddress() split at slashes, after the first colon", () => {
  const address = "feature:Acme: Corp/a%2Fb/flag";
  assert.deepEqual(partsOfAddress(address), ["Acme: Corp", "a%2Fb", "flag"]);
  assert.deepEqual(namesOfAddress(address), ["Acme: Corp", "a/b", "flag"]);
});

Deno.test("kindOfAddress() is undefined for what is not an entity", () => {
  assert.equal(kindOfAddress("tag:Acme/Web/beta"), "tag");
  assert.deepEqual(
    ["run:1", "domain", "row:saml/name=a", "tags:x"].map(kindOfAddress),
    Array(4).fill(undefined),
  );
});

Deno.test("addressDepth() counts the names above an entity and its own", () => {
  assert.deepEqual((["user", "organisation", "project", "tag", "identity"] as const).map(addressDepth), [
    1,
    1,
    2,
    3,
    4,
  ]);
});

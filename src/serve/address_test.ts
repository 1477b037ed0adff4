import assert from "node:assert/strict";
import { addressText, parseAddress, parseUpstream } from "./address.ts";

Deno.test("parseAddress() takes a host and a port, and addressText() gives them back", () => {
  for (const text of ["127.0.0.1:8001", "localhost:0", "[::1]:8001", "[::]:65535", "my-host.example:80"]) {
    const address = parseAddress(text);
    assert.ok(address);
    assert.equal(addressText(address), text);
  }
  for (
    const text of ["", "8001", ":8001", "localhost", "::1:8001", "h:65536", "h:-1", "http://h:1", "a b:1"]
  ) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

Deno.test("parseUpstream() takes a server's plain address", () => {
  const cases: readonly (readonly [text: string, host: string, port: number, tls: boolean])[] = [
    ["http://127.0.0.1:8000", "127.0.0.1", 8000, false],
    ["http://api/", "api", 80, false],
    ["https://[::1]", "::1", 443, true],
  ];
  for (const [text, host, port, tls] of cases) assert.deepEqual(parseUpstream(text), { host, port, tls });
  for (
    const text of [
      "",
      "api:8000",
      "127.0.0.1:8000",
      "ftp://h",
      "http://u:p@h",
      "http://h/api",
      "http://h?x",
      "http://h#x",
    ]
  ) assert.equal(parseUpstream(text), undefined, text);
});

import assert from "node:assert/strict";
import { siteDomain, siteUrl } from "./site_url.ts";

Deno.test("siteDomain() prefers FLAGSMITH_DOMAIN, then the site row", () => {
  assert.deepEqual(
    [
      siteDomain("a.example", "b.example"),
      siteDomain("", "b.example"),
      siteDomain(undefined, "b.example"),
      siteDomain(undefined, undefined),
    ],
    ["a.example", "b.example", "b.example", "app.flagsmith.com"],
  );
});

Deno.test("siteUrl() is http when the domain begins with a local name", () => {
  assert.deepEqual(
    ["localhost:8000", "localhost.example.com", "127.0.0.1", "flags.example.com", "my.localhost"].map(
      siteUrl,
    ),
    [
      "http://localhost:8000",
      "http://localhost.example.com",
      "http://127.0.0.1",
      "https://flags.example.com",
      "https://my.localhost",
    ],
  );
});

import assert from "node:assert/strict";
import type { Finding, Seen } from "./judge.ts";
import { REASON_IDS, reasonFor, REWRITES } from "./reasons.ts";

const NOTHING: Seen = {
  subject: "segment",
  trial: {
    document: { segments: [{ name: "s" }] },
    request: { method: "POST", path: "/" },
    undo: () => Promise.resolve(),
  },
  findings: [],
  accepted: { program: false, api: true },
  answer: { status: 201, body: {} },
};

function finding(code: string, message: string): Finding {
  return { code, message };
}

Deno.test("reasonFor() wants a reason for each finding of the program, and names each once", () => {
  const line = finding("FP111", '"color" has a line break inside; it takes one line');
  const ends = finding("FP111", '"name" ends with white space, which Flagsmith would remove');
  assert.equal(reasonFor({ ...NOTHING, findings: [line] }), "line break in a line");
  assert.equal(
    reasonFor({ ...NOTHING, findings: [line, ends, line] }),
    "line break in a line, white space at the ends",
  );
  assert.equal(reasonFor({ ...NOTHING, findings: [line, finding("FP106", "too long")] }), undefined);
  assert.equal(reasonFor({ ...NOTHING, findings: [finding("FP112", line.message)] }), undefined);
  assert.equal(reasonFor(NOTHING), undefined);
});

Deno.test("reasonFor() wants a reason for each field that the API complains about", () => {
  const accepted = { program: true, api: false };
  const blank = ["This field may not be blank."];
  const inRules = { rules: [{ conditions: [{ property: blank }] }] };
  assert.equal(
    reasonFor({ ...NOTHING, accepted, answer: { status: 400, body: inRules } }),
    "property without a name",
  );
  const also = { ...inRules, name: blank };
  assert.equal(reasonFor({ ...NOTHING, accepted, answer: { status: 400, body: also } }), undefined);
  const page = { status: 500, body: "<title>Server Error (500)</title>" };
  assert.equal(reasonFor({ ...NOTHING, accepted, answer: page }), undefined);
  const document = { segments: [{ name: "s", value: "\\N{NO SUCH}" }] };
  const trial = { ...NOTHING.trial, document };
  assert.equal(reasonFor({ ...NOTHING, trial, accepted, answer: page }), "name of a character");
});

Deno.test("what the API makes of white space leaves the values of traits alone", () => {
  assert.deepEqual(
    REWRITES.map(({ rewrite }) =>
      rewrite({ identities: [{ identifier: " a ", traits: { " k ": " v ", n: 1 } }] })
    ),
    [{ identities: [{ identifier: "a", traits: { k: " v ", n: 1 } }] }],
  );
});

Deno.test("docs/real-api.md has a row for each reason, and no other", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/real-api.md", import.meta.url));
  const [, table = ""] = /### Reasons for a difference\n([^]*?)(?:\n##|$)/.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, first = ""]) => first).slice(2);
  assert.deepEqual(rows.toSorted(), REASON_IDS.toSorted());
});

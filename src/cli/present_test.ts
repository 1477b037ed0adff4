import assert from "node:assert/strict";
import type { Io } from "./io.ts";
import { present, type Presentation } from "./present.ts";

function printed(presentation: Presentation, format: "text" | "json" | "jsonl"): string {
  let out = "";
  const io = { out: (text: string) => out += text } as Pick<Io, "out"> as Io;
  present(presentation, { format }, io);
  return out;
}

const PLAN: Presentation = {
  json: () => ({ version: 1, actions: [{ action: "create" }, { action: "skip" }], changes: true }),
  items: { list: "actions", type: "action" },
  lines: () => ["Would create it.", "Plan: 1 to create."],
};

Deno.test("present() prints lines, one document, or an object a line with the rest at the end", () => {
  assert.equal(printed(PLAN, "text"), "Would create it.\nPlan: 1 to create.\n");
  assert.equal(printed(PLAN, "json"), `${JSON.stringify(PLAN.json(), null, 2)}\n`);
  assert.equal(
    printed(PLAN, "jsonl"),
    `{"type":"action","action":"create"}
{"type":"action","action":"skip"}
{"type":"result","version":1,"changes":true}
`,
  );
});

Deno.test("present() prints one object for what has no list, and no rest for a list alone", () => {
  assert.equal(
    printed({ json: () => ({ ok: true }), lines: () => [] }, "jsonl"),
    '{"type":"result","ok":true}\n',
  );
  const alone = { ...PLAN, items: { list: "actions", type: "event", alone: true } } as const;
  assert.equal(printed(alone, "jsonl").split("\n").length, 3);
  assert.equal(printed({ json: () => ({}), lines: () => [] }, "text"), "");
});

Deno.test("present() escapes what could steer a terminal", () => {
  const json = { name: "\u001b[31m" };
  assert.ok(!printed({ json: () => json, lines: () => [] }, "json").includes("\u001b"));
});

import assert from "node:assert/strict";
import { CODES } from "../../src/diagnostics/codes.ts";
import { FAILURES } from "../../src/diagnostics/failures.ts";
import { errorsPage, errorsText } from "./errors_page.ts";

Deno.test("errorsText() shows severity, help and the example when there is one", () => {
  const text = errorsText({
    FP900: { severity: "error", title: "First", help: "Do this." },
    FP901: { severity: "warning", title: "Second", help: "Do that." },
  }, {
    FP990: { ends: "1, 64", title: "Third", help: "Try again." },
    FP991: { ends: "HTTP 404", title: "Fourth", help: "Look elsewhere." },
    FP992: { ends: "70", title: "Fifth", help: "Report it." },
  }, { FP901: { yaml: "a: `1`\n", output: "x.yaml:1:4: warning: ``odd`` [FP901]\n" } });
  assert.deepEqual(text.slice(text.indexOf("### ")).split("\n"), [
    "### FP900: First",
    "",
    "Error. Do this.",
    "",
    "### FP901: Second",
    "",
    "Warning. Do that.",
    "",
    "<!-- deno-fmt-ignore -->",
    "```yaml",
    "a: `1`",
    "```",
    "",
    "<!-- deno-fmt-ignore -->",
    "```text",
    "x.yaml:1:4: warning: ``odd`` [FP901]",
    "```",
    "",
    "## Failures",
    "",
    "What stops the work though the files are right, or before they are read.",
    "",
    "### FP990: Third",
    "",
    "Exit codes 1 or 64. Try again.",
    "",
    "### FP991: Fourth",
    "",
    "Answered as HTTP 404. Look elsewhere.",
    "",
    "### FP992: Fifth",
    "",
    "Exit code 70. Report it.",
    "",
  ]);
});

Deno.test("errorsText() fences an example longer than the fences in it", () => {
  const text = errorsText(
    { FP900: { severity: "note", title: "T", help: "H." } },
    {},
    { FP900: { yaml: "```", output: "-" } },
  );
  assert.deepEqual(text.split("\n").filter((line) => line.includes("``")), [
    "````yaml",
    "```",
    "````",
    "```text",
    "```",
  ]);
});

Deno.test("errorsPage() has one section per code, with the first golden case that has an output", async () => {
  const root = `${await Deno.makeTempDir()}/`;
  try {
    const golden = `${root}tests/golden/errors/`;
    await Deno.mkdir(golden, { recursive: true });
    await Deno.writeTextFile(`${golden}FP011_a.yaml`, "no: output\n");
    for (const name of ["b", "c"]) {
      await Deno.writeTextFile(`${golden}FP011_${name}.yaml`, `${name}: 1\n`);
      await Deno.writeTextFile(`${golden}FP011_${name}.out`, `about ${name}\n`);
    }
    const page = (await errorsPage(root))["docs/errors.md"] ?? "";
    const headings = [...page.matchAll(/^### (.*)$/gm)].map((match) => match[1]);
    assert.deepEqual(
      headings,
      Object.entries({ ...CODES, ...FAILURES }).map(([code, entry]) => `${code}: ${entry.title}`),
    );
    assert.deepEqual([...page.matchAll(/```(?:yaml|text)\n(.*)\n/g)].map((match) => match[1]), [
      "b: 1",
      "about b",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

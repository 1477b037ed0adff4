/** What a variable holds arrives in the database byte for byte, as one row, and changes nothing else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { withDatabase } from "../support/database.ts";
import { isFull } from "../support/property.ts";
import { runCli } from "../support/run_cli.ts";

const encoder = new TextEncoder();

/** Texts that have broken templates, YAML, SQL or regular expressions before. */
const FRAGMENTS = [
  "'",
  '"',
  "''",
  "\\",
  "\\'",
  "\\\\n",
  "\n",
  "\r\n",
  "\t",
  "\u0085\u2028\u2029",
  "${",
  "${HOME}",
  "${V0}",
  "$${",
  "}",
  "$1",
  "$&",
  "#",
  " # not a comment",
  ": ",
  "- ",
  "%",
  "%s",
  "{{ x }}",
  "{",
  "[",
  "]",
  "---\n",
  "...",
  "&a *a",
  "!file /etc/hostname",
  "null",
  "~",
  "007",
  "';DROP TABLE users_ffadminuser;--",
  "E'\\x27'",
  "$$",
  "NULL",
  "{a,b}",
  "\u{1F600}",
  "e\u0301",
  "\u202E",
  "\uFEFF",
  "\uFFFF",
  "\u0001\u007F",
  " ",
];

// NUL is refused everywhere (FP110), and a lone surrogate is no text that an environment could hold.
const character = fc.string({ unit: "binary", minLength: 1, maxLength: 4 }).filter((s) => !s.includes("\0"));
const value = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), character), { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...FRAGMENTS), { minLength: 2000, maxLength: 2500 }) },
).map((parts) => parts.join(""));

/** `name: '…'` in each of the styles in which a scalar can hold a variable. */
function scalar(name: string, style: number): string {
  return [
    `'\${${name}}'`,
    `"\${${name}}"`,
    `\${${name}}`,
    `>-\n      \${${name}}`,
    `|-\n      \${${name}}`,
  ][style] ??
    "";
}

/** First `length` characters. */
function cut(text: string, length: number): string {
  return [...text].slice(0, length).join("");
}

Deno.test("apply() stores interpolated values byte for byte, each in one row", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    let run = 0;
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 12, maxLength: 12 }),
        fc.nat(4),
        async (values, style) => {
          run += 1;
          // A name is one line, and nothing is at its ends that Flagsmith would remove.
          const names = values.map((text) =>
            `${cut(text, 1900).replaceAll(/[\n-\r\x85\u2028\u2029]/g, "_")}.`
          );
          const env = Object.fromEntries(
            values.flatMap((text, at) => [[`V${at}`, text], [`N${at}`, names[at] ?? ""]]),
          );
          const features = values.map((_text, at) =>
            `  - name: "${run} ${at} \${N${at}}"
    project: "p${run} \${N1}"
    description: ${scalar(`V${at}`, style)}
    initial_value: ${scalar(`V${at}`, style)}
`
          );
          const stdin = `version: '1.0'
organisations:
  - name: "o${run} \${N0}"
projects:
  - name: "p${run} \${N1}"
    organisation: "o${run} \${N0}"
features:
${features.join("")}`;
          const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, env, stdin });
          assert.equal(code, 0, err);
          const rows = await sql<
            {
              organisation: Uint8Array;
              project: Uint8Array;
              feature: Uint8Array;
              description: Uint8Array;
              value: Uint8Array;
            }[]
          >`
          select convert_to(o.name, 'UTF8') as organisation, convert_to(p.name, 'UTF8') as project,
            convert_to(f.name, 'UTF8') as feature, convert_to(f.description, 'UTF8') as description,
            convert_to(f.initial_value, 'UTF8') as value
          from organisations_organisation o join projects_project p on p.organisation_id = o.id
            join features_feature f on f.project_id = p.id
          where o.id = (select max(id) from organisations_organisation) order by f.id`;
          const bytes = (text: string) => [...encoder.encode(text)];
          assert.deepEqual(
            rows.map((row) =>
              [row.organisation, row.project, row.feature, row.description, row.value].map((
                column,
              ) => [...column])
            ).map(String).sort(),
            values.map((text, at) =>
              [`o${run} ${names[0]}`, `p${run} ${names[1]}`, `${run} ${at} ${names[at]}`, text, text].map(
                bytes,
              )
            ).map(String).sort(),
          );
          for (const text of values) longest = Math.max(longest, encoder.encode(text).length);
        },
      ),
      { numRuns: isFull() ? 100 : 10, seed: 7, endOnFailure: true },
    );
    const [counts] = await sql`select (select count(*)::int from organisations_organisation) as organisations,
      (select count(*)::int from projects_project) as projects, (select count(*)::int from features_feature) as features`;
    assert.deepEqual({ ...counts }, { organisations: run, projects: run, features: 12 * run });
    assert.ok(longest >= 10_000, String(longest));
  });
});

Deno.test("apply() refuses a variable with a NUL character before anything is written", async () => {
  const { code, err } = await runCli(["-f", "-"], {
    databaseUrl: "postgres://nobody@127.0.0.1:1/none",
    env: { NAME: "a\0b" },
    stdin: "version: '1.0'\norganisations:\n  - name: ${NAME}\n",
  });
  assert.equal(code, 1);
  assert.match(err, /^<stdin>:3:11: error: .* NUL character \[FP110\]$/m);
});

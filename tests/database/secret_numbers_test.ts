/** A secret number stays a secret in another spelling: YAML and Flagsmith read `00734001` as 734001. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const TEXT = `version: '1.0'
defaults: {on_exists: update}
organisations:
  - name: O
    projects:
      - name: P
        environments:
          - name: E
            identities:
              - identifier: joe
                traits:
                  pin: \${PIN}
                  share: \${SHARE}
        features:
          - name: f
            initial_value: \${PIN}
            multivariate_options:
              - key: o
                percentage_allocation: 10
                value: \${SHARE}
            environments:
              E:
                value: \${PIN}
                identity_overrides:
                  - identifier: joe
                    value: \${PIN}
`;

Deno.test("plan, log and output show no secret number, however it is spelled", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const said: string[] = [];
    const values = [["00734001", "4.25100"], ["0x73A", "42.5e-1"], ["00734002", "4.25200"]] as const;
    for (const [PIN, SHARE] of values) {
      const world = { databaseUrl: url, env: { PIN, SHARE }, stdin: TEXT };
      const secret = ["--secret-env", "PIN", "--secret-env", "SHARE", "-f", "-"];
      for (const command of [["plan", "-v"], ["apply"], ["status", "--verbose"]]) {
        const { code, out, err } = await runCli([...command, ...secret], world);
        assert.ok([0, 2].includes(code), err);
        said.push(out, err);
      }
      const log = await runCli(["log", "-v", "--limit", "all"], { databaseUrl: url });
      said.push(log.out);
    }
    const [events] =
      await sql`select string_agg(rows::text || details::text, ' ') as text from provisioning_log`;
    said.push(String(events?.["text"]));
    for (const text of said) assert.doesNotMatch(text, /73400[12]|4\.25[12]?\b|\b1850\b|42\.5/, text);
  });
});

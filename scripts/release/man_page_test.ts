import assert from "node:assert/strict";
import { manPage } from "./man_page.ts";

Deno.test("manPage() escapes what roff reads as its own and breaks long lines", () => {
  const page = manPage([{
    words: ["apply"],
    aliases: [],
    description: "do it",
    operand: undefined,
    commands: [],
    options: [{
      long: "--dry-run",
      short: "-n",
      placeholder: "<mode>",
      value: { kind: "choices", choices: ["a", "b"] },
      description:
        "'quoted' first, with a back\\slash, then words that go on and on until .the line is longer than it may be",
      variable: "DRY_RUN",
    }],
  }], {
    version: "1.2.3",
    date: "2000-01-01",
    summary: "makes it so",
    exitCodes: [["0", "Done, `plan` too"]],
    variables: [["A, B", "Two…"]],
  });
  assert.equal(
    page,
    `.TH FLAGSMITH\\-PROVISION 1 2000-01-01 "flagsmith\\-provision 1.2.3" "User Commands"
.SH NAME
flagsmith\\-provision \\- makes it so
.SH SYNOPSIS
.B flagsmith\\-provision
.RI [ command ]
.RI [ options ]
.SH DESCRIPTION
YAML files declare what a Flagsmith instance must hold.
This program creates what is missing, directly in Flagsmith's PostgreSQL
database and in one transaction.
Without a command it is
.BR apply .
Every option has an environment variable; the command line takes precedence.
With
.B \\-\\-help
a command prints its help, and
.B \\-\\-version
prints the version.
.SH COMMANDS
.SS apply
Do it.
.TP
\\fB\\-n\\fR, \\fB\\-\\-dry\\-run\\fR \\fImode\\fR
\\&'quoted' first, with a back\\eslash, then words that go on and on until .the
line is longer than it may be (a, b).
Environment: DRY_RUN.
.SH EXIT STATUS
.TP
.B 0
Done, plan too
.SH ENVIRONMENT
.TP
.B A, B
Two...
.SH SEE ALSO
.BR psql (1)
`,
  );
});

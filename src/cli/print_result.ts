/** Prints what a run did, in the form that was asked for. */
import type { ApplyResult } from "../apply/apply.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { resultJson } from "../report/result_json.ts";
import { type IssuedSecrets, runLines } from "../report/lines.ts";
import { resultNotes } from "../report/result_notes.ts";
import type { Inputs } from "./inputs.ts";
import type { Io } from "./io.ts";
import { present } from "./present.ts";
import type { ShowOptions } from "./show.ts";

/** What a reset removed: lines for people, values for programs. */
export interface Removed {
  readonly lines: readonly string[];
  /** How many entities went for good, beside those that the plan deletes. */
  readonly count: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** Prints lines or JSON to standard output, remarks to standard error. */
export function printResult(
  result: ApplyResult,
  issuedSecrets: IssuedSecrets,
  inputs: Inputs,
  options: ShowOptions & { readonly verbose?: true | undefined },
  io: Io,
  diagnostics: Diagnostics,
  removed?: Removed,
): void {
  present(
    {
      json: () => ({ ...resultJson(result, issuedSecrets, diagnostics.sorted()), ...removed?.json }),
      items: { list: "actions", type: "action" },
      lines: () => {
        const lines = runLines(result, issuedSecrets, options.verbose === true, removed?.count);
        if (options.quiet === true) {
          return lines.filter(({ isOnceOnly }) => isOnceOnly).map(({ text }) => text);
        }
        const messages = result.dryRun ? [] : inputs.declarations.messages.map((m) => m.replace(/\n$/, ""));
        return [...removed?.lines ?? [], ...lines.map(({ text }) => text), ...messages];
      },
    },
    options,
    io,
  );
  if (options.quiet === true) return;
  for (const note of [...removed?.notes ?? [], ...resultNotes(result)]) io.err(`note: ${note}\n`);
  const secretKey = io.env("DJANGO_SECRET_KEY");
  if (
    (secretKey === undefined || secretKey === "") && !result.dryRun &&
    result.newUsers.some((u) => u.superuser)
  ) {
    io.err(
      "note: DJANGO_SECRET_KEY is not set, so no password-reset link could be made; with it, flagsmith-provision reset-link EMAIL makes one.\n",
    );
  }
}

/** Puts a trial to the program and to the API, and tells whether both say the same. */
import { type CliResult, runCli } from "../../../tests/support/run_cli.ts";
import type { Answer } from "../client.ts";
import { reasonFor, REWRITES } from "./reasons.ts";
import type { Ground } from "./ground.ts";
import type { Subject, Trial } from "./trial.ts";

/** An error of the program about a document. */
export interface Finding {
  readonly code: string;
  readonly message: string;
}

/** What both said. */
export interface Seen {
  readonly subject: string;
  readonly trial: Trial;
  /** Errors of the program; empty when it accepts. */
  readonly findings: readonly Finding[];
  readonly accepted: { readonly program: boolean; readonly api: boolean };
  /** What the API said: of the use of what it stored, where that failed. */
  readonly answer: Answer;
  /** How the plan differs from what the API stored; undefined when it does not, or one side refused. */
  readonly stored?: string;
}

/** How both verdicts stand to each other: the reason is undefined for a difference that has none. */
export type Verdict =
  | { readonly kind: "accepted" | "refused" }
  | { readonly kind: "explained"; readonly reason: string }
  | { readonly kind: "different"; readonly seen: Seen };

/** Judges one trial; what the API made is removed again. */
export async function judge(subject: Subject, trial: Trial, url: string, { ask }: Ground): Promise<Verdict> {
  const tried = await provision(["apply", "--dry-run"], trial.document, url);
  const program = tried.code === 0;
  const answer = await ask(trial.request);
  const made = answer.status < 300;
  const failed = made ? await trial.use?.(answer, ask) : undefined;
  const api = made && failed === undefined;
  const said = api && program ? await difference(trial.document, url) : undefined;
  const rewritten = api && (!program || said !== undefined)
    ? await firstRewrite(trial.document, url)
    : undefined;
  if (made) await trial.undo(answer, ask);
  if (program === api && said === undefined) return { kind: program ? "accepted" : "refused" };
  if (rewritten !== undefined) return { kind: "explained", reason: rewritten };
  const seen: Seen = {
    subject: subject.name,
    trial,
    findings: program ? [] : findingsOf(tried.err),
    accepted: { program, api },
    answer: failed ?? answer,
    ...(said === undefined ? {} : { stored: said }),
  };
  const reason = reasonFor(seen);
  return reason === undefined ? { kind: "different", seen } : { kind: "explained", reason };
}

/** A run of the program with the document on its standard input. */
async function provision(
  args: readonly string[],
  document: Trial["document"],
  url: string,
): Promise<CliResult> {
  const stdin = JSON.stringify({ version: "1.0", ...document });
  return await runCli([...args, "--on-exists", "update", "--file", "-"], { databaseUrl: url, stdin });
}

/** What the plan would change; undefined when the database holds what the document says. */
async function difference(document: Trial["document"], url: string): Promise<string | undefined> {
  const { code, out, err } = await provision(["plan"], document, url);
  return code === 0 && !/^Would (?!skip|adopt)/m.test(out) ? undefined : out + err;
}

/** The first way of rewriting the document after which the database holds what it says. */
async function firstRewrite(document: Trial["document"], url: string): Promise<string | undefined> {
  for (const { id, rewrite } of REWRITES) {
    if (await difference(rewrite(document), url) === undefined) return id;
  }
  return undefined;
}

/** The errors in what a run said, with the text of a run that ended in another way as one of its own. */
function findingsOf(err: string): readonly Finding[] {
  const found = [...err.matchAll(/^(?:.*?: )?error: (.*) \[(FP\d+)\]$/gm)].map((
    [, message = "", code = ""],
  ) => ({
    code,
    message,
  }));
  return found.length > 0 ? found : [{ code: "", message: err }];
}

/** A difference as a person reads it. */
export function describe({ subject, trial, findings, accepted, answer, stored }: Seen): readonly string[] {
  const short = (text: string) =>
    text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
  const verdict = (yes: boolean) => yes ? "accepts" : "refuses";
  return [
    `${subject}: the program ${verdict(accepted.program)}, the API ${verdict(accepted.api)}${
      stored === undefined ? "" : ", and they store different things"
    }`,
    short(JSON.stringify(trial.document)),
    ...findings.map(({ code, message }) => short(`program: ${message} [${code}]`)),
    short(`API: ${answer.status} ${JSON.stringify(answer.body)}`),
    ...(stored === undefined ? [] : stored.trimEnd().split("\n").map((line) => short(`plan: ${line}`))),
  ];
}

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

/**
 * Judges one trial; what the API made is removed again. What the files alone decide is asked without a database, which is most;
 * a dry run is made where the API refuses what is valid, and where `thorough` asks for it.
 */
export async function judge(
  subject: Subject,
  trial: Trial,
  url: string,
  { ask }: Ground,
  thorough: boolean,
): Promise<Verdict> {
  const dryRun = () => provision(["apply", "--dry-run", "--on-exists", "update"], trial.document, url);
  let tried = thorough ? await dryRun() : await provision(["validate"], trial.document, url);
  const answer = await ask(trial.request);
  const made = answer.status < 300;
  const refused = made ? await trial.rest?.(answer, ask) : undefined;
  const failed = refused ?? (made ? await trial.use?.(answer, ask) : undefined);
  const api = made && failed === undefined;
  const plan = api && tried.code === 0 ? await planOf(trial.document, url) : undefined;
  // A plan that fails says what the program refuses with the database at hand.
  if (plan !== undefined && plan.code !== 0) tried = plan;
  const said = plan === undefined || plan.code !== 0 ? undefined : changesIn(plan);
  const rewritten = api && (tried.code !== 0 || said !== undefined)
    ? await firstRewrite(trial.document, url)
    : undefined;
  if (made) await trial.undo(answer, ask);
  if (!api && tried.code === 0 && !thorough) tried = await dryRun();
  const program = tried.code === 0;
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
  return await runCli([...args, "--file", "-"], { databaseUrl: url, stdin });
}

async function planOf(document: Trial["document"], url: string): Promise<CliResult> {
  return await provision(["plan", "--on-exists", "update"], document, url);
}

/** What the plan would change; undefined when the database holds what the document says. */
function changesIn({ code, out, err }: CliResult): string | undefined {
  return code === 0 && !/^Would (?!skip|adopt)/m.test(out) ? undefined : out + err;
}

/** The first way of rewriting the document after which the database holds what it says. */
async function firstRewrite(document: Trial["document"], url: string): Promise<string | undefined> {
  for (const { id, rewrite } of REWRITES) {
    if (changesIn(await planOf(rewrite(document), url)) === undefined) return id;
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

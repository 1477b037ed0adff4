/** Guard rails: an instance that says it is not to be torn down. */
import { query, type Statement } from "../database/statement.ts";
import { appendStatement, type RunFacts } from "./events.ts";
import { type LogState, logTable, prepareLogStatements } from "./table.ts";
import type { Ask } from "../database/ask.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";

/** The address of the events `protected` in the log. */
export const PROTECTION_ADDRESS = "log:protection";

/** Answers whether the newest event of protection protects. */
export function protectionStatement(schema: string): Statement {
  return query`SELECT l.details -> 'protected' = 'true'::jsonb AS protected FROM ${
    logTable(schema)
  } l WHERE l.event = 'protected' AND l.address = ${PROTECTION_ADDRESS} ORDER BY l.seq DESC LIMIT 1`;
}

/** Refuses when the environment or the log protects the instance. */
export async function refuseProtected(
  ask: Ask,
  schema: string | undefined,
  variable: string | undefined,
): Promise<void> {
  if (["1", "true", "yes", "on"].includes((variable ?? "").trim().toLowerCase())) {
    throw new ProvisionError(
      "FP426",
      EXIT.failed,
      "This instance is protected by FLAGSMITH_PROVISION_PROTECT",
      "Unset it to tear down or reset. Nothing was changed",
    );
  }
  if (schema === undefined) return;
  const [answer] = await ask("read the log", [protectionStatement(schema)]);
  if (answer?.[0]?.["protected"] !== true) return;
  throw new ProvisionError(
    "FP426",
    EXIT.failed,
    "This instance is protected by its log",
    "flagsmith-provision log unprotect lifts that. Nothing was changed",
  );
}

/** Says in the log whether the instance is protected; false when it said so already and nothing was written. */
export async function setProtection(
  ask: Ask,
  log: LogState,
  protect: boolean,
  facts: RunFacts,
): Promise<boolean> {
  const [answer] = log.logVersion === 0 ? [] : await ask("read the log", [protectionStatement(log.schema)]);
  if ((answer?.[0]?.["protected"] === true) === protect) return false;
  await ask("write the log", [
    ...prepareLogStatements(log),
    appendStatement(log.schema, facts, [{
      event: "protected",
      kind: "log",
      address: PROTECTION_ADDRESS,
      contentHash: undefined,
      rows: {},
      details: { protected: protect },
    }]),
  ]);
  return true;
}

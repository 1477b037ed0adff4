/** Which events the log may lose: those of entities that it says are gone. */
import { array } from "../database/render.ts";
import { command, query, sql, type Statement } from "../database/statement.ts";
import { logTable } from "./table.ts";
import { appendStatement, type RunFacts } from "./events.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";

/** The address of the events `pruned` in the log. */
export const PRUNE_ADDRESS = "log:pruned";

/** What deciding needs of an event. */
export interface PrunableEvent {
  readonly seq: number;
  readonly event: string;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  /** Events that it closes. */
  readonly undoes: readonly number[];
  /** Events whose old values it corrects. */
  readonly corrects: readonly number[];
  /** Of a former `pruned`: how many events went until then. */
  readonly droppedSoFar: number;
}

const OPENING = ["created", "updated", "adopted", "renamed", "rotated"];

/**
 * The events that may go: all of an address of which no event stands, and failures. What says whether the instance is
 * protected stays, and so does what closes or corrects an event that stays. With `before` an address must have been quiet since.
 */
export function prunable(
  events: readonly PrunableEvent[],
  before: number | undefined,
): readonly PrunableEvent[] {
  const undone = new Set(events.flatMap((e) => ["deleted", "restored"].includes(e.event) ? e.undoes : []));
  const kept = new Set<string>();
  for (const { seq, event, address, recordedAt } of events) {
    if (OPENING.includes(event) && !undone.has(seq)) kept.add(address);
    if (before !== undefined && recordedAt >= before) kept.add(address);
  }
  const candidates = events.filter((e) =>
    e.event !== "protected" && e.event !== "pruned" && !kept.has(e.address)
  );
  const going = new Set(candidates.map((e) => e.seq));
  const present = new Set(events.map((e) => e.seq));
  return candidates.filter((e) =>
    [...e.corrects, ...e.undoes].every((seq) => going.has(seq) || !present.has(seq))
  );
}

/** What pruning came to. */
export interface Pruned {
  readonly events: number;
  readonly entities: number;
}

/**
 * Drops what may go and leaves one event `pruned`, which counts also what went before. Nothing to drop leaves the log as it
 * is. The caller holds the tool's lock and owns the table.
 */
export async function prune(
  ask: Ask,
  schema: string,
  before: number | undefined,
  facts: RunFacts,
): Promise<Pruned> {
  const [answer] = await ask("read the log", [eventsStatement(schema)]);
  const events = (answer ?? []).map(readEvent);
  const dropped = prunable(events, before);
  if (dropped.length === 0) return { events: 0, entities: 0 };
  const former = events.filter((e) => e.event === "pruned" && e.address === PRUNE_ADDRESS);
  const seqs = [...dropped, ...former].map((e) => e.seq);
  const entities = new Set(dropped.filter((e) => e.event !== "failed").map((e) => e.address)).size;
  const total = former.reduce((sum, e) => sum + e.droppedSoFar, 0) + dropped.length;
  await ask("prune the log", [
    command`SET LOCAL flagsmith_provision.prune TO 'on'`,
    command`DELETE FROM ${logTable(schema)} WHERE seq = ANY(${array(seqs, sql`int8`)})`,
    command`SET LOCAL flagsmith_provision.prune TO 'off'`,
    appendStatement(schema, facts, [{
      event: "pruned",
      kind: "log",
      address: PRUNE_ADDRESS,
      contentHash: undefined,
      rows: {},
      details: { dropped: dropped.length, entities, dropped_in_all: total },
    }]),
  ]);
  return { events: dropped.length, entities };
}

function eventsStatement(schema: string): Statement {
  return query`SELECT l.seq::text, l.event, l.address, (extract(epoch FROM l.recorded_at) * 1000)::text AS at,
  l.details -> 'undoes' AS undoes, l.details -> 'corrects' AS corrects, l.details -> 'dropped_in_all' AS dropped
FROM ${logTable(schema)} l ORDER BY l.seq`;
}

function readEvent(row: Answer): PrunableEvent {
  const list = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
  return {
    seq: Number(row["seq"]),
    event: String(row["event"]),
    address: String(row["address"]),
    recordedAt: Number(row["at"]),
    undoes: list(row["undoes"]).map(Number),
    corrects: list(row["corrects"]).map((entry) => Number(Object(entry).seq)),
    droppedSoFar: Number(row["dropped"] ?? 0),
  };
}

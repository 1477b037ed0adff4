/**
 * Colours for rows that do not depend on ids: a row's first colour comes from its plain values, each further one also from
 * the colours of the things it mentions, whose colours come from the rows that mention them. Two sets of facts with
 * equal multisets of final colours are the same up to a one-to-one renaming of things, for data as tree-like as ours.
 */
import type { Facts } from "./row_facts.ts";

/** Row colours after each round, in the order of `facts.rows`; the first entry knows plain values only. */
export type Colours = readonly (readonly string[])[];

/** Colours for `rounds` rounds, or until a round separates nothing more (and one further, as proof) when not given. */
export function refine(facts: Facts, rounds?: number): Colours {
  const result: (readonly string[])[] = [];
  let classes = 0;
  for (const { rows, nodes } of roundsOf(facts)) {
    result.push(rows);
    if (rounds !== undefined && result.length > rounds) break;
    if (result.length === 1) continue;
    const found = new Set(rows).size + new Set(nodes.values()).size;
    if (rounds === undefined && found === classes) break;
    classes = found;
  }
  return result;
}

/**
 * True when refining gives the same multiset of colours in each round. A colour knows the colours before it, so that the first
 * round that differs is the answer: for a row with another plain value that is the first of all.
 */
export function isColouredAs(facts: Facts, colours: Colours): boolean {
  const rounds = roundsOf(facts);
  return colours.every((wanted) => {
    const { value } = rounds.next();
    return value !== undefined && isSameColours(wanted, value.rows);
  });
}

/** True when each colour is there as often on both sides. */
export function isSameColours(wanted: readonly string[], got: readonly string[]): boolean {
  return wanted.length === got.length && [...wanted].sort().join() === [...got].sort().join();
}

/** Colours of rows and nodes round by round, without an end. */
function* roundsOf(
  facts: Facts,
): Generator<{ readonly rows: readonly string[]; readonly nodes: ReadonlyMap<string, string> }, undefined> {
  let nodes = new Map([...facts.nodes].map(([node, text]) => [node, hash(text)]));
  const cells = facts.rows.map((row) => [...row.cells].sort(([a], [b]) => a < b ? -1 : 1));
  let rows = facts.rows.map((row, index) =>
    hash(
      `${row.event}|${row.table}|` +
        (cells[index] ?? []).map(([column, cell]) =>
          `${column}=${cell.kind === "plain" ? cell.text : `@${nodes.get(cell.node)}`}`
        ).join("|"),
    )
  );
  while (true) {
    yield { rows, nodes };
    const mentions = new Map<string, string[]>();
    facts.rows.forEach((_row, index) => {
      for (const [column, cell] of cells[index] ?? []) {
        if (cell.kind !== "node") continue;
        const list = mentions.get(cell.node);
        const mention = `${column} ${rows[index]}`;
        if (list === undefined) mentions.set(cell.node, [mention]);
        else list.push(mention);
      }
    });
    nodes = new Map([...nodes].map(([node, colour]) => [
      node,
      hash(`${colour}|${(mentions.get(node) ?? []).sort().join("|")}`),
    ]));
    rows = rows.map((colour, index) =>
      hash(
        colour + (cells[index] ?? []).map(([column, cell]) =>
          cell.kind === "node" ? `|${column}=${nodes.get(cell.node)}` : ""
        ).join(""),
      )
    );
  }
}

/** 53 bits of a text, in base 36; collisions are out of the question for a few hundred rows. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

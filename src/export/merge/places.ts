/** Where things stand in a file that a person wrote: what the parser's own tokens tell and its nodes do not. */
import { type CST, Parser } from "yaml";

/** Offsets in the text of a file, whose YAML must be well-formed. */
export interface Places {
  /**
   * Behind the colon of the key that begins at an offset, and behind an anchor and a tag that follow it in the line; undefined
   * for a key that has no colon, as it may be in brackets.
   */
  colonOf(key: number): number | undefined;
  /**
   * Behind the last character of what stands in the mapping or list that begins at an offset: without the comments, blank lines
   * and commas that follow it. In brackets it is where the last item ends; undefined there for none.
   */
  contentEndOf(collection: number): number | undefined;
  /** The items of the list, or the entries of the mapping, that begins at an offset, in their order. */
  itemsOf(collection: number): readonly ItemPlace[];
}

/** Where an item of a list or an entry of a mapping stands, without comments and commas around it. */
export interface ItemPlace {
  /** Where it begins: at its dash, or at its key with an anchor and a tag. */
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
  /** In brackets, the comma between it and the one before. */
  readonly comma: number | undefined;
}

/** Reads the places of a text. */
export function placesIn(text: string): Places {
  const colons = new Map<number, number>();
  const ends = new Map<number, number>();
  const items = new Map<number, readonly ItemPlace[]>();
  /** Notes what is in a token; gives where its content ends. */
  const walk = (token: CST.Token): number => {
    switch (token.type) {
      case "block-map":
      case "block-seq":
      case "flow-collection": {
        let end: number | undefined;
        const found: ItemPlace[] = [];
        for (const item of token.items) {
          const colon = colonIn(item);
          if (colon !== undefined && item.key) colons.set(item.key.offset, colon);
          const itemEnd = contentEnd(item, walk);
          if (itemEnd === undefined) continue;
          end = itemEnd;
          found.push({ start: startIn(item), end, comma: commaIn(item) });
        }
        items.set(token.offset, found);
        if (end !== undefined) ends.set(token.offset, end);
        return token.type === "flow-collection" ? lastOf(token.end) : end ?? token.offset;
      }
      case "block-scalar":
        return endOfBlock(token);
      default:
        return "source" in token ? token.offset + token.source.length : token.offset;
    }
  };
  for (const token of new Parser().parse(text)) {
    if (token.type === "document" && token.value !== undefined) walk(token.value);
  }
  return {
    colonOf: (key) => colons.get(key),
    contentEndOf: (collection) => ends.get(collection),
    itemsOf: (collection) => items.get(collection) ?? [],
  };
}

function colonIn({ sep = [] }: CST.CollectionItem): number | undefined {
  const at = sep.findIndex(({ type }) => type === "map-value-ind");
  if (at < 0) return undefined;
  const behind = sep.slice(at);
  const line = behind.findIndex(({ type }) => type === "newline");
  return lastOf(behind.slice(0, line < 0 ? undefined : line));
}

/** Where the last of some tokens ends that is neither blank nor a comment; 0 for none. */
function lastOf(tokens: readonly CST.SourceToken[]): number {
  const last = tokens.findLast(({ type }) => !NO_CONTENT.has(type));
  return last === undefined ? 0 : last.offset + last.source.length;
}

/** Where an item begins that has content. */
function startIn({ start, key, sep, value }: CST.CollectionItem): number {
  const first = [...start, ...(sep ?? [])].find(({ type }) => !NO_CONTENT.has(type))?.offset ?? Infinity;
  return Math.min(first, key ? key.offset : Infinity, value === undefined ? Infinity : value.offset);
}

function commaIn({ start }: CST.CollectionItem): number | undefined {
  return start.find(({ type }) => type === "comma")?.offset;
}

const NO_CONTENT: ReadonlySet<CST.TokenType> = new Set(["space", "newline", "comment", "comma"]);

/** Where an item ends; undefined for what only a comma or a comment is in. */
function contentEnd(
  { start, key, sep, value }: CST.CollectionItem,
  walk: (token: CST.Token) => number,
): number | undefined {
  const keyEnd = key ? walk(key) : 0;
  const valueEnd = value === undefined ? 0 : walk(value);
  const end = Math.max(lastOf(start), keyEnd, lastOf(sep ?? []), valueEnd);
  return end === 0 ? undefined : end;
}

/** Empty lines behind a block are part of it only where its header says that it keeps them. */
function endOfBlock({ props, source }: CST.BlockScalar): number {
  const last = props.at(-1);
  const begin = last === undefined || !("source" in last) ? 0 : last.offset + last.source.length;
  const keeps = props.some((prop) => prop.type === "block-scalar-header" && prop.source.includes("+"));
  return begin + source.replace(keeps ? /\r?\n$/ : /[\r\n]+$/, "").length;
}

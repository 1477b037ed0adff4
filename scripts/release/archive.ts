/**
 * Tar archives (POSIX ustar) whose bytes depend on their content only. Written here: the packages that do it bring a dozen
 * others along, and a header is one block of text.
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";

/** One entry of an archive. */
export type Entry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly data: Uint8Array }
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const BLOCK = 512;
const TYPES = { file: "0", link: "2", directory: "5" } as const;

/**
 * The archive of the entries in their order, owned by root, with the given time in seconds since 1970. Nothing of the
 * machine gets into it. Throws when a path or a target is longer than the format allows.
 */
export function tarOf(entries: readonly Entry[], time: number): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const data = entry.kind === "file" ? entry.data : new Uint8Array();
    return [header(entry, data.length, time), data, new Uint8Array(padding(data.length))];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function padding(length: number): number {
  return (BLOCK - length % BLOCK) % BLOCK;
}

function header(entry: Entry, size: number, time: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const write = (text: string, at: number, length: number): void => {
    if (Buffer.byteLength(text) > length) throw new Error(`"${text}" is too long for a tar archive`);
    block.write(text, at);
  };
  const octal = (value: number, at: number, length: number): void =>
    write(value.toString(8).padStart(length - 1, "0"), at, length);
  const [prefix, name] = split(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  write(name, 0, 100);
  octal(entry.kind === "link" ? 0o777 : entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  write(TYPES[entry.kind], 156, 1);
  write(entry.kind === "link" ? entry.target : "", 157, 100);
  write("ustar\u000000", 257, 8);
  octal(0, 329, 8);
  octal(0, 337, 8);
  write(prefix, 345, 155);
  // The sum is taken with blanks in its own place.
  block.write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A long path is split at a slash: the front part goes into a field of its own. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at > 0 && at < path.length - 1; at = path.indexOf("/", at + 1)) {
    if (Buffer.byteLength(path.slice(at + 1)) <= 100) return [path.slice(0, at), path.slice(at + 1)];
  }
  return ["", path];
}

/** Compressed, without a time or a name in the header. */
export function gzip(data: Uint8Array): Uint8Array {
  const bytes = gzipSync(data, { level: 6 });
  // The operating system that compressed: "unknown", wherever that was.
  bytes[9] = 255;
  return bytes;
}

/** Which files a run looked at, and whether any of them is another one now. */
import { createHash } from "node:crypto";

/** What stands at a path. */
interface Stat {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
}

/** Reading, as the source stage does it. */
export interface Reads {
  readFile(path: string): Promise<Uint8Array>;
  readDirectory(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<Stat>;
}

/**
 * Remembers everything that is read or looked at through `reads`: content and not time stamps count, symbolic links are
 * followed, and a path that was missing or could not be read counts as changed when that is different.
 */
export class WatchedFiles<R extends Reads> {
  readonly #reads: R;
  #files = new Map<string, string>();
  #directories = new Map<string, string>();
  #kinds = new Map<string, string>();

  constructor(reads: R) {
    this.#reads = reads;
  }

  /** The same `reads`, with everything noted; what was noted before is forgotten. */
  recording(): R {
    const files = new Map<string, string>();
    const directories = new Map<string, string>();
    const kinds = new Map<string, string>();
    this.#files = files;
    this.#directories = directories;
    this.#kinds = kinds;
    const reads = this.#reads;
    return {
      ...reads,
      async readFile(path: string) {
        try {
          const bytes = await reads.readFile(path);
          files.set(path, digest(bytes));
          return bytes;
        } catch (error) {
          files.set(path, UNREADABLE);
          throw error;
        }
      },
      async readDirectory(path: string) {
        try {
          const names = await reads.readDirectory(path);
          directories.set(path, listing(names));
          return names;
        } catch (error) {
          directories.set(path, UNREADABLE);
          throw error;
        }
      },
      async stat(path: string) {
        try {
          const stat = await reads.stat(path);
          kinds.set(path, kindOf(stat));
          return stat;
        } catch (error) {
          kinds.set(path, UNREADABLE);
          throw error;
        }
      },
    };
  }

  /** True when anything that was read is different now. */
  async changed(): Promise<boolean> {
    for (const [path, known] of this.#kinds) {
      if (await this.#reads.stat(path).then(kindOf, () => UNREADABLE) !== known) return true;
    }
    for (const [path, known] of this.#directories) {
      if (await this.#reads.readDirectory(path).then(listing, () => UNREADABLE) !== known) return true;
    }
    for (const [path, known] of this.#files) {
      if (await this.#reads.readFile(path).then(digest, () => UNREADABLE) !== known) return true;
    }
    return false;
  }
}

const UNREADABLE = "unreadable";

function kindOf({ isFile, isDirectory }: Stat): string {
  return isFile ? "file" : isDirectory ? "directory" : "other";
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function listing(names: readonly string[]): string {
  return JSON.stringify([...names].sort());
}

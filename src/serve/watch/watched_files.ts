/** Which files a run read, and whether any of them has other content now. */
import { createHash } from "node:crypto";

/** Reading, as the source stage does it. */
export interface Reads {
  readFile(path: string): Promise<Uint8Array>;
  readDirectory(path: string): Promise<readonly string[]>;
}

/**
 * Remembers everything that is read through `reads`: content and not time stamps count, symbolic links are followed, and a
 * path that could not be read counts as changed when it can be.
 */
export class WatchedFiles<R extends Reads> {
  readonly #reads: R;
  #files = new Map<string, string>();
  #directories = new Map<string, string>();

  constructor(reads: R) {
    this.#reads = reads;
  }

  /** The same `reads`, with everything noted; what was noted before is forgotten. */
  recording(): R {
    const files = new Map<string, string>();
    const directories = new Map<string, string>();
    this.#files = files;
    this.#directories = directories;
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
    };
  }

  /** True when anything that was read is different now. */
  async changed(): Promise<boolean> {
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

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function listing(names: readonly string[]): string {
  return JSON.stringify([...names].sort());
}

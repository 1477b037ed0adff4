/** Databases that a test is done with and that hold again what their template holds, for the next test that wants one. */
import { join } from "node:path";

/** Files that name databases, one folder for each schema: whoever renames one away has that database for himself. */
export class IdleDatabases {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Takes a database of that schema out; undefined when there is none. */
  async take(schema: string): Promise<IdleDatabase | undefined> {
    const folder = this.#folder(schema);
    const names = await readNames(folder);
    for (const file of names) {
      try {
        await Deno.remove(join(folder, file)); // one of several workers succeeds
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw error;
      }
      const [uses = "", name = ""] = file.split(".");
      return { name, uses: Number(uses) };
    }
    return undefined;
  }

  /** Puts a database in, which nobody may be connected to. */
  async put(schema: string, { name, uses }: IdleDatabase): Promise<void> {
    const folder = this.#folder(schema);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, `${uses}.${name}`), "");
  }

  #folder(schema: string): string {
    return join(this.#directory, "idle", schema);
  }
}

/** A database and how often it was used. */
export interface IdleDatabase {
  readonly name: string;
  readonly uses: number;
}

async function readNames(folder: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

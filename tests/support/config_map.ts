/** A directory as the kubelet mounts a ConfigMap. */
import { join } from "node:path";

/**
 * Links into `..data`, which links to the folder of a version and is switched by a rename: every file is of the old version
 * or every file is of the new one. The files of the first version are those of all later ones.
 */
export class ConfigMap {
  readonly directory: string;
  #version = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Switches to these files: name → text. Readable by every user. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    const version = `..${++this.#version}`;
    await Deno.mkdir(join(this.directory, version), { mode: 0o755 });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(this.directory, version, name), text);
    }
    await Deno.symlink(version, join(this.directory, "..tmp"));
    await Deno.rename(join(this.directory, "..tmp"), join(this.directory, "..data"));
    if (this.#version === 1) {
      for (const name of Object.keys(files)) {
        await Deno.symlink(`..data/${name}`, join(this.directory, name));
      }
    } else await Deno.remove(join(this.directory, `..${this.#version - 1}`), { recursive: true });
  }
}

/** What the source stage asks of the world outside, and what it is asked for. */

/** Files, standard input and environment, as `Deno` has them; tests pass their own. */
export interface SourceIo {
  /** The whole content of a file. */
  readFile(path: string): Promise<Uint8Array>;
  /** Names of the entries, in any order. */
  readDirectory(path: string): Promise<readonly string[]>;
  /**
   * Follows symbolic links; throws `Deno.errors.NotFound` and the like. The size, in bytes, saves reading giant files; the
   * mode is kept by who writes a file anew.
   */
  stat(
    path: string,
  ): Promise<
    {
      readonly isFile: boolean;
      readonly isDirectory: boolean;
      readonly size?: number;
      readonly mode?: number | null;
      /** Device and number of the file, which all its paths have in common. */
      readonly dev?: number;
      readonly ino?: number | null;
    }
  >;
  /** The path behind all links; rejects when there is nothing. Without it no directory is known to be swapped. */
  realPath?(path: string): Promise<string>;
  /** Paths of files from which the program itself takes passwords and keys; they may be missing. */
  credentialFiles?(): Promise<readonly string[]>;
  /** Standard input up to its end. */
  readStdin(): Promise<Uint8Array>;
  /** The value of an environment variable; undefined when it is not set. */
  env(name: string): string | undefined;
}

/** A file of a shipped set; `bootstrap/bootstrap.yaml` is shown as `preset:bootstrap/bootstrap.yaml`. */
export interface EmbeddedFile {
  /** `SET/FILE`. */
  readonly name: string;
  /** The content. */
  readonly text: string;
}

/** What to read. */
export interface SourceInputs {
  /** Directories to read, not recursively. */
  readonly directories: readonly string[];
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Shipped sets. */
  readonly embedded: readonly EmbeddedFile[];
  /** True when a directory may be missing or hold no files. */
  readonly allowEmpty: boolean;
}

/** How to treat variables. */
export interface SourceOptions {
  /** `--mock-env`: a missing variable is replaced by its own name. */
  readonly mockEnv: boolean;
  /** `--secret-env`: names of variables whose values are secret. */
  readonly secretEnv: readonly string[];
}

/** True when a path does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || codeOf(error) === "ENOENT";
}

/** One sentence on why a path cannot be read; only the kind of the error is used, never its text. */
export function readFailure(what: "File" | "Directory", path: string, error: unknown): string {
  if (isNotFound(error)) return `${what} "${path}" does not exist`;
  const denied = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
    codeOf(error) === "EACCES";
  return denied ? `${what} "${path}" cannot be read: permission denied` : `${what} "${path}" cannot be read`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

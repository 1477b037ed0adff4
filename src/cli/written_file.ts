/**
 * Files that are written whole (`--outputs`, `plan --out`, `export --merge-into`, `presets --to`). Everything that can fail is
 * tried before the work whose result they hold: the target is looked at first, the content is written and synced beside it,
 * and only a rename is left for afterwards. Links are followed; devices and pipes are written to; what cannot take a rename
 * (a file that is mounted by itself, a directory that takes no files) is written in place.
 */
import { basename, dirname, resolve } from "node:path";
import type { Streams } from "./streams.ts";

/** Why a file cannot be written; the message ends the sentence "… cannot be written: ". */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
}

/** A file that can be written. */
export interface WrittenFile {
  /** The path behind all links. */
  readonly path: string;
  /** What is there; undefined for nothing, and for devices and pipes, which are never read. */
  readonly former: Uint8Array | undefined;
  /** Writes and syncs the content beside the target, which stays as it is. May be called again; throws `FileRefused`. */
  stage(text: string): Promise<void>;
  /** What is there now; undefined for nothing, for what cannot be read, and for devices and pipes. */
  current(): Promise<Uint8Array | undefined>;
  /** Runs `body` while no other process does so for a file of the same directory, where the system can say that. */
  alone<T>(body: () => Promise<T>): Promise<T>;
  /** Puts what was staged in place; throws `FileRefused`. */
  publish(): Promise<void>;
  /** Removes what was staged and not published. */
  discard(): Promise<void>;
  /** Where the staged content is meanwhile, if it is anywhere. */
  readonly staged: string | undefined;
}

/** Milliseconds that a pipe may be without a reader. */
const NO_READER = 3000;

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** Looks at the target; `streams` are the standard ones, which is what `/dev/stdout` means. */
export async function openTarget(
  path: string,
  mode: number,
  streams: Pick<Streams, "write" | "settle">,
): Promise<WrittenFile> {
  if (path === "") throw new FileRefused("its name is empty");
  // Many programs mean a stream by it; whoever wants a file of that name writes ./-.
  if (path === "-") throw new FileRefused('"-" is no file, and standard output shows what was done');
  const { target, descriptor } = await follow(path);
  if (descriptor === "1" || descriptor === "2") {
    const stream = descriptor === "1" ? "out" : "err";
    return streamed(target, async (text) => {
      streams.write(stream, text);
      if ((await streams.settle())[stream] !== undefined) {
        throw new FileRefused("the stream takes nothing more");
      }
    }, () => {});
  }
  const info = await lookAt(target);
  if (info?.isDirectory === true) throw new FileRefused("it is a directory");
  if (/\/$/.test(path)) throw new FileRefused("its name ends with a slash, as that of a directory");
  if (descriptor !== undefined || (info !== undefined && !info.isFile)) return await device(target);
  return await regular(target, info, mode);
}

/** Follows links one by one, since those of `/proc` lead to what no path names. */
async function follow(path: string): Promise<{ target: string; descriptor: string | undefined }> {
  let target = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const parent = await Deno.realPath(dirname(target)).catch(() => dirname(target));
    const real = resolve(parent, basename(target));
    const descriptor =
      /^(?:\/proc\/(?:self|thread-self|\d+)(?:\/task\/\d+)?|\/dev)\/fd\/(\d+)$/.exec(real)?.[1] ??
        { "/dev/stdout": "1", "/dev/stderr": "2" }[real];
    if (descriptor !== undefined) return { target: real, descriptor };
    const link = await Deno.readLink(real).catch(() => undefined);
    if (link === undefined) return { target: real, descriptor: undefined };
    target = resolve(parent, link);
  }
  throw new FileRefused("its links lead in a circle");
}

async function lookAt(target: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(target);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refusal(error);
  }
}

function streamed(path: string, write: (text: string) => Promise<void>, close: () => void): WrittenFile {
  let staged: string | undefined;
  return {
    path,
    former: undefined,
    staged: undefined,
    current: () => Promise.resolve(undefined),
    alone: (body) => body(),
    stage: (text) => {
      staged = text;
      return Promise.resolve();
    },
    publish: async () => {
      try {
        await write(staged ?? "");
      } catch (error) {
        throw refusal(error);
      } finally {
        close();
      }
    },
    discard: () => Promise.resolve(close()),
  };
}

/** A device, pipe or socket: opened now, since that can fail or wait, and written to when it is time. */
async function device(target: string): Promise<WrittenFile> {
  const { promise: nobody, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new FileRefused("nobody reads from the pipe")), NO_READER);
  const file = await Promise.race([Deno.open(target, { write: true }), nobody])
    .catch((error) => {
      throw refusal(error);
    }).finally(() => clearTimeout(timer));
  let open = true;
  return streamed(target, (text) => writeAll(file, text), () => {
    if (open) file.close();
    open = false;
  });
}

async function regular(target: string, info: Deno.FileInfo | undefined, mode: number): Promise<WrittenFile> {
  const former = info === undefined ? undefined : await Deno.readFile(target).catch((error) => {
    throw refusal(error, "it is there and cannot be read");
  });
  if (info !== undefined) await refuseLocked(target);
  const inPlace = info !== undefined && await takesNoRename(target, info);
  return inPlace ? await overwritten(target, former) : await replaced(target, former, mode);
}

/** Refuses a file that its attributes keep from being changed and replaced (`chattr +i`): whoever lacks a right gets another error. */
async function refuseLocked(target: string): Promise<void> {
  const file = await Deno.open(target, { write: true }).catch((error: unknown) => {
    if (codeOf(error) === "EPERM") throw new FileRefused("its attributes keep it from being changed");
  });
  file?.close();
}

/** True when the file must be written in place: it is a mount of its own, or its directory takes no other files from us. */
async function takesNoRename(target: string, info: Deno.FileInfo): Promise<boolean> {
  if (await isMount(target)) return true;
  const directory = await Deno.stat(dirname(target));
  // A file that we make tells whom we write as; asking the system would be a right more that the binary needs.
  const user = await probe(target).catch(() => undefined);
  if (user === undefined) return true;
  const sticky = ((directory.mode ?? 0) & 0o1000) !== 0;
  return sticky && user !== 0 && info.uid !== user && directory.uid !== user;
}

/**
 * True when the file is a mount of its own: a link to it from beside it would cross from one mount to another (`EXDEV`).
 * The list of mounts in `/proc` is not open to the compiled program. A file system without links tells nothing.
 */
async function isMount(target: string): Promise<boolean> {
  const name = temporaryName(target);
  try {
    await Deno.link(target, name);
  } catch (error) {
    return codeOf(error) === "EXDEV";
  }
  await Deno.remove(name);
  return false;
}

/** Makes and removes a file beside the target; gives the user that owned it, null where files have none. */
async function probe(target: string): Promise<number | null> {
  const name = temporaryName(target);
  const file = await Deno.open(name, { write: true, createNew: true, mode: 0o600 });
  try {
    return (await file.stat()).uid;
  } finally {
    file.close();
    await Deno.remove(name);
  }
}

function temporaryName(target: string): string {
  // Hidden, so that a run that reads the directory meanwhile does not take it for input.
  return resolve(dirname(target), `.${basename(target).slice(0, 200)}.${crypto.randomUUID()}.tmp`);
}

async function replaced(target: string, former: Uint8Array | undefined, mode: number): Promise<WrittenFile> {
  await probe(target).catch((error) => {
    throw refusal(error);
  });
  let temporary: string | undefined;
  const discard = async (): Promise<void> => {
    if (temporary !== undefined) await Deno.remove(temporary).catch(() => {});
    temporary = undefined;
  };
  return {
    path: target,
    former,
    current: () => contentOf(target),
    alone: (body) => locked(target, body),
    get staged() {
      return temporary;
    },
    async stage(text) {
      await discard();
      temporary = temporaryName(target);
      try {
        const file = await Deno.open(temporary, { write: true, createNew: true, mode });
        try {
          await writeAll(file, text);
          await Deno.chmod(temporary, mode);
          await file.sync();
        } finally {
          file.close();
        }
      } catch (error) {
        await discard();
        throw refusal(error);
      }
    },
    async publish() {
      if (temporary === undefined) return;
      try {
        await Deno.rename(temporary, target);
      } catch (error) {
        if (former === undefined) throw refusal(error);
        // What looked like an ordinary file takes no rename; its content is safe beside it meanwhile.
        const text = await Deno.readTextFile(temporary);
        await rewrite(target, text, former);
        await discard();
      }
      temporary = undefined;
      await syncDirectory(dirname(target));
    },
    discard,
  };
}

/** Writes over what is there; what was staged is kept in memory until then, and its room is taken by line breaks at the end. */
async function overwritten(target: string, former: Uint8Array | undefined): Promise<WrittenFile> {
  const file = await Deno.open(target, { write: true }).catch((error) => {
    throw refusal(error);
  });
  file.close();
  const before = former ?? new Uint8Array();
  let staged: string | undefined;
  const discard = async (): Promise<void> => {
    if (staged !== undefined) await Deno.truncate(target, before.length).catch(() => {});
    staged = undefined;
  };
  return {
    path: target,
    former,
    current: () => contentOf(target),
    alone: (body) => locked(target, body),
    staged: undefined,
    async stage(text) {
      await discard();
      staged = text;
      const more = new TextEncoder().encode(text).length - before.length;
      if (more <= 0) return;
      try {
        await inFile(target, async (open) => {
          await open.seek(before.length, Deno.SeekMode.Start);
          await writeAll(open, "\n".repeat(more));
        });
      } catch (error) {
        await discard();
        throw refusal(error);
      }
    },
    async publish() {
      if (staged === undefined) return;
      await rewrite(target, staged, before);
      staged = undefined;
    },
    discard,
  };
}

function contentOf(target: string): Promise<Uint8Array | undefined> {
  return Deno.readFile(target).catch(() => undefined);
}

/** Milliseconds that a run waits for another one to put its file in place. */
const LOCKED_AT_MOST = 5000;

/** A lock of the directory, since the file itself is another one after a rename. */
async function locked<T>(target: string, body: () => Promise<T>): Promise<T> {
  const directory = await Deno.open(dirname(target), { read: true }).catch(() => undefined);
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LOCKED_AT_MOST);
  try {
    await Promise.race([directory?.lock(true).catch(() => {}), late]);
    return await body();
  } finally {
    clearTimeout(timer);
    directory?.close();
  }
}

/** Writes over the file, and puts back what it held when that fails half-way. */
async function rewrite(target: string, text: string, former: Uint8Array): Promise<void> {
  const put = (content: string | Uint8Array): Promise<void> =>
    inFile(target, async (file) => {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await writeAll(file, bytes);
      await file.truncate(bytes.length);
    });
  try {
    await put(text);
  } catch (error) {
    await put(former).catch(() => {});
    throw refusal(error);
  }
}

/** Opens a file that is there, and syncs what was written. */
async function inFile(target: string, write: (file: Deno.FsFile) => Promise<void>): Promise<void> {
  const file = await Deno.open(target, { write: true });
  try {
    await write(file);
    await file.sync();
  } finally {
    file.close();
  }
}

async function writeAll(file: Deno.FsFile, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** So that the new name survives a loss of power; file systems that cannot do that are none of our business. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await Deno.open(path, { read: true }).catch(() => undefined);
  await directory?.sync().catch(() => {});
  directory?.close();
}

/** Only the kind of an error is used, never its text. */
function refusal(error: unknown, words?: string): FileRefused {
  if (error instanceof FileRefused) return error;
  const why = reasonOf(error);
  return new FileRefused(words === undefined ? why : `${words} (${why})`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (error instanceof Deno.errors.NotFound) return "its directory does not exist";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  switch (code) {
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
    case "EDQUOT":
      return "there is no space left";
    case "ENAMETOOLONG":
      return "its name is too long";
    case "ENOTDIR":
      return "a part of its path is not a directory";
    default:
      return typeof code === "string" && /^E[A-Z0-9]+$/.test(code)
        ? `the system says ${code}`
        : "the system refuses";
  }
}

/** `presets`: what the shipped sets are, and their files as a beginning of one's own. */
import { safeJson } from "../../diagnostics/shield.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { PRESET_NAMES } from "../../presets/names.ts";
import type { Io } from "../io.ts";
import { FileRefused } from "../written_file.ts";
import { writeTogether } from "../written_files.ts";

/** Options of the command. */
export interface PresetsCommandOptions {
  readonly to?: string | undefined;
}

/** Runs the command; gives the exit code. */
export async function runPresets(
  name: string | undefined,
  { to }: PresetsCommandOptions,
  io: Io,
): Promise<number> {
  const { PRESETS } = await import("../../presets/embedded.ts");
  if (name === undefined) {
    if (to !== undefined) {
      throw new ProvisionError(
        "FP435",
        EXIT.usage,
        "--to needs the name of a set",
        `The sets are ${PRESET_NAMES.join(", ")}`,
      );
    }
    const widest = PRESET_NAMES.reduce((most, preset) => Math.max(most, preset.length), 0);
    for (const preset of PRESET_NAMES) {
      const [first] = await PRESETS[preset]?.() ?? [];
      io.out(`${preset.padEnd(widest)}  ${firstSentence(first?.text ?? "")}\n`);
    }
    return EXIT.done;
  }
  const load = PRESETS[name];
  if (load === undefined) {
    throw new ProvisionError(
      "FP502",
      EXIT.usage,
      `There is no shipped set "${name}"`,
      didYouMean(name, PRESET_NAMES) ?? `The sets are ${PRESET_NAMES.join(", ")}`,
    );
  }
  const files = await load();
  if (to === undefined) {
    io.out(files.map(({ text }) => text).join("---\n"));
    return EXIT.done;
  }
  const paths = files.map((file) => ({ path: `${to.replace(/\/+$/, "")}/${file.name}`, text: file.text }));
  await io.makeDirectory(to);
  for (const { path } of paths) {
    const there = await io.stat(path).then(() => true, () => false);
    if (!there) continue;
    throw new ProvisionError(
      "FP435",
      EXIT.failed,
      `The file ${safeJson(path)} is there already`,
      "Choose another directory. Nothing was written",
    );
  }
  await writeTogether(paths.map((file) => ({ ...file, mode: 0o644 })), io).catch((error) => {
    if (!(error instanceof FileRefused)) throw error;
    throw new ProvisionError(
      "FP435",
      EXIT.failed,
      `The set cannot be written: ${error.message}`,
      "Choose another directory",
    );
  });
  for (const { path } of paths) io.out(`Wrote ${path}\n`);
  return EXIT.done;
}

/** The first sentence of the comment that a set begins with. */
function firstSentence(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const comment = lines.slice(0, end).map((line) => line.replace(/^# ?/, "")).join(" ");
  return /^.*?\.(?= |$)/.exec(comment)?.[0] ?? comment;
}

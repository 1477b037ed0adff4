/**
 * Maps the trace of a bug report (FP500) back to the sources: `deno task trace sourcemaps < report.txt`, with the folder
 * `sourcemaps` of the release that printed it, or `dist/bundle` of a build. Prints the report with the places of the sources.
 */
import { join } from "node:path";
import { originalPlace, type SourceMap } from "./trace/source_map.ts";
import { complain, say } from "./terminal.ts";

/** A place in a bundled file, with what stands before it in a trace. */
const PLACE = /(?:file:\/\/)?[^\s()]*?([\w-]+\.js):(\d+):(\d+)/g;

async function mapOf(directory: string, name: string): Promise<SourceMap | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(directory, `${name}.map`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The report with every place that a map of the directory knows in the sources. */
export async function mapped(report: string, directory: string): Promise<string> {
  const names = new Set([...report.matchAll(PLACE)].map(([, name = ""]) => name));
  const maps = new Map(
    await Promise.all([...names].map(async (name) => [name, await mapOf(directory, name)] as const)),
  );
  return report.replaceAll(PLACE, (place, name: string, line: string, column: string) => {
    const map = maps.get(name);
    return (map === undefined ? undefined : originalPlace(map, Number(line), Number(column)))
      ?.replace(/^(\.\.\/)+/, "") ?? place;
  });
}

if (import.meta.main) {
  const [directory] = Deno.args;
  if (directory === undefined) {
    complain("trace: Usage: deno task trace DIRECTORY < REPORT");
    Deno.exit(1);
  }
  say((await mapped(await new Response(Deno.stdin.readable).text(), directory)).trimEnd());
}

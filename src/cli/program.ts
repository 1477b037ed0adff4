/** The command tree. Actions load their work lazily, so that `--help` never loads YAML, zod or the driver. */
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { PRESET_NAMES } from "../presets/names.ts";
import { TOOL_VERSION } from "../diagnostics/version.ts";
import type { Io } from "./io.ts";
import { collect, collectVariable, envName, parseDuration, parseMode } from "./options.ts";

/** Stores the exit code that an action decided on. */
export interface Outcome {
  exitCode: number;
}

const NO_TEXTS: readonly string[] = [];

const inputOptions = {
  directory: () =>
    new Option("-d, --directory <dir>", "directory to read, non-recursively; repeatable").argParser(collect)
      .default(NO_TEXTS, "$PROVISIONING_DIRECTORY, else ./provisioning"),
  file: () =>
    new Option("-f, --file <file>", "file to read, - for standard input; repeatable").argParser(collect)
      .default(NO_TEXTS, "none"),
  preset: () =>
    new Option("--preset <name>", `shipped set: ${PRESET_NAMES.join(", ")}; repeatable`).argParser(collect)
      .default(NO_TEXTS, "none"),
  allowEmpty: () => new Option("--allow-empty", "an empty or missing directory is not an error"),
  secretEnv: () =>
    new Option("--secret-env <name>", "variable whose value is a secret; repeatable").argParser(
      collectVariable,
    )
      .default(NO_TEXTS, "none"),
  strict: () => new Option("--strict", "warnings are errors"),
};

const outputOptions = {
  format: () =>
    new Option("--format <format>", "form of standard output").choices(["text", "json", "jsonl"] as const)
      .default("text" as const),
  quiet: () => new Option("-q, --quiet", "print no lines but keys, links and errors"),
  verbose: () => new Option("-v, --verbose", "print a line for members, subscriptions and the like too"),
  noColor: () => new Option("--no-color", "no colours (also NO_COLOR)"),
};

const databaseOptions = {
  databaseUrl: () =>
    new Option(
      "--database-url <url>",
      "postgresql://user:password@host:5432/name; else DATABASE_URL, DJANGO_DB_*, PG*",
    ),
  lockTimeout: () =>
    new Option("--lock-timeout <duration>", "longest wait for another run").argParser(parseDuration).default(
      60_000,
      "60s",
    ),
  connectTimeout: () =>
    new Option("--connect-timeout <duration>", "longest wait for the server to answer").argParser(
      parseDuration,
    ).default(10_000, "10s"),
};

/** Builds the program. Actions put their exit code into `outcome`. */
export function buildProgram(io: Io, outcome: Outcome): Command {
  const program: Command = new Command("flagsmith-provision")
    .description("Reads YAML and makes a Flagsmith instance so, straight in its PostgreSQL database.")
    .version(TOOL_VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: () => {},
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      "after",
      "\nWithout a command it is apply. Every option has an environment variable FLAGSMITH_PROVISION_…, shown in the help of its command.",
    );

  program.command("apply", { isDefault: true })
    .description("create what is missing, skip what exists (or update it, if the file asks)")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--dry-run", "run the same statements, then roll back"))
    .addOption(
      new Option("--on-exists <policy>", "for entities that do not say").choices(
        ["skip", "update", "fail"] as const,
      ).default("skip" as const),
    )
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.lockTimeout())
    .addOption(databaseOptions.connectTimeout())
    .addOption(new Option("--outputs <file>", "write keys and links to this file instead of standard output"))
    .addOption(
      new Option("--outputs-format <format>", "form of that file").choices(
        ["json", "env", "k8s-secret"] as const,
      ).default("json" as const),
    )
    .addOption(
      new Option("--outputs-mode <mode>", "its file mode").argParser(parseMode).default(0o600, "0600"),
    )
    .addOption(
      new Option(
        "--reset-links <whose>",
        "print links for new superusers, or all new users without a password",
      ).choices(["superusers", "all"] as const).default("superusers" as const),
    )
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.verbose())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runApply } = await import("./commands/apply.ts");
      outcome.exitCode = await runApply(options, io);
    });

  program.command("validate")
    .description("check everything that can be checked without a database")
    .addOption(inputOptions.directory())
    .addOption(inputOptions.file())
    .addOption(inputOptions.preset())
    .addOption(inputOptions.allowEmpty())
    .addOption(inputOptions.secretEnv())
    .addOption(inputOptions.strict())
    .addOption(new Option("--mock-env", "stand-ins for variables that are not set"))
    .addOption(new Option("--closed", "a reference that no file declares is an error"))
    .addOption(outputOptions.format())
    .addOption(outputOptions.quiet())
    .addOption(outputOptions.noColor())
    .action(async (options) => {
      const { runValidate } = await import("./commands/validate.ts");
      outcome.exitCode = await runValidate(options, io);
    });

  program.command("reset-link")
    .description("print a fresh password-reset link for an existing user")
    .addArgument(new Argument("<email>", "address of the user"))
    .addOption(databaseOptions.databaseUrl())
    .addOption(databaseOptions.connectTimeout())
    .action(async (email, options) => {
      const { runResetLink } = await import("./commands/reset_link.ts");
      outcome.exitCode = await runResetLink(email, options, io);
    });

  for (const command of program.commands) {
    for (const option of command.options) option.description += ` (env: ${envName(option.long ?? "")})`;
    command.allowExcessArguments(false);
  }
  return program;
}

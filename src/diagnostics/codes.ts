/**
 * The one table of diagnostic codes. A code never changes its meaning; `docs/errors.md` is made from this table and
 * from the golden cases. FP0xx: files and YAML. FP1xx: fields. FP2xx: names, references, graph. FP3xx: against the
 * live database. FP44x: what an export cannot express.
 */

/** How bad it is: an error stops the run, a warning does not (unless `--strict`), a note only tells. */
export type Severity = "error" | "warning" | "note";

/** What a code stands for. */
export interface CodeEntry {
  readonly severity: Severity;
  /** A few words, as a heading. */
  readonly title: string;
  /** Why it happens and what to do, for `docs/errors.md`. */
  readonly help: string;
}

const error = (title: string, help: string): CodeEntry => ({ severity: "error", title, help });
const warning = (title: string, help: string): CodeEntry => ({ severity: "warning", title, help });

/** Every code of the tool. */
export const CODES = {
  FP001: error(
    "File cannot be read",
    "The path does not exist, is not readable, or is neither a file nor a directory. Check the path and its permissions.",
  ),
  FP002: error(
    "No input files",
    "A directory holds no `.yaml`, `.yml` or `.json` file, or does not exist. Name another one, or allow it with `--allow-empty`.",
  ),
  FP003: error("File is too large", "A provisioning file may hold 16 MiB. Split it."),
  FP004: error(
    "File is not UTF-8",
    "Save the file as UTF-8 (with or without a byte order mark). NUL characters are not allowed either.",
  ),
  FP010: error(
    "YAML syntax",
    "The file is not well-formed YAML. The snippet ends before the first value of the line, because a value might be a secret.",
  ),
  FP011: error(
    "Duplicate key",
    "A mapping names the same key twice; YAML allows each key once. Remove one of them.",
  ),
  FP012: error(
    "Aliases expand too far",
    "Anchors and aliases multiply the document beyond a bound (an alias bomb). Write the content out.",
  ),
  FP013: error(
    "Unknown anchor or cyclic alias",
    "An alias refers to an anchor that does not exist before it, or to a node that contains the alias itself.",
  ),
  FP014: error(
    "Unknown tag",
    "The tags of the format are `!file PATH`, `!exact TEXT` for a text whose form or length its field would refuse, and, in `rows`, `!ref kind:Name`.",
  ),
  FP015: error(
    "Interpolation needs quotes",
    "An unquoted `${X}` inside `{…}` or `[…]` is read by YAML as a mapping. Put the value in quotes: `'${X}'`.",
  ),
  FP016: error(
    "Nested too deeply",
    "A file may nest mappings and lists 100 levels deep, aliases counted as if written out.",
  ),
  FP017: error(
    "Key is not text",
    "A key of a mapping must be a single non-empty text, not a mapping, a list or nothing.",
  ),
  FP018: error(
    "Malformed merge key",
    "The value of `<<` must be a mapping or a list of mappings, mostly aliases of such.",
  ),
  FP020: error(
    "Variable is not set",
    "A `${VAR}` without a default needs the environment variable. Set it, or give a default: `${VAR:default}`.",
  ),
  FP021: error(
    "Malformed interpolation",
    "The forms are `${NAME}` and `${NAME:default}`; a literal `${` is written `$${`. A shell-like `${X:-d}` is not understood.",
  ),
  FP022: error(
    "File reference failed",
    "The file that `!file PATH` names cannot be read, is too large or is not text. Relative paths are relative to the YAML file.",
  ),
  FP023: error(
    "Credential of the program",
    "Variables that hold credentials of the program or the API (`DATABASE_URL`, `DJANGO_SECRET_KEY`, …), and files with them, are never put into a value: whoever writes a file could publish them. Those files are what the address, the variables of libpq or a service name (`passfile`, `servicefile`, `sslcert`, `sslkey`), libpq's default places, by whatever path or link, and all below `/proc`.",
  ),
  FP101: error("Version is missing or not supported", "Each document needs `version: '1.0'` at its top."),
  FP102: error("Unknown key", "The key is not part of the format. The hint names the nearest known one."),
  FP103: error("Required key is missing", "Add the key that the message names."),
  FP104: error("Wrong type", "The value has another type than the field takes. The message names both."),
  FP105: error("Value is not one of the allowed ones", "Use one of the values that the message lists."),
  FP106: error("Value is too long", "Flagsmith's column is shorter than the value. Shorten it."),
  FP107: error("Value is out of range", "The number is outside of what Flagsmith stores or allows."),
  FP108: error(
    "Value is empty",
    "The field needs a value. When it comes from a variable, the variable is set but empty.",
  ),
  FP109: error("Not an e-mail address", "Flagsmith refuses users whose address it cannot parse."),
  FP110: error("NUL character in a key or value", "PostgreSQL cannot store it in text."),
  FP111: error(
    "Malformed value",
    "The value does not have the form that the field requires; the message says which. A name that a database holds in another form can be declared as `!exact`.",
  ),
  FP112: error(
    "Percentages exceed 100",
    "The allocations of the options of one feature may add up to 100 at most.",
  ),
  FP113: error(
    "Segment tree is too large",
    "Flagsmith allows nesting of two levels and 100 conditions a segment.",
  ),
  FP114: error(
    "Operator and value do not fit",
    "Flagsmith refuses such a condition, or answers with an error 500 when it evaluates it. The message says what the operator takes.",
  ),
  FP115: error(
    "Feature name is refused by its project",
    "The project's `feature_name_regex` does not match the name.",
  ),
  FP116: error("Fields exclude each other", "Only one of the named fields may be given."),
  FP117: error(
    "Secret where it would be shown",
    "Names, addresses and the like are shown in output, log and errors; a secret must not be there.",
  ),
  FP125: error(
    "`ensure: absent` does not fit",
    "What always exists cannot be absent, what is to be absent has no content, and nothing that is to exist can refer to it.",
  ),
  FP126: error(
    "Nothing to rename or to rotate",
    "`renamed_from` is for entities that have a name of their own, `rotate` for those with a password or key.",
  ),
  FP130: error(
    "Not the name of a variable",
    "What `outputs` and `output` name becomes a line of an env file or a key of a Kubernetes Secret: letters, digits and `_`, not beginning with a digit.",
  ),
  FP131: error(
    "Output named twice",
    "Two values would have the same name in the outputs file. Both places are named; choose another name for one.",
  ),
  FP134: error(
    "Reference to no entity",
    "`!ref kind:Name` stands for the primary key of an entity that a file declares or the database holds. The name may be the whole address of the log: `!ref environment:Organisation/Project/Name`.",
  ),
  FP150: warning(
    "Flagsmith's database has no column for the field",
    "`description` on a user, organisation, project or master API key is kept in the provisioning log only.",
  ),
  FP151: warning(
    "Condition that is unlikely to match",
    "Flagsmith stores and evaluates the condition, but it never matches, or in another way than it seems; see the message.",
  ),
  FP152: warning(
    "Condition on a flag",
    "Flagsmith evaluates conditions on other flags since 2.269.0. Before, it stores them, and they never match.",
  ),
  FP153: warning(
    "Left out on this release",
    "A shipped set has a field that this Flagsmith is too old to store; the rest is written. The hint names the first release that stores it.",
  ),
  FP154: warning(
    "Secret in a published field",
    "Values of flags, options, traits and conditions are sent to SDKs and shown in the dashboard; a secret (`!file`, `--secret-env`) in one is no longer a secret.",
  ),
  FP155: warning(
    "White space at the ends of a text",
    "Flagsmith's API removes white space at the ends of passwords, identifiers and trait keys. Passwords and keys are stripped; identifiers and trait keys are stored as written, and the API does not find them.",
  ),
  FP156: warning(
    "Value that nobody means",
    "Flagsmith stores the value, and then has no use for it: a key that no client can send, an empty word of a choice, a number below what it counts from.",
  ),
  FP157: warning(
    "Name that was not tried",
    "The project has a `feature_name_regex` that could not be tried on the name: it takes too many steps, has a part that only Python decides, or Python cannot compile it. The feature is written; Flagsmith tries the pattern only when somebody makes a feature.",
  ),
  FP201: error("Declared twice", "Two entities have the same identity. Both places are named; remove one."),
  FP202: error("Conflicting values", "Two places give different values for something that exists once."),
  FP203: error(
    "Reference is ambiguous",
    "The name fits more than one entity. Add the qualifying field (`organisation:`, `project:`) beside it.",
  ),
  FP204: error(
    "Name is not defined",
    "No file declares it and the database does not hold it. The hint names the nearest one.",
  ),
  FP205: error("Reference cycle", "The entities refer to each other in a circle; the message prints it."),
  FP206: error("Parent is missing", "A top-level entity needs the field that says where it belongs."),
  FP207: error(
    "Parent given twice",
    "A nested entity already belongs to the one around it; the field repeats or contradicts that.",
  ),
  FP209: error(
    "Flag of a condition does not exist",
    "Flagsmith 2.274.0 and later refuses a segment with a condition on a flag that its project does not have. Names are compared letter by letter.",
  ),
  FP210: error(
    "Flag depends on itself",
    "Overrides for segments whose conditions ask for other flags must not lead back to the same flag in one environment. The message prints the circle; remove one of its overrides or conditions.",
  ),
  FP250: warning(
    "Must exist in the database",
    "No file declares the name, or the option of a declared feature, so the database must hold it when the files are applied. With `--closed` this is an error.",
  ),
  FP251: error("Not declared in any file", "With `--closed` every reference must be declared in the files."),
  FP301: error(
    "Duplicate rows in the database",
    "Flagsmith does not enforce unique names, and the database holds several live rows of this name. Rename or remove one; the tool does not guess.",
  ),
  FP302: error("Already exists", "`on_exists: fail` was asked for."),
  FP303: error("Key is taken", "Another row of the database holds the chosen key."),
  FP304: error(
    "Not possible in this database",
    "The live database lacks something that the file asks for; the message says what.",
  ),
  FP305: error(
    "Row does not fit its table",
    "`rows` is checked against the live catalog: the table must exist and have no kind of its own, its columns must be there, and what must be filled must be given.",
  ),
  FP306: error(
    "Field is newer than this Flagsmith",
    "The database has no column for the field. The hint names the first release that has one: upgrade Flagsmith, or remove the field.",
  ),
  FP320: error(
    "Deletion is not allowed",
    "`ensure: absent` removes a live entity with everything below it, whoever made it; of a part of an entity, such as an option, it removes what others created of it. `--allow-delete` confirms it.",
  ),
  FP350: warning("Left alone", "The live row differs from the files and is left as it is."),
  FP440: warning(
    "Name exists several times",
    "Flagsmith does not enforce unique names and the format needs them. The oldest row of the name is exported, with what belongs to it; the others are left out.",
  ),
  FP441: warning(
    "Value the format cannot express",
    "The database holds a value that no file can declare, or that `apply` would refuse. The message says what the export has in its place, or what is left out: the value, or the entity with what refers to it.",
  ),
  FP442: warning(
    "Unsupported rows",
    "The tool does not model the table or the column, so that applying the export elsewhere does not bring it back. Set it there by hand.",
  ),
  FP443: warning(
    "Left out of the export",
    "Something that is not in force, or that the application made for itself: drafts and scheduled changes, revoked keys, system tags and segments.",
  ),
  FP444: warning(
    "Would be refused",
    "The database holds what `apply` would not write and what cannot be left out alone. The export has it as it is; `apply` refuses it with the code in the message until it is corrected. A condition on a flag that was deleted is exported where this Flagsmith takes it; where Flagsmith refuses it, from 2.274.0 on, the segment is left out (FP441).",
  ),
  FP445: warning(
    "Left as it is written",
    "`export --merge-into` found another value in the database, and a file that does not let it be changed: the value comes from a variable that is not set here, from an anchor, or has no way to be unset. Change it by hand.",
  ),
  FP449: warning(
    "Not in the database",
    "`export --merge-into` found something declared that the database does not hold. It is left in the file, since nobody but its author knows whether it is to come or has gone.",
  ),
  FP480: warning(
    "Missing in the database",
    "Flagsmith makes a state of each flag for each environment, a value for each state, and a subscription for each organisation; here one is missing, so that the flag is not served. `apply` under `on_exists: update` writes what the file declares.",
  ),
} as const satisfies Record<string, CodeEntry>;

/** A code of the table. */
export type Code = keyof typeof CODES;

/** The `users` list. */
import type * as z from "zod";
import { exactEmail, exactEmailKey } from "../../flagsmith/email.ts";
import { isEncodedPassword } from "../../flagsmith/password.ts";
import {
  blankChoice,
  bool,
  email,
  EMPTY_VARIABLE,
  freeText,
  line,
  mapping,
  optional,
  secret,
} from "../fields.ts";
import type { KindSpec } from "../kind.ts";

const schema = mapping({
  email: email("Address; two users whose addresses differ in case only are the same user"),
  first_name: optional(line({ max: 150, empty: true })),
  last_name: optional(line({ max: 150, empty: true })),
  username: optional(line({ max: 150, doc: "Unique when set; NULL otherwise" })),
  is_superuser: optional(bool("Sets Flagsmith's pair of flags, superuser and staff")),
  is_active: optional(bool("Whether the user may log in; default true")),
  password: optional(
    secret(4096, "Hashed as Django does (PBKDF2, 1,000,000 iterations)", {
      emptyVariable: true,
      stored: false,
    }),
  ),
  generate_password: optional(
    bool(
      "Without a `password`, or with one from an empty variable, one is made up when the user is created, and shown once",
    ),
  ),
  password_hash: optional(secret(128, "A password in Django's encoded form")),
  sign_up_type: optional(
    blankChoice(
      ["NO_INVITE", "INVITE_EMAIL", "INVITE_LINK"],
      "not given",
      "How the user came; a note for reports",
    ),
  ),
  description: optional(
    freeText({ empty: true, doc: "Kept in the log only: Flagsmith has no column for it" }),
  ),
});

/** What a user item declares. */
export type UserFields = z.output<typeof schema>;

/** A Flagsmith account. */
export const userSpec: KindSpec<UserFields, "user"> = {
  name: "user",
  list: "users",
  nested: undefined,
  label: "user",
  plural: "users",
  doc:
    "An account. Without `password` it gets an unusable one; a superuser without a password gets a reset link printed. With `generate_password` it gets one that is printed once, or written to the outputs file.",
  example: "email: '${ADMIN_EMAIL:admin@example.com}'\nis_superuser: true\n",
  schema,
  parent: undefined,
  identity: (fields) => fields.email,
  identityField: "email",
  unique: [{
    column: "username",
    field: "username",
    what: "username",
    value: (fields) => fields.username,
    within: "table",
    hint: "Choose another username",
  }],
  key: exactEmailKey,
  stored: exactEmail,
  credential: ({ password, password_hash: hash, generate_password: generate }) => {
    if (hash !== undefined) return { kind: "hash", field: "password_hash", secret: hash };
    if (generate === true && (password?.reveal() ?? "") === "") return { kind: "made" };
    return password === undefined ? undefined : { kind: "text", field: "password", secret: password };
  },
  check: (fields, report, _isSecret, isMocked) => {
    const isOpen = isMocked(["generate_password"]);
    if (fields.password?.reveal() === "" && fields.generate_password !== true && !isOpen) {
      report(["password"], "FP108", '"password" is empty', EMPTY_VARIABLE);
    }
    if (fields.generate_password === true && fields.password_hash !== undefined) {
      report(
        { keyAt: ["password_hash"] },
        "FP116",
        '"generate_password" and "password_hash" exclude each other',
      );
    }
    if (fields.password !== undefined && fields.password_hash !== undefined) {
      report({ keyAt: ["password_hash"] }, "FP116", '"password" and "password_hash" exclude each other');
    }
    if (fields.password_hash !== undefined && !isEncodedPassword(fields.password_hash.reveal())) {
      report(
        ["password_hash"],
        "FP111",
        '"password_hash" is not a password in Django\'s encoded form',
        "It begins with the algorithm, as in pbkdf2_sha256$1000000$…",
      );
    }
  },
  content: (
    {
      password: _password,
      password_hash: _hash,
      generate_password: _generate,
      description: _description,
      email,
      ...fields
    },
  ) => ({
    ...fields,
    email: exactEmailKey(email),
  }),
  loggedOnly: ["description"],
  line: "own",
};

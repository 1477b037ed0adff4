/** `reset-link EMAIL`: a fresh password-reset link for an existing user. */
import { readOnly } from "../../database/ask.ts";
import { applicationSchema } from "../../database/catalog.ts";
import { query, tableIn } from "../../database/statement.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { normaliseEmail } from "../../flagsmith/email.ts";
import { resetLink } from "../../flagsmith/reset_link.ts";
import { Needs } from "../../database/needs.ts";
import { readingNeeds } from "../../log/head_needs.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import { domainOfLinks } from "../site_domain.ts";
import type { Io } from "../io.ts";

/** Maximum time to wait for a table that a migration holds, milliseconds. */
const PATIENCE = 10_000;

/** Runs the command; gives the exit code. */
export async function runResetLink(email: string, options: ConnectOptions, io: Io): Promise<number> {
  const secretKey = io.env("DJANGO_SECRET_KEY");
  if (secretKey === undefined || secretKey === "") {
    throw new ProvisionError(
      "FP503",
      EXIT.usage,
      "DJANGO_SECRET_KEY is not set",
      "A link is signed with the API's own secret key; set the same value here",
    );
  }
  const session = await connect(
    options,
    io,
    "reset-link",
    readingNeeds(new Needs().add("users_ffadminuser", "SELECT").add("django_site", "SELECT")),
  );
  try {
    const ask = readOnly(session, PATIENCE);
    const schema = await applicationSchema(ask);
    const [users, sites] = await ask("look up the user", [
      query`SELECT id, email, password, last_login::text AS last_login FROM ${
        tableIn(schema, "users_ffadminuser")
      } WHERE lower(email) = lower(${normaliseEmail(email)})`,
      query`SELECT domain FROM ${tableIn(schema, "django_site")} WHERE id = 1`,
    ]);
    const [user] = users ?? [];
    if (user === undefined) {
      throw new ProvisionError(
        "FP504",
        EXIT.failed,
        `There is no user "${email}"`,
        "Check the address; reset-link makes links for existing users only",
      );
    }
    const domain = sites?.[0]?.["domain"];
    const link = await resetLink({
      userId: Number(user["id"]),
      passwordColumn: String(user["password"]),
      lastLogin: typeof user["last_login"] === "string" ? user["last_login"] : null,
      email: String(user["email"]),
      secretKey,
      now: new Date(io.now()),
      siteDomain: domainOfLinks(io, typeof domain === "string" ? domain : undefined),
    });
    io.out(`${link}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

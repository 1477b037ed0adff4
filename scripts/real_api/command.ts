/** The end of a script that proves something on a real API: its exit code. */
import { complain } from "../terminal.ts";

/**
 * Reads the arguments and proves; gives 0 when all held, 1 when something did not, and 64, with the usage on standard
 * error, for arguments that cannot be read.
 */
export async function exitCodeOf<A>(
  name: string,
  usage: string,
  read: () => A,
  prove: (args: A) => Promise<boolean>,
): Promise<number> {
  const say = (error: unknown): void =>
    complain(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  let args: A;
  try {
    args = read();
  } catch (error) {
    say(error);
    complain(usage);
    return 64;
  }
  try {
    return await prove(args) ? 0 : 1;
  } catch (error) {
    say(error);
    return 1;
  }
}

import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import { nameFile } from "../../../shared/text/file_names.ts";
import { revokeTokens } from "../token_register.ts";
import { changeTokenRegister } from "./token_file.ts";

/** Another program that changes the file is done sooner; the host's page waits for an answer. */
const LOCK_MILLIS: Millis = 5000;

/**
 * Revokes a token in its file, for somebody who waits for the answer.
 *
 * @throws CommandError also when another program keeps the file locked; the change is made once it lets go.
 */
export async function revokeToken(
  path: string,
  id: string,
  { clock, wallClock }: Pick<Machine, "clock" | "wallClock">,
): Promise<void> {
  const now = Math.round(wallClock.now());
  const patience = new AbortController();
  const changing = changeTokenRegister(path, (register) => revokeTokens(register, id, now))
    .then(() => true);
  const until = clock.now() + LOCK_MILLIS;
  const waiting = clock.sleepUntil(until, patience.signal).then(() => false);
  try {
    if (await Promise.race([changing, waiting])) return;
    changing.catch(() => {});
    const name = nameFile(path, Deno.lstatSync);
    const text = `another program keeps ${name} locked; it is revoked when that lets go of it`;
    throw new CommandError(ExitCode.failure, text);
  } finally {
    patience.abort();
  }
}

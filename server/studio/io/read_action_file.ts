import { readBounded } from "../../../shared/core/bounded_bytes.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { nameFile } from "../../../shared/text/file_names.ts";
import { decodeText, NOT_TEXT } from "../../../shared/text/text_bytes.ts";
import { describeFileProblem } from "../../origin/io/bytes/open_bytes.ts";
import { readActions } from "../match/action_file.ts";
import type { Action } from "../match/actions.ts";

/** More than the most actions need. */
const MAX_FILE_BYTES = 1 << 20;

/**
 * Reads the file of `--actions`.
 *
 * @throws CommandError that names the flag and what is wrong.
 */
export async function readActionFile(path: string): Promise<readonly Action[]> {
  const name = `--actions ${nameFile(path, Deno.lstatSync)}`;
  const wrong = (what: string) => new CommandError(ExitCode.usage, `${name}${what}`);
  const bytes = await readFile(path, name);
  if (!bytes) throw wrong(" is larger than 1 MB; give a shorter file");
  const text = decodeText(bytes);
  if (text === undefined) throw wrong(` ${NOT_TEXT}`);
  const result = readActions(text);
  if (!result.ok) throw wrong(`: ${result.problems.join("; ")}`);
  return result.actions;
}

async function readFile(path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readBounded((await Deno.open(path)).readable, MAX_FILE_BYTES);
  } catch (error) {
    throw new CommandError(ExitCode.failure, `${name} ${describeFileProblem(error)}`);
  }
}

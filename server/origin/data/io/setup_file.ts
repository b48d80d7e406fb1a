import { readBounded } from "../../../../shared/core/bounded_bytes.ts";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { type DataSetup, readDataSetup } from "../../../../shared/data/data_setup.ts";
import { nameFile } from "../../../../shared/text/file_names.ts";
import { decodeText, NOT_TEXT } from "../../../../shared/text/text_bytes.ts";
import { describeFileProblem } from "../../io/bytes/open_bytes.ts";

/** More than a thousand values need. */
const MAX_FILE_BYTES = 1 << 20;

/**
 * Reads the file of `--data-setup`.
 *
 * @throws CommandError that names the flag and what is wrong.
 */
export async function readSetupFile(path: string): Promise<DataSetup> {
  const name = `--data-setup ${nameFile(path, Deno.lstatSync)}`;
  const bytes = await readFile(path, name);
  if (!bytes) {
    throw new CommandError(ExitCode.usage, `${name} is larger than 1 MB; give a shorter file`);
  }
  const text = decodeText(bytes);
  if (text === undefined) throw new CommandError(ExitCode.usage, `${name} ${NOT_TEXT}`);
  const result = readDataSetup(text);
  if (!result.ok) throw new CommandError(ExitCode.usage, `${name}: ${sentence(result.problem)}`);
  return result.setup;
}

async function readFile(path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readBounded((await Deno.open(path)).readable, MAX_FILE_BYTES);
  } catch (error) {
    throw new CommandError(ExitCode.failure, `${name} ${describeFileProblem(error)}`);
  }
}

/** A problem is about the file, or begins with the name of a value. */
function sentence(problem: string): string {
  return problem.startsWith('"') ? problem : `it ${problem}`;
}

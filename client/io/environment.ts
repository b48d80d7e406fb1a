import { CommandError, ExitCode } from "../../shared/core/errors.ts";

/** `$STREAMER_TOKEN`: a token that shows in no list of processes. */
export function tokenFromEnvironment(): string | undefined {
  return Deno.env.get("STREAMER_TOKEN") || undefined;
}

/** @throws CommandError when the file can't be read or its first line is empty. */
export async function readTokenFile(path: string): Promise<string> {
  const token = (await readText(path)).split("\n", 1)[0]!.trim();
  if (token !== "") return token;
  throw new CommandError(
    ExitCode.usage,
    `--token-file ${path} has no token: put it in the first line`,
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const reason = isMissing ? "does not exist" : `can't be read (${(error as Error).message})`;
    throw new CommandError(
      ExitCode.usage,
      `--token-file ${path} ${reason}: name a file whose first line is the token`,
    );
  }
}

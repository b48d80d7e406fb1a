import { CommandError, ExitCode } from "../../shared/core/errors.ts";

const MAX_TOKEN_LENGTH = 700;

/**
 * The tokens that let a listener in: those given, those of the file (one a line), or else that of
 * STREAMER_TOKEN; none when there is none.
 *
 * @throws CommandError that names the file, never a token.
 */
export async function readTokens(
  given: readonly string[],
  file: string | undefined,
): Promise<string[]> {
  const tokens = [...given];
  if (file !== undefined) tokens.push(...await readTokenFile(file));
  const fromEnvironment = Deno.env.get("STREAMER_TOKEN");
  if (tokens.length === 0 && fromEnvironment) tokens.push(fromEnvironment);
  if (tokens.some((token) => token.length === 0 || token.length > MAX_TOKEN_LENGTH)) {
    throw new CommandError(
      ExitCode.usage,
      `A token has 1 to ${MAX_TOKEN_LENGTH} characters: check --token, --token-file, STREAMER_TOKEN`,
    );
  }
  return tokens;
}

async function readTokenFile(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new CommandError(ExitCode.failure, `--token-file ${path}: ${describe(error)}`);
  }
  const tokens = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (tokens.length > 0) return tokens;
  throw new CommandError(
    ExitCode.failure,
    `--token-file ${path} is empty: put a token a line in it`,
  );
}

/** @throws CommandError when it can't be written. */
export async function writeSessionDescription(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    throw new CommandError(
      ExitCode.failure,
      `--sdp ${path}: ${describe(error)}; choose another path`,
    );
  }
}

function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) return "not allowed";
  return error instanceof Error ? error.message : String(error);
}

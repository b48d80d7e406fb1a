/*
 * What a listener needs of files, environment and network before it joins.
 *
 * In: the path of `--token-file`, the variable STREAMER_TOKEN, the host's name.
 * Out: the token, and the numeric address of the host.
 *
 * ../target.ts calls this file and decides which of them count. Read that next.
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { readBounded } from "../../../shared/core/bounded_bytes.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { isNamedPipe } from "../../../shared/system/files/named_pipe.ts";
import { nameFile, UNNAMED } from "../../../shared/text/file_names.ts";
import { WAITING_IS_NEWS_AFTER_MILLIS, waitingText } from "../../../shared/core/pipe_waiting.ts";
import { decodeText, NOT_TEXT } from "../../../shared/text/text_bytes.ts";
import { tidyToken } from "../../../shared/text/token_text.ts";

const WHERE_THE_TOKEN_GOES =
  "name a file whose first line is the token; the token itself goes to --token or STREAMER_TOKEN";

/** Far more than a token and a comment need. The limit is for a device, which has no end. */
const MAX_TOKEN_FILE_BYTES = 1024 * 1024;

/** The token in the variable STREAMER_TOKEN, which no list of processes shows. */
export function tokenFromEnvironment(): string | undefined {
  return tidyToken(Deno.env.get("STREAMER_TOKEN") ?? "") || undefined;
}

/**
 * The token in the first line of a file.
 *
 * @param onWaiting called with one line when the file is a named pipe that no program writes to yet.
 * @throws CommandError when the file can't be read or its first line is empty.
 */
export async function readTokenFile(
  path: string,
  onWaiting: (text: string) => void,
): Promise<string> {
  const say = () => {
    // A file on a slow disk takes as long.
    if (isNamedPipe(path)) onWaiting(waitingText("--token-file", path, "writes to"));
  };
  const news = setTimeout(say, WAITING_IS_NEWS_AFTER_MILLIS);
  const text = await readText(path).finally(() => clearTimeout(news));
  const token = text.split("\n", 1)[0]!.trim();
  if (token !== "") return token;
  throw complaint(path, "has no token: put it in the first line");
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array | undefined;
  try {
    const file = await Deno.open(path);
    bytes = await readBounded(file.readable, MAX_TOKEN_FILE_BYTES);
  } catch (error) {
    throw complaint(path, `${describe(path, error)}: ${WHERE_THE_TOKEN_GOES}`);
  }
  if (bytes === undefined) throw complaint(path, "is too long for a token file");
  const text = decodeText(bytes);
  if (text === undefined) throw complaint(path, NOT_TEXT);
  return text;
}

/** Without the message of the system when the name may be a token, which the message would repeat. */
function describe(path: string, error: unknown): string {
  if (nameFile(path, Deno.lstatSync) === UNNAMED) return "is not a file";
  if (error instanceof Deno.errors.NotFound) return "does not exist";
  return `can't be read (${(error as Error).message})`;
}

function complaint(path: string, what: string): CommandError {
  return new CommandError(
    ExitCode.usage,
    `--token-file ${nameFile(path, Deno.lstatSync)} ${what}`,
  );
}

/**
 * The numeric address of a host; IPv4 if it has both.
 *
 * @throws CommandError when the name can't be resolved.
 */
export async function resolveHost(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    const addresses = await lookup(host, { all: true });
    return (addresses.find(({ family }) => family === 4) ?? addresses[0]!).address;
  } catch {
    throw new CommandError(
      ExitCode.failure,
      `The host name ${host} was not found: check --host or the link, and the network`,
    );
  }
}

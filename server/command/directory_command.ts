import { getLogger } from "@logtape/logtape";
import type { InferValue } from "@optique/core/parser";
import { ExitCode } from "../../shared/core/errors.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import { addressLines } from "../../shared/text/address_lines.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import { openDirectory, type RunningDirectory } from "../directory/io/directory_server.ts";
import type { directoryArguments } from "./directory_arguments.ts";

export type DirectoryOptions = InferValue<typeof directoryArguments>;

/**
 * `streamer directory`: runs until it is interrupted.
 *
 * @throws CommandError when an address or a file can't be used; it names the flag and what to do.
 */
export async function runDirectory(
  { json, log: _log, ...options }: DirectoryOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  const logger = getLogger(["streamer", "directory"]);
  const onTrouble = (text: string) => {
    terminal.err(`${plainText(text)}\n`);
    logger.warn("{text}", { text: plainText(text) });
  };
  const directory = await openDirectory({ ...options, machine, signal: interrupts, onTrouble });
  const { url, finished } = directory;
  logger.info("The directory is at {url}", { url });
  terminal.out(json ? formatJsonLine({ kind: "ready", url }) : describeReady(directory));
  await finished;
  return ExitCode.done;
}

function describeReady({ url, others }: RunningDirectory): string {
  return `The directory is at ${url}\n${addressLines(others)}` +
    `Hosts: streamer serve --directory ${url}\n`;
}

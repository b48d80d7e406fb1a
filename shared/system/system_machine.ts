/**
 * shared/system: what both ends need of Deno and the operating system.
 *
 * Everything else in shared/ runs without I/O and gets these things passed in. This file puts them
 * together as the {@linkcode Machine} and terminal that main.ts gives to a command. udp/udp_socket.ts and
 * system_clock.ts are behind the driver, node_ciphers.ts behind shared/secrecy, text_writer.ts and
 * terminal_charset.ts behind the terminal; log_file.ts writes the log, runtime_folder.ts stores join links,
 * files/ is for files and named pipes, interrupts.ts turns Ctrl-C into an AbortSignal. Only main.ts, command/ and io/
 * folders, scripts and tests may import from here (rule R1). The next file to read is udp/udp_socket.ts.
 */
import type { Machine, Terminal } from "../driver/machine.ts";
import type { LeftOut } from "../driver/output_queue.ts";
import { nodeCiphers } from "./node_ciphers.ts";
import { systemClock, systemWallClock } from "./system_clock.ts";
import { systemRng } from "./system_rng.ts";
import { showsUnicode } from "./terminal_charset.ts";
import { TextWriter, type WriterNews } from "./text_writer.ts";
import { UdpSocket } from "./udp/udp_socket.ts";

/** The clocks, the random numbers, the ciphers and the sockets of this machine. */
export const systemMachine: Machine = {
  clock: systemClock,
  wallClock: systemWallClock,
  rng: systemRng,
  ciphers: nodeCiphers,
  openSocket: (local, use) => new UdpSocket(local, systemClock, use),
};

/** The standard output and error of this process: a terminal, pipes or files. */
export interface SystemTerminal extends Terminal {
  /**
   * Waits until everything printed is written, or the reader seems to be gone.
   *
   * @param impatience when given, waits for the reader until this is aborted.
   * @returns whether everything was written to standard output, or its reader closed it.
   */
  flush(impatience?: AbortSignal): Promise<boolean>;
}

const ERASE_LINE = "\r\x1b[2K";

const stderr: TextWriter = new TextWriter(Deno.stderr, {
  onNews: (news) => stderr.write(describeNews("Standard error", news)),
});
const stdout = new TextWriter(Deno.stdout, {
  onNews(news) {
    // On a terminal, status lines that were left out are not reported: the next one replaces them.
    const isTold = news.kind === "failed" || news.leftOut.news > 0 || !Deno.stdout.isTerminal();
    if (isTold) stderr.write(describeNews("Standard output", news));
  },
});

export const systemTerminal: SystemTerminal = {
  out: (text, worth) => stdout.write(text, worth),
  reader: stdout,
  err: (text) => stderr.write(text),
  isTerminal: Deno.stdout.isTerminal(),
  color: Deno.stdout.isTerminal() && !Deno.noColor && Deno.env.get("TERM") !== "dumb",
  isUnicode: showsUnicode(Deno.build.os, (name) => Deno.env.get(name)),
  columns: () => consoleSize().columns,
  rows: () => consoleSize().rows,
  async flush(impatience) {
    const end = await stdout.flush(impatience);
    await stderr.flush();
    return end !== "left-out";
  },
};

function consoleSize(): { readonly columns: number; readonly rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** Writes synchronously, for errors directly before an exit, while the arguments are parsed. */
export function writeErrorNow(text: string): void {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // Standard error is the last place to report to.
  }
}

function describeNews(stream: string, news: WriterNews): string {
  const start = Deno.stderr.isTerminal() ? ERASE_LINE : "";
  if (news.kind === "failed") {
    return `${start}${stream} can't be written (${news.reason}): what it would show is left out\n`;
  }
  return `${start}${stream} was not read in time, or can't be written: ${describeLeftOut(news)}\n`;
}

function describeLeftOut({ leftOut: { news, status } }: { readonly leftOut: LeftOut }): string {
  const count = news + status;
  const lines = count === 1 ? "1 line was left out" : `${count} lines were left out`;
  return status === 0
    ? lines
    : `${lines}, ${status === count ? "all" : status} of them status lines`;
}

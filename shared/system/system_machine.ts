import type { Machine, Terminal } from "../driver/machine.ts";
import type { LeftOut } from "../driver/output_queue.ts";
import { nodeCiphers } from "./node_ciphers.ts";
import { systemClock, systemWallClock } from "./system_clock.ts";
import { systemRng } from "./system_rng.ts";
import { TextWriter, type WriterNews } from "./text_writer.ts";
import { UdpSocket } from "./udp_socket.ts";

export const systemMachine: Machine = {
  clock: systemClock,
  wallClock: systemWallClock,
  rng: systemRng,
  ciphers: nodeCiphers,
  openSocket: (local) => new UdpSocket(local),
};

/** The terminal of this process, or what stands in its place: pipes, files. */
export interface SystemTerminal extends Terminal {
  /**
   * Waits until what was printed is written, or nobody seems to read it any more.
   *
   * @param impatience waits for a reader until this is aborted, however long that takes.
   * @returns whether standard output got everything that its reader wanted.
   */
  flush(impatience?: AbortSignal): Promise<boolean>;
}

const ERASE_LINE = "\r\x1b[2K";

const stderr: TextWriter = new TextWriter(Deno.stderr, {
  onNews: (news) => stderr.write(describeNews("Standard error", news)),
});
const stdout = new TextWriter(Deno.stdout, {
  onNews(news) {
    // A status line that the next one replaced is nothing that a person misses.
    const isTold = news.kind === "failed" || news.leftOut.news > 0 || !Deno.stdout.isTerminal();
    if (isTold) stderr.write(describeNews("Standard output", news));
  },
});

export const systemTerminal: SystemTerminal = {
  out: (text, worth) => stdout.write(text, worth),
  err: (text) => stderr.write(text),
  isTerminal: Deno.stdout.isTerminal(),
  color: Deno.stdout.isTerminal() && !Deno.noColor,
  columns() {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 80;
    }
  },
  async flush(impatience) {
    const end = await stdout.flush(impatience);
    await stderr.flush();
    return end !== "left-out";
  },
};

/** For what is said right before an exit that waits for nothing: while the arguments are read. */
export function writeErrorNow(text: string): void {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // There is nowhere left to say so.
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

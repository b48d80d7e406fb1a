import { getLogger } from "@logtape/logtape";
import { ExitCode } from "../../shared/core/errors.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { ServeOptions } from "../interface/config.ts";
import { JsonLines } from "../console/json_lines.ts";
import { BroadcastLog } from "../console/broadcast_log.ts";
import { openPlanned } from "../broadcast/open_broadcast.ts";
import type { ServerOutput } from "../interface/output.ts";
import { RefusalDigest } from "../console/refusal_digest.ts";
import { HostTerminal } from "../console/host_terminal.ts";
import { BroadcastTotals } from "../console/broadcast_totals.ts";

/** The `serve` command: goes on air, tells what happens, and ends when the broadcast does. */
export async function serve(
  options: ServeOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  const opening = openPlanned(options, machine, { signal: interrupts, onWaiting });
  const opened = await unlessAborted(opening, interrupts);
  if (opened === undefined) {
    opening.then(({ broadcast }) => broadcast.stop("interrupted"), () => {});
    return ExitCode.done;
  }
  const { broadcast, plan } = opened;
  const totals = new BroadcastTotals(machine.clock.now());
  const face = options.json
    ? new JsonLines(terminal, totals, options)
    : new HostTerminal(terminal, totals, options, plan);
  const log = new BroadcastLog(getLogger(["streamer", "serve"]), totals);
  const digest = new RefusalDigest();
  const tell = (output: ServerOutput) => {
    const now = machine.clock.now();
    totals.note(output, now);
    for (const told of digest.take(output, now)) {
      face.show(told);
      log.write(told);
    }
  };
  face.start(broadcast.ready);
  log.start(broadcast.ready, options);
  broadcast.subscribe(tell);
  const interrupt = () => broadcast.stop("interrupted");
  interrupts.addEventListener("abort", interrupt, { once: true });
  if (interrupts.aborted) interrupt();
  try {
    await broadcast.finished;
  } finally {
    interrupts.removeEventListener("abort", interrupt);
    face.end();
    log.end();
  }
  return ExitCode.done;
}

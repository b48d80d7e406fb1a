/*
 * The command line of the host: `serve` and `token`.
 *
 * In: the arguments. Out: an exit code, or a `CommandError` that `main.ts` prints.
 *
 * `arguments.ts` describes the flags of `serve`, `token_arguments.ts` those of `token`;
 * `argument_values.ts` reads their values, and `flag_words.ts` spells out what the parser reads in one form only.
 * `serve` (this file) opens a broadcast and connects its outputs to the terminal, the JSON lines and the log of
 * `../console/`. `token_command.ts` makes, lists and revokes signed tokens. Read next:
 * `../broadcast/open_broadcast.ts`.
 */

import { getLogger } from "@logtape/logtape";
import { ExitCode } from "../../shared/core/errors.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import { unlessAborted } from "../../shared/core/unless_aborted.ts";
import type { ServeOptions } from "../interface/config.ts";
import { JsonLines } from "../console/json_lines.ts";
import { BroadcastLog } from "../console/broadcast_log.ts";
import { openPlanned } from "../broadcast/open_broadcast.ts";
import { withStudio } from "../broadcast/studio_options.ts";
import { openBrowser } from "../studio/io/open_browser.ts";
import type { ServerOutput } from "../interface/output.ts";
import { RefusalDigest } from "../console/refusal_digest.ts";
import { HostTerminal } from "../console/host_terminal.ts";
import { BroadcastTotals } from "../console/broadcast_totals.ts";

/**
 * `streamer serve`: opens the broadcast, prints and logs what happens, and returns when it has ended.
 *
 * @throws CommandError when the broadcast can't be opened, or a source failed.
 */
export async function serve(
  given: ServeOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  const options = withStudio(given);
  const onWaiting = (text: string) => terminal.err(`${text}\n`);
  options.unused?.forEach(onWaiting);
  const opening = openPlanned(options, machine, { signal: interrupts, onWaiting });
  const opened = await unlessAborted(opening, interrupts);
  if (opened === undefined) {
    opening.then(({ broadcast }) => broadcast.stop("interrupted"), () => {});
    return ExitCode.done;
  }
  const { broadcast, plan, studio } = opened;
  const totals = new BroadcastTotals(machine.clock.now());
  const printer = options.json
    ? new JsonLines(terminal, totals, options)
    : new HostTerminal(terminal, totals, options, plan);
  const log = new BroadcastLog(getLogger(["streamer", "serve"]), totals);
  const digest = new RefusalDigest();
  const tell = (output: ServerOutput) => {
    const now = machine.clock.now();
    totals.note(output, now);
    for (const told of digest.take(output, now)) {
      printer.show(told);
      log.write(told);
    }
  };
  printer.start(broadcast.ready);
  log.start(broadcast.ready, options);
  broadcast.subscribe(tell);
  // A script opens the page itself, if it wants it.
  if (studio && !options.noOpen && !options.json) openBrowser(studio.makeUrlOnce());
  const interrupt = () => broadcast.stop("interrupted");
  interrupts.addEventListener("abort", interrupt, { once: true });
  if (interrupts.aborted) interrupt();
  try {
    await broadcast.finished;
  } finally {
    interrupts.removeEventListener("abort", interrupt);
    printer.end();
    log.end();
  }
  return ExitCode.done;
}

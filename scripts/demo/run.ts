/**
 * scripts/demo: the command `streamer demo`.
 *
 * Sends the bundled recording, the bundled clip as a screen, a simulated match and the data of a simulated beam
 * through a network that loses, delays, duplicates and reorders packets, to three listeners and two pages: that of
 * the match, and one that shows single packets and moves the network (network_page, web). At the end it prints the
 * ledgers beside the counts of the network. setup.ts opens broadcast, network (scripts/network) and listeners,
 * progress.ts prints while the demo runs, verdict.ts compares ledgers and network, pages.ts serves the pages,
 * arguments.ts reads the command line. The next file to read is setup.ts.
 */
import { joinCommand } from "../../shared/admission/join_command.ts";
import { ExitCode } from "../../shared/core/errors.ts";
import { linkedSignal } from "../../shared/core/linked_signal.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { DemoOptions } from "./arguments.ts";
import { type DemoPages, openPages } from "./pages.ts";
import { openProgress } from "./progress.ts";
import { CLIP, type DemoSetup, MATCH, openSetup } from "./setup.ts";
import {
  agrees,
  judge,
  type ListenerVerdict,
  verdictJson,
  verdictLine,
  verdictTable,
  verdictWords,
} from "./verdict.ts";

const NO_PAGE = "--http has no effect: --no-page serves no page. Leave one of them out";

/**
 * `streamer demo`.
 *
 * @returns done when every ledger is exactly right, failure when one is not.
 */
export async function demo(
  options: DemoOptions,
  machine: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  if (options.isHttpGiven && !options.page) terminal.err(`${NO_PAGE}\n`);
  await using opened = new AsyncDisposableStack();
  let pages: DemoPages | string = "none (--no-page)";
  const setup = await openSetup(options, machine, opened, async (session, desk) => {
    if (options.page) pages = await openPages(options, machine, session, desk);
    if (typeof pages !== "string") opened.defer(pages.close.bind(pages));
  });
  introduce(options, setup, pages, terminal);
  await watch(options, setup, machine, terminal, interrupts);
  const verdicts = judge(setup.listeners, await setup.finish());
  setup.desk.verdict = verdictLine(verdicts);
  terminal.out(options.json ? verdictJsonLine(verdicts, options) : verdictText(verdicts));
  return agrees(verdicts) ? ExitCode.done : ExitCode.failure;
}

function verdictText(verdicts: readonly ListenerVerdict[]): string {
  const paragraphs = [verdictTable(verdicts), verdictWords(verdicts), [verdictLine(verdicts)]];
  return "\n" + paragraphs.map((lines) => lines.join("\n")).join("\n\n") + "\n";
}

function verdictJsonLine(verdicts: readonly ListenerVerdict[], { seed }: DemoOptions): string {
  return JSON.stringify(verdictJson(verdicts, seed)) + "\n";
}

function introduce(
  options: DemoOptions,
  { broadcast, recording }: DemoSetup,
  pages: DemoPages | string,
  terminal: Terminal,
): void {
  const { url, network } = typeof pages === "string" ? {} as Partial<DemoPages> : pages;
  const { link } = broadcast.ready;
  if (options.json) {
    const ready = { kind: "ready", url, network, link, seed: options.seed };
    return terminal.out(JSON.stringify(ready) + "\n");
  }
  const { loss, delayMillis, duplicate, reorder } = options;
  const share = (value: number) => `${+(value * 100).toFixed(2)} %`;
  const harms =
    `loses ${share(loss)}, duplicates ${share(duplicate)}, reorders ${share(reorder)} ` +
    `and delays by ${delayMillis} ms`;
  const { port } = options.http;
  const isMoved = url !== undefined && port !== 0 && new URL(url).port !== String(port);
  terminal.out([
    ...network === undefined ? [] : [`  Packets   ${network}`],
    `  Page      ${url ?? pages}${isMoved ? ` (port ${port} is in use)` : ""}`,
    `  Match     ${MATCH.home} x ${MATCH.away}, simulated, seed ${options.seed}`,
    `  Sound     ${recording}, repeated until the end`,
    `  Screen    ${CLIP}, repeated until the end`,
    `  Data      a simulated beam, one message a second`,
    `  Network   three paths; each ${harms}`,
    ...network === undefined
      ? []
      : ["            move it, and watch each packet, on the page of packets"],
    `  Listen    ${joinCommand("listen", link)}`,
    `  Ends      ${options.duration === undefined ? "with Ctrl-C" : "by itself, or with Ctrl-C"}`,
    "",
    "",
  ].join("\n"));
}

const TICK_MILLIS: Millis = 1000;

/** Shows the progress until the duration is over, the user interrupts, or the broadcast ends. */
async function watch(
  { duration = Infinity, json }: DemoOptions,
  { broadcast, listeners }: DemoSetup,
  { clock }: Machine,
  terminal: Terminal,
  interrupts: AbortSignal,
): Promise<void> {
  const progress = openProgress(terminal, json);
  let event: TimelineEvent | undefined;
  const unsubscribe = broadcast.subscribe((output) => {
    if (output.kind === "event-sent") event = output.event;
  });
  const over = new AbortController();
  broadcast.finished.finally(() => over.abort()).catch(() => {});
  const signal = linkedSignal(interrupts, over.signal);
  const start = clock.now();
  for (let second = 0; !signal.aborted; second++) {
    progress.show({ second, event, ledgers: listeners.map(({ session }) => session.ledger()) });
    await clock.sleepUntil(start + Math.min((second + 1) * TICK_MILLIS, duration), signal);
    if (clock.now() - start >= duration) break;
  }
  unsubscribe();
}

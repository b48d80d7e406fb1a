/**
 * scripts/demo: the command `streamer demo`.
 *
 * Sends the bundled recording, the bundled clip as a screen, a simulated match and the data of a simulated beam
 * through a network that loses, duplicates and reorders packets, to three listeners and a page. At the end it
 * prints the ledgers beside the counts of the network. setup.ts opens broadcast, network (scripts/network) and
 * listeners, progress.ts prints while the demo runs, verdict.ts compares ledgers and network, arguments.ts reads
 * the command line. The next file to read is setup.ts.
 */
import type { ListenerSession } from "../../client/session/session.ts";
import { joinCommand } from "../../shared/admission/join_command.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { linkedSignal } from "../../shared/core/linked_signal.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import { openViewer, type Viewer } from "../../viewer/command/run.ts";
import type { DemoOptions } from "./arguments.ts";
import { openProgress } from "./progress.ts";
import { CLIP, demoPath, type DemoSetup, MATCH, openSetup } from "./setup.ts";
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
  let page: Viewer | string = "none (--no-page)";
  const setup = await openSetup(options, machine, opened, async (session) => {
    if (options.page) page = await openPage(options, machine, session);
    if (typeof page !== "string") opened.defer(page.close.bind(page));
  });
  introduce(options, setup, page, terminal);
  await watch(options, setup, machine, terminal, interrupts);
  const verdicts = judge(setup.listeners, await setup.finish());
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

/** Opens the page of the first listener. If that fails, the demo goes on without it and says why. */
async function openPage(
  options: DemoOptions,
  machine: Machine,
  session: ListenerSession,
): Promise<Viewer | string> {
  const open = (http: DemoOptions["http"]) =>
    openViewer({ host: http.hostname, port: http.port, http }, machine, session);
  try {
    return await open(options.http);
  } catch (error) {
    if (options.isHttpGiven || !(error instanceof CommandError)) throw error;
  }
  try {
    return await open({ ...options.http, port: 0 });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `none: ${error.message}`;
  }
}

function introduce(
  options: DemoOptions,
  { broadcast, recording }: DemoSetup,
  page: Viewer | string,
  terminal: Terminal,
): void {
  const url = typeof page === "string" ? undefined : page.url;
  const { link } = broadcast.ready;
  if (options.json) {
    return terminal.out(JSON.stringify({ kind: "ready", url, link, seed: options.seed }) + "\n");
  }
  const { loss = 0, duplicate = 0, reorder = 0 } = demoPath(options, 1);
  const share = (value: number) => `${+(value * 100).toFixed(2)} %`;
  const { port } = options.http;
  const isMoved = url !== undefined && port !== 0 && new URL(url).port !== String(port);
  terminal.out([
    `  Page      ${url ?? page}${isMoved ? ` (port ${port} is in use)` : ""}`,
    `  Match     ${MATCH.home} x ${MATCH.away}, simulated, seed ${options.seed}`,
    `  Sound     ${recording}, repeated until the end`,
    `  Screen    ${CLIP}, repeated until the end`,
    `  Data      a simulated beam, one message a second`,
    `  Network   three paths; each loses ${share(loss)}, duplicates ${share(duplicate)} and ` +
    `reorders ${share(reorder)}`,
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

import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import { MATCH } from "./setup.ts";

/** What the demo shows while it runs. */
export interface Moment {
  /** Seconds since the start. */
  readonly second: number;
  readonly event: TimelineEvent | undefined;
  readonly ledgers: readonly LedgerSnapshot[];
}

export interface Progress {
  show(moment: Moment): void;
}

/** On a terminal, a few lines that are rewritten each second; elsewhere they are printed at intervals. */
export function openProgress(terminal: Terminal, isJson: boolean): Progress {
  if (isJson) {
    return { show: (moment) => terminal.out(JSON.stringify(momentJson(moment)) + "\n", "status") };
  }
  return terminal.isTerminal ? new RewrittenProgress(terminal) : new PlainProgress(terminal);
}

/** The interval of output that is not on a terminal. */
const PLAIN_EVERY_SECONDS = 10;
const UP = (lines: number) => `\x1b[${lines}A`;
const CLEAR_LINE = "\x1b[2K";
const HEAD = ["packets", "lost", "", "repaired", "twice", "out of order", "jitter", "buffer"];
const WIDTHS = [8, 6, 7, 9, 6, 13, 9, 8];

class RewrittenProgress implements Progress {
  readonly #terminal: Terminal;
  #shown = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(moment: Moment): void {
    const width = Math.max(this.#terminal.columns() - 1, 20);
    const lines = [matchLine(moment), "", ...listenerLines(moment)];
    const up = this.#shown > 0 ? UP(this.#shown) : "";
    // Each status replaces the one before, so one may be left out.
    const worth = this.#shown > 0 ? "status" : "news";
    this.#shown = lines.length;
    const text = lines.map((line) => `${CLEAR_LINE}${line.slice(0, width)}\n`).join("");
    this.#terminal.out(up + text, worth);
  }
}

class PlainProgress implements Progress {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(moment: Moment): void {
    if (moment.second === 0 || moment.second % PLAIN_EVERY_SECONDS !== 0) return;
    const lines = [matchLine(moment), ...listenerLines(moment), ""];
    this.#terminal.out(lines.join("\n") + "\n", "status");
  }
}

function matchLine({ event }: Moment): string {
  const score = event?.score ?? "0 x 0";
  const clock = event?.event.clock ?? "00:00";
  return `${clock.padStart(6)}  ${MATCH.home} ${score} ${MATCH.away}  ${event?.content ?? ""}`;
}

function listenerLines({ ledgers }: Moment): string[] {
  return [
    cells("", HEAD),
    ...ledgers.map((ledger, index) => cells(`  Listener ${index + 1}`, listenerCells(ledger))),
  ];
}

function listenerCells({ channels }: LedgerSnapshot): string[] {
  const audio = channels.find(({ channel }) => channel === "audio");
  const total = (count: (ledger: ChannelLedger) => number) =>
    channels.reduce((sum, ledger) => sum + count(ledger), 0);
  const expected = total((ledger) => ledger.packetsExpected);
  const lost = total((ledger) => ledger.networkLost);
  return [
    String(expected),
    String(lost),
    expected === 0 ? "" : `${(100 * lost / expected).toFixed(1)} %`,
    String(total(({ packetsRepaired: { nack, fec } }) => nack + fec)),
    String(total((ledger) => ledger.packetsDuplicated)),
    String(total((ledger) => ledger.packetsReordered)),
    audio ? `${(audio.jitter * 1000).toFixed(1)} ms` : "",
    audio ? `${Math.round(audio.jitterBufferTargetDelay * 1000)} ms` : "",
  ];
}

function cells(name: string, values: readonly string[]): string {
  const padded = values.map((value, index) => value.padStart(WIDTHS[index]!));
  return `${name.padEnd(13)}${padded.join("")}`.trimEnd();
}

function momentJson({ second, event, ledgers }: Moment) {
  return { kind: "stats", second, score: event?.score, clock: event?.event.clock, ledgers };
}

import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import { formatShare } from "../../shared/ledger/ledger_words.ts";
import { displayWidth, fitFields, wrapWords } from "../../shared/text/display_width.ts";
import type { Terminal } from "../../shared/driver/machine.ts";
import { formatMillis } from "./ledger_table.ts";

/** Moves to the first column and erases the line (ECMA-48 CR and EL). */
const ERASE = "\r\x1b[K";
const DIM = "\x1b[2m";
const PLAIN = "\x1b[0m";
/** Between the parts of the line. */
const GAPS = { gap: "    ", narrowGap: "  " };

/**
 * One line at the bottom of a terminal that is rewritten in place; printed lines scroll above it. It shows
 * only when standard output is a terminal.
 */
export class StatusLine {
  readonly #terminal: Terminal;
  #text = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Replaces the line; writes nothing when the text is the same. */
  show(text: string): void {
    if (!this.#terminal.isTerminal || text === this.#text) return;
    this.#text = text;
    this.#terminal.out(ERASE + this.#styled(), "status");
  }

  /**
   * Prints a line above the status line; one that is too long is wrapped at its words.
   *
   * @param prefix stands before the text; what is wrapped begins below the text.
   */
  print(text: string, prefix = ""): void {
    const width = this.#terminal.isTerminal ? this.#terminal.columns() || Infinity : Infinity;
    const line = prefix + wrapWords(text, width, displayWidth(prefix));
    const isShown = this.#text !== "";
    this.#terminal.out(isShown ? `${ERASE}${line}\n${this.#styled()}` : `${line}\n`);
  }

  clear(): void {
    if (this.#text !== "") this.#terminal.out(ERASE);
    this.#text = "";
  }

  /** Fitted into the width of the terminal, since a line that wraps can't be erased. */
  #styled(): string {
    const fields = this.#text.split(GAPS.gap);
    const text = fitFields(fields, Math.max(this.#terminal.columns() - 1, 0), GAPS);
    return this.#terminal.color ? `${DIM}${text}${PLAIN}` : text;
  }
}

/** `sound on    buffer 200 ms    lost 1.9 %    missing 0 %    jitter 0.4 ms    round trip 12 ms` */
export function formatStatus(ledger: LedgerSnapshot, sound: string): string {
  const { channels, roundTripTime } = ledger;
  const main = channels.find(({ channel }) => channel === "audio") ?? channels[0];
  const parts = [sound];
  if (main) {
    parts.push(
      `buffer ${formatMillis(main.jitterBufferTargetDelay * 1000)}`,
      `lost ${formatShare(main.networkLost, main.packetsExpected)}`,
      ...screenPart(channels),
      ...dataPart(channels),
      `missing ${formatShare(main.residualLost, main.packetsExpected)}`,
      `jitter ${formatMillis(main.jitter * 1000)}`,
    );
  }
  if (roundTripTime !== undefined) parts.push(`round trip ${formatMillis(roundTripTime * 1000)}`);
  return parts.join(GAPS.gap);
}

/** `data 812`, or `data 812, 3 not shown`, in messages. */
function dataPart(channels: readonly ChannelLedger[]): string[] {
  const data = channels.find(({ messagesReceived }) => messagesReceived !== undefined);
  if (data === undefined) return [];
  const { messagesReceived = 0, messagesDropped = 0 } = data;
  if (messagesReceived === 0) return ["no data"];
  const dropped = messagesDropped === 0 ? "" : `, ${messagesDropped} not shown`;
  return [`data ${messagesReceived}${dropped}`];
}

/** Early in the line, so that it is seen in a narrow terminal too. */
function screenPart(channels: readonly ChannelLedger[]): string[] {
  const screen = channels.find(({ freezeCount }) => freezeCount !== undefined);
  if (screen === undefined) return [];
  const { freezeCount = 0, framesReceived = 0 } = screen;
  if (framesReceived === 0) return ["no picture"];
  return [freezeCount === 0 ? "screen ok" : `froze ${freezeCount}x`];
}

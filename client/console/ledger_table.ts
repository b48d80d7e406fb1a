import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import { wrapWords } from "../../shared/text/display_width.ts";
import { explainLedger, explainPast, formatShare } from "../../shared/ledger/ledger_words.ts";

export const CHANNEL_WORDS: Readonly<Record<ChannelLedger["channel"], string>> = {
  audio: "Sound",
  events: "Events",
  screen: "Screen",
  data: "Data",
};

/** A number and its share of the expected packets, in two columns. */
type Cell = readonly [amount: string, share: string];

interface Row {
  readonly label: string;
  readonly cell: (ledger: ChannelLedger) => Cell;
  /** Shown only when the host sent parity. */
  readonly isOfParity?: boolean;
  /** Shown only when there was a screen. */
  readonly isOfFrames?: boolean;
  /** Shown only when there was live data. */
  readonly isOfMessages?: boolean;
}

const ROWS: readonly Row[] = [
  { label: "Expected", cell: (ledger) => [String(ledger.packetsExpected), ""] },
  counted("Received", (ledger) => ledger.packetsReceived),
  counted("Lost on the network", (ledger) => ledger.networkLost),
  counted("Repaired in time", ({ packetsRepaired: { nack, fec } }) => nack + fec),
  { ...counted("  by parity", ({ packetsRepaired }) => packetsRepaired.fec), isOfParity: true },
  { label: "Parity received", cell: parityCost, isOfParity: true },
  counted("Too late to use", (ledger) => ledger.packetsDiscarded),
  counted("Missing in the end", (ledger) => ledger.residualLost),
  counted("Arrived out of order", (ledger) => ledger.packetsReordered),
  counted("Arrived twice", (ledger) => ledger.packetsDuplicated),
  { label: "Longest gap", cell: (ledger) => [String(ledger.maxGap), ""] },
  { label: "Jitter", cell: (ledger) => [formatMillis(ledger.jitter * 1000), ""] },
  { label: "Mean time in the buffer", cell: (ledger) => [meanBufferDelay(ledger), ""] },
  ofFrames("Frames received", ({ framesReceived }) => String(framesReceived)),
  ofFrames("  of these key frames", ({ keyFramesReceived }) => String(keyFramesReceived)),
  ofFrames("Frames not shown", ({ framesDropped }) => String(framesDropped)),
  ofFrames("Freezes", ({ freezeCount }) => String(freezeCount)),
  ofFrames("Time frozen", ({ totalFreezesDuration = 0 }) => `${totalFreezesDuration.toFixed(1)} s`),
  ofFrames("Key frames requested", ({ pliCount }) => String(pliCount)),
  ofMessages("Messages received", ({ messagesReceived }) => String(messagesReceived)),
  ofMessages("Messages not shown", ({ messagesDropped = 0 }) => String(messagesDropped)),
];

/** A row of what only a screen has. */
function ofFrames(label: string, read: (ledger: ChannelLedger) => string): Row {
  const cell = (ledger: ChannelLedger): Cell => [hasFrames(ledger) ? read(ledger) : "", ""];
  return { label, cell, isOfFrames: true };
}

/** A row of what only live data has. */
function ofMessages(label: string, read: (ledger: ChannelLedger) => string): Row {
  const cell = (ledger: ChannelLedger): Cell => [hasMessages(ledger) ? read(ledger) : "", ""];
  return { label, cell, isOfMessages: true };
}

function hasMessages({ messagesReceived }: ChannelLedger): boolean {
  return messagesReceived !== undefined;
}

function hasFrames({ framesReceived }: ChannelLedger): boolean {
  return framesReceived !== undefined;
}

function counted(label: string, read: (ledger: ChannelLedger) => number): Row {
  return {
    label,
    cell: (ledger) => [String(read(ledger)), formatShare(read(ledger), ledger.packetsExpected)],
  };
}

/** Parity packets, and their bytes as a share of the sound's. */
function parityCost({ fecPacketsReceived, fecBytesReceived, bytesReceived }: ChannelLedger): Cell {
  return [String(fecPacketsReceived), formatShare(fecBytesReceived, bytesReceived)];
}

/**
 * The ledgers as a table in packets, one column per channel, and one sentence on each channel. Where the
 * terminal is too narrow for all channels, the last ones get a table of their own below.
 *
 * @param pastEvents events that were shown and happened before the listener joined.
 */
export function formatLedgerTable(
  { channels, roundTripTime }: LedgerSnapshot,
  width = Infinity,
  pastEvents = 0,
): string {
  if (channels.length === 0) return "";
  const lines = formatTables(channels, width);
  if (roundTripTime !== undefined) lines.push(`Round trip ${formatMillis(roundTripTime * 1000)}`);
  const sentences = channels.map((ledger) =>
    wrapWords(
      `${CHANNEL_WORDS[ledger.channel]}: ${explainLedger(ledger)}${
        explainPast(ledger, pastEvents)
      }`,
      width,
    )
  );
  return [...lines, "", ...sentences].join("\n") + "\n";
}

/** As many channels in the first table as fit, the others below. */
function formatTables(channels: readonly ChannelLedger[], width: number): string[] {
  if (channels.length === 0) return [];
  let count = channels.length;
  let lines = formatTable(channels);
  while (count > 1 && lines.some((line) => line.length > width)) {
    lines = formatTable(channels.slice(0, --count));
  }
  const others = formatTables(channels.slice(count), width);
  return others.length === 0 ? lines : [...lines, "", ...others];
}

function formatTable(channels: readonly ChannelLedger[]): string[] {
  const hasParity = channels.some(({ fecPacketsReceived }) => fecPacketsReceived > 0);
  const isScreen = channels.some(hasFrames);
  const isData = channels.some(hasMessages);
  const rows = ROWS.filter(({ isOfParity = false, isOfFrames = false, isOfMessages = false }) =>
    (hasParity || !isOfParity) && (isScreen || !isOfFrames) && (isData || !isOfMessages)
  );
  return alignColumns([
    ["Packets", ...channels.flatMap(({ channel }) => [CHANNEL_WORDS[channel], ""])],
    ...rows.map(({ label, cell }) => [label, ...channels.flatMap(cell)]),
  ]);
}

/** `0.4 ms`, `12 ms`. */
export function formatMillis(millis: number): string {
  return `${millis < 10 ? millis.toFixed(1) : millis.toFixed(0)} ms`;
}

/** Packets of a screen or of live data wait elsewhere, as parts of their frame or message. */
function meanBufferDelay(ledger: ChannelLedger): string {
  if (hasFrames(ledger) || hasMessages(ledger)) return "-";
  const { jitterBufferDelay, jitterBufferEmittedCount } = ledger;
  if (jitterBufferEmittedCount === 0) return "-";
  return formatMillis(jitterBufferDelay * 1000 / jitterBufferEmittedCount);
}

/** Aligns the first column to the left, the others to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((text, column) =>
      column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}

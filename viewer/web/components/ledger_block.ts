import { html } from "htm/preact";
import { explainLedger, explainPast, formatShare } from "../../../shared/ledger/ledger_words.ts";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import { formatBytes, formatCount, formatMillis, formatSeconds } from "../model/words.ts";

interface Props {
  readonly name: "audio" | "events" | "screen" | "data";
  readonly title: string;
  /** null while unknown, or when the broadcast does not have this channel. */
  readonly ledger: ChannelLedger | null;
  /** How many events there were when the viewer joined. */
  readonly pastEvents: number;
  /** Whether it is known that the broadcast does not have this channel. */
  readonly isAbsent: boolean;
  /** Whether the ledger tells all that happened until now. */
  readonly isWhole: boolean;
}

/** The ledger of one channel: a sentence, then the counts. */
export function LedgerBlock({ name, title, ledger, pastEvents, isAbsent, isWhole }: Props) {
  return html`
    <section class="ledger" data-testid="ledger-${name}"
      aria-label="${title}: packet statistics">
      <h3>${title}</h3>
      ${ledger
        ? html`<p class="ledger-words">${
          isWhole ? unbroken(explainLedger(ledger) + explainPast(ledger, pastEvents)) : UNKNOWN
        }</p>`
        : isAbsent
        ? html`<p class="ledger-words">This broadcast does not have this channel.</p>`
        : html`<p class="ledger-words"><span class="skeleton">Waiting for the first packets</span></p>`}
      <dl class="numbers" aria-busy=${!ledger && !isAbsent}>
        ${rowsFor(ledger).map(([field, label, hint, read]) =>
          html`
            <div title=${hint}>
              <dt>${label}</dt>
              <dd data-field=${field}>${ledger ? read(ledger) : "–"}</dd>
            </div>
          `
        )}
      </dl>
    </section>
  `;
}

/** No count can say it. */
const UNKNOWN = "Nothing comes from the host: what is missed meanwhile is not known.";

/** Keeps `0.1 %` on one line. */
function unbroken(sentence: string): string {
  return sentence.replaceAll(" %", "\u00a0%");
}

function rowsFor(ledger: ChannelLedger | null): readonly Row[] {
  if (!ledger) return ROWS;
  return [
    ...(ledger.framesReceived === undefined ? [] : FRAME_ROWS),
    ...(ledger.messagesReceived === undefined ? [] : MESSAGE_ROWS),
    ...ROWS,
    ...(ledger.fecPacketsReceived > 0 ? PARITY_ROWS : []),
  ];
}

type Row = readonly [
  field: string,
  label: string,
  hint: string,
  read: (ledger: ChannelLedger) => string,
];

const ROWS: readonly Row[] = [
  [
    "packetsExpected",
    "Expected",
    "Packets that the host sent, as far as is known",
    (ledger) => formatCount(ledger.packetsExpected),
  ],
  [
    "packetsReceived",
    "Received",
    "Packets that arrived, each counted once",
    (ledger) => formatCount(ledger.packetsReceived),
  ],
  [
    "networkLost",
    "Lost on the way",
    "Packets that the network dropped, before any repair",
    (ledger) =>
      `${formatCount(ledger.networkLost)} · ${
        formatShare(ledger.networkLost, ledger.packetsExpected)
      }`,
  ],
  [
    "packetsRepaired",
    "Repaired",
    "Lost packets that were recovered in time",
    (ledger) => formatCount(ledger.packetsRepaired.nack + ledger.packetsRepaired.fec),
  ],
  [
    "residualLost",
    "Missing in the end",
    "Packets that could not be played: lost or too late",
    (ledger) => formatCount(ledger.residualLost),
  ],
  [
    "packetsDiscarded",
    "Too late",
    "Packets that came too late to be played",
    (ledger) => formatCount(ledger.packetsDiscarded),
  ],
  [
    "packetsDuplicated",
    "Duplicates",
    "Second copies of a packet",
    (ledger) => formatCount(ledger.packetsDuplicated),
  ],
  [
    "packetsReordered",
    "Out of order",
    "Packets that arrived after a later one",
    (ledger) => formatCount(ledger.packetsReordered),
  ],
  [
    "jitter",
    "Jitter",
    "How unevenly packets arrive (RFC 3550)",
    (ledger) => formatMillis(ledger.jitter * 1000),
  ],
  [
    "bytesReceived",
    "Data",
    "Received, without packet headers",
    (ledger) => formatBytes(ledger.bytesReceived),
  ],
];

/** Shown only for channels of frames, before the packets that carry the frames. */
const FRAME_ROWS: readonly Row[] = [
  [
    "framesReceived",
    "Frames",
    "Whole frames, shown or not",
    (ledger) => formatCount(ledger.framesReceived ?? 0),
  ],
  [
    "keyFramesReceived",
    "Key frames",
    "Whole pictures, with which a decoder can begin",
    (ledger) => formatCount(ledger.keyFramesReceived ?? 0),
  ],
  [
    "freezeCount",
    "Freezes",
    "How often the picture stood still",
    (ledger) => formatCount(ledger.freezeCount ?? 0),
  ],
  [
    "totalFreezesDuration",
    "Time frozen",
    "How long the picture stood still, all together",
    (ledger) => formatSeconds(ledger.totalFreezesDuration ?? 0),
  ],
  [
    "framesDropped",
    "Not shown",
    "Frames that were lost, or that a lost frame made useless",
    (ledger) => formatCount(ledger.framesDropped ?? 0),
  ],
  [
    "pliCount",
    "Key frame requests",
    "How often a new key frame was asked for (PLI, RFC 4585)",
    (ledger) => formatCount(ledger.pliCount ?? 0),
  ],
];

/** Shown only for channels of messages. */
const MESSAGE_ROWS: readonly Row[] = [
  [
    "messagesReceived",
    "Messages",
    "Whole and authentic messages",
    (ledger) => formatCount(ledger.messagesReceived ?? 0),
  ],
  [
    "messagesDropped",
    "Not shown",
    "Messages that were not whole when a newer one was due",
    (ledger) => formatCount(ledger.messagesDropped ?? 0),
  ],
];

/** Shown only when the host sends parity. */
const PARITY_ROWS: readonly Row[] = [
  [
    "packetsRepairedByParity",
    "Repaired by parity",
    "Lost packets that were recovered from parity, without a request",
    (ledger) => formatCount(ledger.packetsRepaired.fec),
  ],
  [
    "fecPacketsReceived",
    "Parity",
    "Parity packets that arrived, and their share of the data",
    (ledger) =>
      `${formatCount(ledger.fecPacketsReceived)} · ${
        formatShare(ledger.fecBytesReceived, ledger.bytesReceived)
      }`,
  ],
];

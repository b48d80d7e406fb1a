import { CHANNEL_WORDS } from "../../client/console/ledger_table.ts";
import type { ListenerSummary } from "../../client/session/session.ts";
import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import { explainLedger } from "../../shared/ledger/ledger_words.ts";
import { plural } from "../../shared/text/plural.ts";
import { brokenIdentity, compare, type Comparison, disagreements } from "../network/agreement.ts";
import { type NetemCounts, NOTHING } from "../network/netem.ts";
import type { DemoCounts, DemoListener } from "./setup.ts";

/** The ledger of one channel of one listener, beside the counts of the network. */
export interface ChannelVerdict {
  readonly ledger: ChannelLedger;
  readonly network: NetemCounts;
  /** Messages that the host has sent; only the channel of data has them. */
  readonly messagesSent?: number;
}

export interface ListenerVerdict {
  readonly number: number;
  readonly reason: ListenerSummary["reason"];
  readonly channels: readonly ChannelVerdict[];
}

const ROW_NAMES: Readonly<Record<Comparison["name"], string>> = {
  packetsExpected: "packets sent",
  networkLost: "lost",
  packetsDuplicated: "arrived twice",
  packetsReordered: "out of order",
};
const NUMBER_WIDTH = 9;
const NAME_WIDTH = 16;

export function judge(
  listeners: readonly DemoListener[],
  { summaries, messagesSent }: DemoCounts,
): ListenerVerdict[] {
  return listeners.map(({ number, network }, index) => {
    const { reason, ledger } = summaries[index]!;
    const streams = network.listeners[0]?.towardsListener.streams;
    const channels = ledger.channels.map((ledger) => ({
      ledger,
      network: streams?.get(ledger.ssrc) ?? NOTHING,
      ...(ledger.messagesReceived !== undefined && { messagesSent }),
    }));
    return { number, reason, channels };
  });
}

/** Whether every ledger agrees with the network, and there was something to count. */
export function agrees(verdicts: readonly ListenerVerdict[]): boolean {
  return verdicts.every(({ channels }) =>
    channels.length > 0 &&
    channels.every((channel) => channel.network.offered > 0 && faultsOf(channel).length === 0)
  );
}

/** A line for each count that can't be right. */
function faultsOf({ ledger, network, messagesSent = Infinity }: ChannelVerdict): string[] {
  const { messagesReceived = 0, messagesDropped = 0 } = ledger;
  const known = messagesReceived + messagesDropped;
  return [
    ...disagreements(ledger, network),
    ...(known > messagesSent
      ? [`messages: the ledger knows ${known}, the host sent ${messagesSent}`]
      : []),
  ];
}

/** The ledgers beside the counts of the network; a number that differs is marked with `!`. */
export function verdictTable(verdicts: readonly ListenerVerdict[]): string[] {
  const names = verdicts[0]?.channels.map(({ ledger }) => ledger.channel) ?? [];
  return [
    row("", verdicts.map(({ number }) => `Listener ${number}`.padStart(NUMBER_WIDTH * 2))),
    row("", verdicts.map(() => pair("ledger", "network"))),
    ...names.flatMap((name, index) => [
      name,
      ...channelRows(verdicts.flatMap(({ channels }) => channels[index] ?? [])),
    ]),
  ];
}

/** A sentence about what each listener heard and saw. */
export function verdictWords(verdicts: readonly ListenerVerdict[]): string[] {
  return verdicts.flatMap(({ number, channels }) =>
    channels.filter(({ ledger }) => ledger.channel !== "events")
      .map(({ ledger }) =>
        `Listener ${number}, ${CHANNEL_WORDS[ledger.channel].toLowerCase()}: ${
          explainLedger(ledger)
        }`
      )
  );
}

/** One line that says whether the ledgers are right. */
export function verdictLine(verdicts: readonly ListenerVerdict[]): string {
  const all = verdicts.flatMap(({ number, channels }) =>
    channels.map((channel) => ({ number, ...channel }))
  );
  if (agrees(verdicts)) {
    const count = all.flatMap(({ ledger, network }) => compare(ledger, network)).length;
    return `All ${count} pairs agree: every ledger says exactly what the network did.`;
  }
  const unseen = packetsUnseen(all);
  if (unseen !== undefined) return busyWords(unseen);
  const faults = all.flatMap(({ number, ...channel }) =>
    faultsOf(channel).map((what) => `listener ${number}, ${channel.ledger.channel}: ${what}`)
  );
  return `The ledgers are WRONG: ${faults.join("; ") || "nothing was counted"}.`;
}

/**
 * The packets that the host sent and the network never got, as on a machine that is too busy to empty its
 * sockets: the ledgers must have counted each as lost, and nothing else may differ.
 *
 * @returns undefined when something else differs too.
 */
function packetsUnseen(channels: readonly ChannelVerdict[]): number | undefined {
  let all = 0;
  for (const channel of channels) {
    const { ledger, network } = channel;
    const unseen = ledger.packetsExpected - network.offered;
    const seen = { ...network, offered: network.offered + unseen, lost: network.lost + unseen };
    if (network.offered === 0 || unseen < 0 || faultsOf({ ...channel, network: seen }).length > 0) {
      return undefined;
    }
    all += unseen;
  }
  return all > 0 ? all : undefined;
}

function busyWords(unseen: number): string {
  return `The ledgers and the network DIFFER by ${
    plural(unseen, "packet")
  } that the host sent and the ` +
    "ledgers count as lost, but the network never got: this machine was probably too busy. " +
    "Run the demo again when it does less.";
}

/** The last line of `--json`. */
export function verdictJson(verdicts: readonly ListenerVerdict[], seed: number) {
  return {
    kind: "summary",
    agrees: agrees(verdicts),
    seed,
    listeners: verdicts.map(({ number, reason, channels }) => ({
      listener: number,
      reason,
      channels: channels.map(({ ledger, network, messagesSent }) => ({
        ...ledger,
        ...(messagesSent !== undefined && { messagesSent }),
        isIdentityWhole: brokenIdentity(ledger) === undefined,
        network,
      })),
    })),
  };
}

function channelRows(channels: readonly ChannelVerdict[]): string[] {
  const compared = channels.map(({ ledger, network }) => compare(ledger, network));
  const own = (name: string, read: (ledger: ChannelLedger) => number) =>
    row(`  ${name}`, channels.map(({ ledger }) => pair(String(read(ledger)), "")));
  return [
    ...(compared[0] ?? []).map(({ name }, index) =>
      row(`  ${ROW_NAMES[name]}`, compared.map((rows) => comparedPair(rows[index]!)))
    ),
    // The network does not know these counts.
    own("repaired", ({ packetsRepaired: { nack, fec } }) => nack + fec),
    own("missing", ({ residualLost }) => residualLost),
    ...messageRows(channels),
  ];
}

/** Whole messages, beside those that the host has sent. */
function messageRows(channels: readonly ChannelVerdict[]): string[] {
  if (channels.every(({ messagesSent }) => messagesSent === undefined)) return [];
  const cells = channels.map(({ ledger, messagesSent = 0 }) =>
    pair(String(ledger.messagesReceived), String(messagesSent))
  );
  return [row("  messages", cells)];
}

function comparedPair({ ledger, network }: Comparison): string {
  return pair(`${ledger === network ? "" : "!"}${ledger}`, String(network));
}

function pair(left: string, right: string): string {
  return left.padStart(NUMBER_WIDTH) + right.padStart(NUMBER_WIDTH);
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(NAME_WIDTH)}${cells.join("   ")}`.trimEnd();
}

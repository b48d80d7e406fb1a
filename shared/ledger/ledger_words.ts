import type { ChannelLedger } from "./ledger.ts";

const TINY = 0.0001;

/**
 * A share for people: `1.9 %`. Only a share of exactly 0 or 1 is written as `0 %` or `100 %`; others
 * near them are written as `under 0.01 %` or `over 99.9 %`.
 */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return "0 %";
  const share = part / whole;
  if (share >= 1) return "100 %";
  if (share < TINY) return "under 0.01 %";
  if (share > 0.999) return "over 99.9 %";
  return `${(share * 100).toFixed(share < 0.001 ? 2 : 1)} %`;
}

/** One sentence that explains a ledger to people who know nothing about networks. */
export function explainLedger(ledger: ChannelLedger): string {
  const { packetsExpected: expected, networkLost: lost, packetsDiscarded: late } = ledger;
  if (expected === 0) return "Nothing was sent while listening.";
  if (lost === expected) {
    return `Nothing arrived: ${allOf(expected)} ${was(expected)} lost on the network.`;
  }
  const parts = [explainLoss(ledger)];
  if (late > 0) parts.push(`${formatShare(late, expected)} came too late to use (${late})`);
  return `${parts.join(", and ")}: ${explainResidue(ledger)}.`;
}

/**
 * What a ledger does not count: past events come by blocks of the timeline, so a late joiner has events without
 * packets. "" when there are none, else a sentence with a space before it.
 */
export function explainPast({ channel }: ChannelLedger, pastEvents: number): string {
  if (channel !== "events" || pastEvents === 0) return "";
  const events = `${pastEvents} ${count(pastEvents, "event")}`;
  return ` ${events} from before you joined came with the timeline, and not as packets counted here.`;
}

function explainLoss(ledger: ChannelLedger): string {
  const { packetsExpected: expected, networkLost: lost } = ledger;
  if (lost === 0) return "Nothing was lost on the network";
  const share = `${formatShare(lost, expected)} was lost on the network (${lost} of ${expected})`;
  const repaired = ledger.packetsRepaired.nack + ledger.packetsRepaired.fec;
  if (repaired === 0) return share;
  return repaired >= lost
    ? `${share}, all of it repaired in time`
    : `${share}, ${repaired} of it repaired in time`;
}

function explainResidue(ledger: ChannelLedger): string {
  const { packetsExpected: expected, residualLost: residue, channel } = ledger;
  if (ledger.freezeCount !== undefined) return explainFreezes(ledger);
  if (ledger.messagesReceived !== undefined) return explainMessages(ledger);
  if (residue === 0) return "you missed nothing";
  if (channel !== "audio") {
    return `you missed ${residue} of ${expected} ${
      channel === "events" ? count(expected, "event") : count(expected, "packet")
    }`;
  }
  if (residue === expected) return "there was no sound";
  const share = residue / expected;
  if (share < 0.001) return "hardly anyone would hear it";
  if (share < 0.01) return "a short click now and then";
  if (share < 0.05) return "short gaps in the sound";
  return share < 0.25 ? "the sound was broken" : "most of the sound could not be followed";
}

/** What people saw of a screen: a freeze is webrtc-stats' `freezeCount`. */
function explainFreezes(ledger: ChannelLedger): string {
  const { framesReceived = 0, framesDropped = 0, freezeCount = 0 } = ledger;
  if (framesReceived === 0) return "there was no picture";
  const dropped = framesDropped > 0
    ? `${framesDropped} ${count(framesDropped, "frame")} ${was(framesDropped)} not shown`
    : "you saw every frame";
  if (freezeCount === 0) return dropped;
  const seconds = (ledger.totalFreezesDuration ?? 0).toFixed(1);
  return `${dropped}, and the picture froze ${times(freezeCount)}, ${seconds} s in all`;
}

/** What people saw of live data. */
function explainMessages({ messagesReceived = 0, messagesDropped = 0 }: ChannelLedger): string {
  if (messagesReceived === 0) return "there was no data";
  if (messagesDropped === 0) return "you saw every message";
  const dropped = `${messagesDropped} ${count(messagesDropped, "message")}`;
  return `${dropped} ${was(messagesDropped)} not shown`;
}

function times(amount: number): string {
  return amount === 1 ? "once" : `${amount} times`;
}

function allOf(expected: number): string {
  return expected === 1 ? "the only packet" : `all ${expected} packets`;
}

function was(amount: number): string {
  return amount === 1 ? "was" : "were";
}

function count(amount: number, word: string): string {
  return amount === 1 ? word : `${word}s`;
}

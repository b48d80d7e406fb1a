import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { NetemCounts } from "./netem.ts";

/** One number of a ledger beside the count of the network. */
export interface Comparison {
  readonly name: "packetsExpected" | "networkLost" | "packetsDuplicated" | "packetsReordered";
  readonly ledger: number;
  readonly network: number;
}

/** All counts that a listener and the network both know, in the order of the table. */
export function compare(ledger: ChannelLedger, network: NetemCounts): Comparison[] {
  return [
    { name: "packetsExpected", ledger: ledger.packetsExpected, network: network.offered },
    { name: "networkLost", ledger: ledger.networkLost, network: network.lost },
    { name: "packetsDuplicated", ledger: ledger.packetsDuplicated, network: network.duplicated },
    { name: "packetsReordered", ledger: ledger.packetsReordered, network: network.reordered },
  ];
}

/** Checks the identity of a ledger. @returns undefined when it holds, else a description. */
export function brokenIdentity(ledger: ChannelLedger): string | undefined {
  const { packetsExpected, packetsReceived, networkLost, residualLost } = ledger;
  const repaired = ledger.packetsRepaired.nack + ledger.packetsRepaired.fec;
  if (packetsExpected !== packetsReceived + networkLost) {
    return `${packetsExpected} expected, but ${packetsReceived} received + ${networkLost} lost`;
  }
  const unplayed = networkLost - repaired + ledger.packetsDiscarded;
  if (residualLost !== unplayed) {
    return `${residualLost} residual, but ${networkLost} lost - ${repaired} repaired + ${ledger.packetsDiscarded} late`;
  }
}

/** The first broken identity of a listener's ledgers; undefined when all hold. */
export function firstBrokenIdentity(ledgers: readonly ChannelLedger[]): string | undefined {
  for (const ledger of ledgers) {
    const broken = brokenIdentity(ledger);
    if (broken !== undefined) return `${ledger.channel}: ${broken}`;
  }
}

/** Returns the ledgers. @throws Error when an identity does not hold. */
export function checked(snapshot: LedgerSnapshot): LedgerSnapshot {
  const broken = firstBrokenIdentity(snapshot.channels);
  if (broken !== undefined) throw new Error(`A ledger does not add up: ${broken}`);
  return snapshot;
}

/** A line for each difference between ledger and network; empty when there is none. */
export function disagreements(ledger: ChannelLedger, network: NetemCounts): string[] {
  const broken = brokenIdentity(ledger);
  return [
    ...compare(ledger, network)
      .filter((row) => row.ledger !== row.network)
      .map((row) => `${row.name}: the ledger says ${row.ledger}, the network ${row.network}`),
    ...(broken ? [broken] : []),
  ];
}

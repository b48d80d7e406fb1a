import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat } from "../../shared/media/channel.ts";
import { demux } from "../../shared/rtp/demux.ts";
import type { BurstLoss, NetemOptions } from "../../scripts/network/netem.ts";
import { numberedFrames, numberOf } from "../fakes/numbered_frames.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

/** One path, the same in both directions: the 10 ms and 5 ms of jitter of the reference measurements. */
export interface Cell {
  readonly name: string;
  /**
   * From a packet's arrival to its playout, as SRT counts its latency. Ours counts from sending, so that it is
   * longer by the one-way delay when both play a packet at the same time.
   */
  readonly latency: Millis;
  readonly loss?: number;
  readonly burst?: BurstLoss;
}

/** The results of a cell, summed over seeds. */
export interface CellResult {
  readonly expected: number;
  readonly networkLost: number;
  readonly repaired: number;
  readonly residual: number;
  readonly mediaBytes: number;
  /** All bytes sent to the listener, except first transmissions of media. */
  readonly extraBytes: number;
  /** The delay of each played packet from sending to playout, less the one-way delay. */
  readonly delays: readonly Millis[];
  readonly nacks: number;
}

const ONE_WAY_MILLIS: Millis = 10;
const JITTER_MILLIS: Millis = 5;
const JOIN_FOR_MILLIS: Millis = 8000;
const FORMAT: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };

/** The mean length of a burst of losses in datagrams, at a mean loss of `loss`. */
export function bursts(loss: number, length: number): BurstLoss {
  const toGood = 1 / length;
  return { toBad: toGood * loss / (1 - loss), toGood, lossInBad: 1 };
}

export function runCell(cell: Cell, seeds: readonly number[], millis: Millis): CellResult {
  const sum = { expected: 0, networkLost: 0, repaired: 0, residual: 0, nacks: 0 };
  const bytes = { media: 0, extra: 0 };
  const delays: Millis[] = [];
  for (const seed of seeds) {
    const once = runOnce(cell, seed, millis);
    const { ledger } = once;
    sum.expected += ledger.packetsExpected;
    sum.networkLost += ledger.networkLost;
    sum.repaired += ledger.packetsRepaired.nack;
    sum.residual += ledger.residualLost;
    sum.nacks += ledger.nackCount;
    bytes.media += once.mediaBytes;
    bytes.extra += once.extraBytes;
    for (const delay of once.delays) delays.push(delay);
  }
  return { ...sum, mediaBytes: bytes.media, extraBytes: bytes.extra, delays };
}

function runOnce({ latency, loss, burst }: Cell, seed: number, millis: Millis) {
  const delayMillis = ONE_WAY_MILLIS;
  const path: NetemOptions = { loss, burst, delayMillis, jitterMillis: JITTER_MILLIS };
  const world = new VirtualWorld({ seed, towardsListener: () => path, towardsHost: () => path });
  const host = world.startHost({ audio: FORMAT, waitFor: 1 }, numberedFrames());
  const listener = world.addListener({ latency: latency + ONE_WAY_MILLIS });
  const sent = watchHost(world, host.core.channels[0]!.ssrc);
  world.runUntil(() => host.said("started").length > 0, JOIN_FOR_MILLIS, "the start");
  const delays: Millis[] = [];
  for (const end = world.now + millis; world.now < end;) {
    world.run(1);
    for (const output of listener.outputs.splice(0)) {
      if (output.kind !== "audio") continue;
      for (const frame of output.frames) {
        delays.push(world.now - sent.at[numberOf(frame.bytes)]! - ONE_WAY_MILLIS);
      }
    }
  }
  world.finish();
  assertExact(world, listener);
  const ledger: ChannelLedger = world.channel(listener, "audio");
  return { ledger, delays, mediaBytes: sent.mediaBytes, extraBytes: sent.extraBytes };
}

/** The sound of the host. Each frame is one packet, and frame `number` was sent at `at[number]`. */
function watchHost(world: VirtualWorld, audioSsrc: number) {
  const sent = { at: [] as Millis[], mediaBytes: 0, extraBytes: 0 };
  world.net.watch((datagram, from) => {
    if (from.port !== HOST.port) return;
    const kind = demux(datagram);
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    if (kind.ok && kind.value === "rtp" && view.getUint32(8) === audioSsrc) {
      sent.mediaBytes += datagram.length;
      sent.at.push(world.now);
    } else {
      sent.extraBytes += datagram.length;
    }
  });
  return sent;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}

import assert from "node:assert/strict";
import { Playout } from "../../../../client/core/playout.ts";
import type { Latency } from "../../../../client/interface/config.ts";
import type { ListenerOutput } from "../../../../client/interface/output.ts";
import { SharedLatency } from "../../../../client/receiving/clock/shared_latency.ts";
import type { Stream } from "../../../../client/receiving/stream.ts";
import { StreamSet } from "../../../../client/receiving/stream_set.ts";
import { brokenIdentity } from "../../../../scripts/network/agreement.ts";
import type { ChannelInfo } from "../../../../shared/admission/admission.ts";
import { Counters } from "../../../../shared/core/counters.ts";
import type { JunkName } from "../../../../shared/core/parsed.ts";
import { toSequenceNumber, toTimestamp } from "../../../../shared/core/seq.ts";
import { serializeDataMessage } from "../../../../shared/data/data_message.ts";
import { packData } from "../../../../shared/data/fragments.ts";
import { signData } from "../../../../shared/data/signed_data.ts";
import type { ChannelLedger } from "../../../../shared/ledger/ledger.ts";
import { CODECS } from "../../../../shared/media/channel.ts";
import { RoundTrip } from "../../../../shared/rtcp/round_trip.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";
import { acceptInfo, audioChannel } from "../../scripted_host.ts";
import { T0 } from "../../starts.ts";

const BROADCAST_ID = "00000000000000aa";
const seed = new Uint8Array(32).fill(5);
export const SIGNER = { ciphers: nodeCiphers, seed, broadcastId: BROADCAST_ID };
export const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(seed),
  broadcastId: BROADCAST_ID,
};

/** The one-way delay. */
export const DELAY = 10;

/** Of a stream that is given no other. */
const SSRC = 777;

export function dataInfo(start: number, fields: Partial<ChannelInfo> = {}): ChannelInfo {
  const { ssrc = SSRC } = fields;
  const { sampleRate: _rate, channelCount: _count, ...numbers } = audioChannel(start, {
    channel: "data",
    kind: "messages",
    codec: "data",
    ssrc,
    ...CODECS.data,
    timestampBase: 2 ** 32 - 1000,
    rtx: { ssrc: 10 * ssrc + 1, payloadType: 113, nextSequence: 0 },
    ...fields,
  });
  return numbers;
}

/** A packet of a message. */
export interface DataPacket {
  readonly sequence: number;
  /** Since the beginning, in milliseconds: when the message was numbered. */
  readonly ticks: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** All bytes of a message with a value of about that size, as the host signs it. */
export function messageBytes(count: number, size = 100, ssrc = SSRC): Uint8Array {
  const text = "x".repeat(900);
  const values = {
    count,
    padding: Array.from({ length: Math.ceil(size / 900) }, () => text),
  };
  const message = serializeDataMessage({ head: { count, time: T0 + count, values, ssrc } });
  return signData(SIGNER, count, message);
}

/** The packets of one message, whose numbers follow each other. */
export function packetsOf(
  { count, size, at, sequence, ssrc }: {
    count: number;
    size?: number;
    at: number;
    sequence: number;
    ssrc?: number;
  },
): DataPacket[] {
  return packData(count, messageBytes(count, size, ssrc)).map((one, index) => ({
    ...one,
    sequence: sequence + index,
    ticks: at,
  }));
}

/** The stream and the playout of a listener of live data; the test is the host and the network. */
export class MessageScene {
  readonly junk = new Counters<JunkName>();
  readonly streams = new StreamSet();
  readonly playout = new Playout(this.streams, this.junk);
  readonly outputs: ListenerOutput[] = [];
  readonly roundTrip = new RoundTrip();
  readonly latency: SharedLatency;
  readonly requests: { readonly at: number; readonly sequences: readonly number[] }[] = [];
  now = T0;
  #retransmissions = 0;

  constructor(public info: ChannelInfo, latency: Latency = 200) {
    this.latency = new SharedLatency(latency);
    this.roundTrip.add(30);
    this.adopt([info]);
  }

  get #options() {
    return { latency: this.latency, roundTrip: this.roundTrip, verifier: () => VERIFIER };
  }

  adopt(channels: readonly ChannelInfo[], isNew = true): void {
    const accept = acceptInfo(0, { channels: [...channels], broadcastId: BROADCAST_ID });
    this.outputs.push(...this.playout.adopt(accept, isNew, this.#options, this.now));
  }

  begin(info: ChannelInfo): void {
    this.outputs.push(...this.playout.addChannel(info, this.#options, this.now));
    this.info = info;
  }

  get stream(): Stream {
    return this.streams.get(this.info.ssrc)!;
  }

  /** Lets time pass until then, since the beginning; the playout wakes at its deadlines. */
  runTo(after: number): void {
    const end = T0 + after;
    for (let turn = 0; this.streams.deadline <= end; turn++) {
      assert.ok(turn < 100_000, "the streams do not get past their deadline");
      this.now = Math.max(this.now, this.streams.deadline);
      this.#wake();
    }
    this.now = Math.max(this.now, end);
  }

  #wake(): void {
    this.outputs.push(...this.playout.play(this.now));
    for (const message of this.streams.nacks(9, (repair) => repair.poll(this.now), this.now)) {
      if (message.type !== "nack") continue;
      this.requests.push({ at: this.now - T0, sequences: message.sequences });
    }
    for (const ledger of this.streams.ledgers(this.now)) {
      assert.equal(brokenIdentity(ledger), undefined);
    }
  }

  give(
    { sequence, ticks, marker, payload }: DataPacket,
    way: "original" | "retransmission" = "original",
  ): void {
    const { payloadType, ssrc, timestampBase } = this.info;
    const media = {
      payloadType,
      sequenceNumber: toSequenceNumber(sequence),
      timestamp: toTimestamp(timestampBase + ticks),
      ssrc,
      marker,
      payload,
    };
    const number = way === "original" ? sequence : this.#retransmissions++;
    const taken = this.stream.take({ way, media, number }, this.now, () => false);
    if (!taken.ok) this.junk.add(taken.junk);
    for (const name of this.stream.messages!.takeJunk()) this.junk.add(name);
    if (this.stream.isDisplaced) this.streams.restart(this.stream);
  }

  /** Gives each packet at its message's time, and what a path of 10 ms takes. */
  giveAll(packets: readonly DataPacket[], isLost = (_index: number) => false): void {
    packets.forEach((packet, index) => {
      this.runTo(packet.ticks + DELAY);
      if (!isLost(index)) this.give(packet);
    });
  }

  /** What was given out: the count, and when, since the beginning. */
  get given(): [count: number, at: number][] {
    return this.outputs.flatMap((output) =>
      output.kind === "data" ? [[output.message.head.count, output.at - T0]] : []
    );
  }

  get counts(): number[] {
    return this.given.map(([count]) => count);
  }

  get ledger(): ChannelLedger {
    return this.streams.ledgers(this.now)[0]!;
  }

  get dropped(): number {
    return this.ledger.messagesDropped!;
  }
}

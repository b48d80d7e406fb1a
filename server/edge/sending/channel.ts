import type { Rng } from "../../../shared/core/rng.ts";
import { toBase64 } from "../../../shared/text/base64.ts";
import { type ClockRate, type Millis, millisToTicks } from "../../../shared/core/units.ts";
import { type ChannelName, type Codec, RTX_PAYLOAD_TYPES } from "../../../shared/media/channel.ts";
import { CHANNEL_KINDS, type ChannelKind } from "../../../shared/media/channel_kinds.ts";
import type { ChannelDescription } from "../../../shared/admission/channel_description.ts";
import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import { toNtp } from "../../../shared/rtcp/ntp.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import { PARITY_PAYLOAD_TYPE } from "../../../shared/rtp/fec.ts";
import type { ChannelTotals } from "../../interface/output.ts";
import type { ChannelSetup } from "../../link/down.ts";
import { FramePace } from "./crowd_pace.ts";
import { History } from "./history.ts";
import { KeyFrames } from "./key_frames.ts";
import type { EntryPoint } from "./entry_point.ts";
import { Packetizer, type StreamIdentity } from "./packetizer.ts";
import { RepairStream } from "./repair_stream.ts";
import { WholeMessages } from "./whole_messages.ts";

export interface RepairStreams {
  /** The stream of its retransmissions. */
  readonly rtx: RepairStream;
  /** The stream of its parity; absent where the kind has none. */
  readonly fec?: RepairStream;
}

/**
 * One channel as an edge sends it: the RTP stream that the origin numbers, the history of its packets, the
 * streams that repair it, and its sender reports.
 */
export class Channel {
  readonly packetizer: Packetizer;
  readonly history: History;
  /** Where a late joiner begins; absent where it gets no packets from before. */
  readonly entry: EntryPoint | undefined;
  /** The same where that is a key frame. */
  readonly keyFrames: KeyFrames | undefined;
  /** Absent where packets have no time of playout, and so no frames that follow each other. */
  readonly framePace: FramePace | undefined;
  readonly #setup: ChannelSetup;
  readonly #repair: RepairStreams;

  constructor(setup: ChannelSetup, repair: RepairStreams) {
    this.#setup = setup;
    this.#repair = repair;
    const { nextSequence, sequenceBase, octetCount } = setup;
    const packetCount = nextSequence - sequenceBase;
    this.packetizer = new Packetizer(identityOf(setup), { packetCount, octetCount });
    const { history, lateJoiner, release } = CHANNEL_KINDS[setup.kind];
    this.framePace = release === "playout" ? new FramePace(setup.clockRate) : undefined;
    this.history = new History(history);
    this.keyFrames = lateJoiner === "from-key-frame" ? new KeyFrames() : undefined;
    this.entry = lateJoiner === "last-message" ? new WholeMessages() : this.keyFrames;
  }

  /** As the origin calls it. */
  get id(): number {
    return this.#setup.id;
  }

  get name(): ChannelName {
    return this.#setup.name;
  }

  get kind(): ChannelKind {
    return this.#setup.kind;
  }

  get codec(): Codec {
    return this.#setup.codec;
  }

  get clockRate(): ClockRate {
    return this.#setup.clockRate;
  }

  /** The stream of its retransmissions. */
  get rtx(): RepairStream {
    return this.#repair.rtx;
  }

  /** The stream of its parity, if it has any. */
  get fec(): RepairStream | undefined {
    return this.#repair.fec;
  }

  get ssrc(): number {
    return this.#setup.ssrc;
  }

  /** Its numbers, for a listener that is admitted now. */
  get numbers(): ChannelNumbers {
    const { kind, ssrc, payloadType, clockRate, aheadMillis } = this.#setup;
    const { sequenceBase, timestampBase } = this.#setup;
    const { rtx, fec } = this.#repair;
    return {
      kind,
      ssrc,
      payloadType,
      clockRate,
      sequenceBase,
      nextSequence: this.packetizer.nextSequence,
      timestampBase,
      aheadMillis,
      rtx: { ...rtx.identity, nextSequence: rtx.nextSequence },
      ...(fec && { fec: { ...fec.identity, nextSequence: fec.nextSequence } }),
    };
  }

  /** What a listener must know to play or show it. */
  get description(): ChannelDescription {
    const { name: channel, codec, ssrc, audio } = this.#setup;
    const { sampleRate, channelCount, description } = audio ?? {};
    return {
      ssrc,
      channel,
      codec,
      ...(audio && { sampleRate, channelCount }),
      ...(description && { description: toBase64(description) }),
    };
  }

  /**
   * Sender reports (RFC 3550 section 6.4.1) of the stream, and of its repair streams once they have packets; see
   * {@linkcode report}.
   */
  reports(now: Millis, startedAt: Millis, unsent: number): SenderReport[] {
    const { rtx, fec } = this.#repair;
    const report = this.report(now, startedAt, unsent);
    const others = [rtx, fec].filter((stream) => stream !== undefined && stream.nextSequence > 0);
    return [report, ...others.map((stream) => stream!.report(report))];
  }

  /**
   * The sender report of the stream alone.
   *
   * @param now the origin's clock, which all edges report; so is `startedAt`.
   * @param unsent how many of its packets wait for the slot of the listeners that the report is for.
   */
  report(now: Millis, startedAt: Millis, unsent: number): SenderReport {
    const { ssrc, clockRate } = this.#setup;
    return {
      type: "senderReport",
      ssrc,
      ntpTime: toNtp(now),
      rtpTimestamp: this.packetizer.timestampAt(millisToTicks(now - startedAt, clockRate)),
      packetCount: this.packetizer.packetCount - unsent,
      octetCount: this.packetizer.octetCount,
    };
  }

  totals(): ChannelTotals {
    const { packetCount, octetCount } = this.packetizer;
    return { channel: this.name, ssrc: this.ssrc, packetCount, octetCount };
  }
}

/**
 * Gives each channel the SSRCs of its repair streams. Every edge chooses its own, since two edges must never
 * use the same numbers of a stream for different packets; none is an SSRC of a channel.
 */
export class ChannelOpener {
  readonly #rng: Rng;
  readonly #takenSsrcs = new Set<number>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  open(setup: ChannelSetup): Channel {
    this.#takenSsrcs.add(setup.ssrc);
    const rtxPayloadType = RTX_PAYLOAD_TYPES[setup.name];
    const rtx = new RepairStream({ ssrc: this.chooseSsrc(), payloadType: rtxPayloadType });
    if (!CHANNEL_KINDS[setup.kind].hasParity) return new Channel(setup, { rtx });
    const fec = new RepairStream({ ssrc: this.chooseSsrc(), payloadType: PARITY_PAYLOAD_TYPE });
    return new Channel(setup, { rtx, fec });
  }

  /** Whether a stream has or had this SSRC: with the same keys two streams must never share one. */
  isTaken(ssrc: number): boolean {
    return this.#takenSsrcs.has(ssrc);
  }

  /** A random SSRC that no stream has. */
  chooseSsrc(): number {
    let ssrc = this.#rng.uint32();
    while (this.#takenSsrcs.has(ssrc)) ssrc = this.#rng.uint32();
    this.#takenSsrcs.add(ssrc);
    return ssrc;
  }
}

function identityOf(setup: ChannelSetup): StreamIdentity {
  const { ssrc, payloadType, clockRate, sequenceBase, timestampBase } = setup;
  return { ssrc, payloadType, clockRate, sequenceBase, timestampBase };
}

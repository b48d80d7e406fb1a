import type { ExtendedSequence } from "../../shared/core/units.ts";
import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import type { KindRules } from "../../shared/media/channel_kinds.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";
import { FecDecoder } from "./repair/fec_decoder.ts";
import type { SequenceGate } from "./stats/sequence_gate.ts";
import { SideSequences } from "./stats/side_sequences.ts";

/**
 * How a stream's packets come: as originals, as retransmissions (RFC 4588), or as parity (RFC 8627). Each
 * way has an SSRC, sequence numbers and a payload type of its own.
 */
export type MediaWay = "original" | "retransmission" | "parity";

/** An authentic packet of a stream. */
export interface RoutedMedia {
  readonly way: MediaWay;
  /** In clear; of a retransmission, the original. */
  readonly media: RtpPacket;
  /** Its extended number; originals, retransmissions and parity are numbered separately. */
  readonly number: ExtendedSequence;
  /** Of a signed kind: the number in its stream that follows from the count inside the event. */
  readonly place?: ExtendedSequence;
  /** For an event of an encrypted broadcast: the host's signature of it. */
  readonly signature?: Uint8Array;
}

type Sides = Pick<ChannelNumbers, "rtx" | "fec">;

/** How packets of one stream come, and the numbers of each way. */
export class StreamWays {
  readonly #gate: SequenceGate;
  readonly #rules: KindRules;
  #info: ChannelNumbers;
  #fec: FecDecoder | undefined;
  #rtxSequences: SideSequences;
  #fecSequences: SideSequences;

  constructor(info: ChannelNumbers, gate: SequenceGate, rules: KindRules) {
    this.#info = info;
    this.#gate = gate;
    this.#rules = rules;
    this.#rtxSequences = new SideSequences(info.rtx?.nextSequence);
    this.#fecSequences = new SideSequences(info.fec?.nextSequence);
    this.#fec = this.#openFec();
  }

  /** Absent when the host has sent no parity for this stream. */
  get fec(): FecDecoder | undefined {
    return this.#fec;
  }

  /** The sequence numbers of retransmissions. */
  get rtxSequences(): SideSequences {
    return this.#rtxSequences;
  }

  /** The sequence numbers of parity. */
  get fecSequences(): SideSequences {
    return this.#fecSequences;
  }

  /** The streams of retransmissions and parity as an ACCEPT would give them now. */
  get sidesNow(): Sides {
    const { rtx, fec } = this.#info;
    return {
      ...(rtx && { rtx: { ...rtx, nextSequence: this.#rtxSequences.next } }),
      ...(fec && { fec: { ...fec, nextSequence: this.#fecSequences.next } }),
    };
  }

  /** The extended numbers that a packet of this way may have, the likeliest first. */
  candidatesOf(way: MediaWay, sequenceNumber: number): readonly ExtendedSequence[] {
    const numbers = {
      original: this.#gate,
      retransmission: this.#rtxSequences,
      parity: this.#fecSequences,
    }[way];
    return numbers.candidates(sequenceNumber);
  }

  payloadTypeOf(way: MediaWay): number | undefined {
    const { rtx, fec } = this.#info;
    return { original: this.#info, retransmission: rtx, parity: fec }[way]?.payloadType;
  }

  /**
   * Another edge sends this stream now: the same packets, but perhaps retransmissions and parity of its own.
   *
   * @returns the stream's numbers if so; undefined if the edge is the same.
   */
  moveTo({ rtx, fec }: Sides): Sides | undefined {
    const before = this.#info;
    if (rtx?.ssrc === before.rtx?.ssrc && fec?.ssrc === before.fec?.ssrc) return undefined;
    const { rtx: _rtx, fec: _fec, ...media } = before;
    const sides = { ...(rtx && { rtx }), ...(fec && { fec }) };
    this.#info = { ...media, ...sides };
    this.#rtxSequences = new SideSequences(rtx?.nextSequence);
    this.#fecSequences = new SideSequences(fec?.nextSequence);
    if (this.#fec) this.#fec.beginStream();
    else this.#fec = this.#openFec();
    return sides;
  }

  #openFec(): FecDecoder | undefined {
    const { hasParity, lateJoiner } = this.#rules;
    return hasParity && this.#info.fec
      ? new FecDecoder(this.#info, lateJoiner === "from-key-frame")
      : undefined;
  }
}

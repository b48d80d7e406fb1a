import type { Rng } from "../../shared/core/rng.ts";
import { toSequenceNumber } from "../../shared/core/seq.ts";
import type { ExtendedSequence, Millis, RtpTicks } from "../../shared/core/units.ts";
import {
  type AudioFormat,
  type ChannelName,
  type Codec,
  CODECS,
} from "../../shared/media/channel.ts";
import type { ChannelKind } from "../../shared/media/channel_kinds.ts";
import type { ChannelSetup, Item } from "../link/down.ts";

/** What a new stream is to carry. */
export interface StreamPlan {
  readonly name: ChannelName;
  readonly kind: ChannelKind;
  readonly codec: Codec;
  readonly aheadMillis: Millis;
  /** Sound only. */
  readonly audio?: AudioFormat;
  /** How many items it has without sending them, since they are sent in blocks. */
  readonly itemsBefore?: number;
}

export interface ItemOptions {
  readonly marker?: boolean;
  readonly isKey?: boolean;
  readonly isPast?: boolean;
  /** Of the kind `frames`: see {@linkcode Item}. */
  readonly frameNumber?: number;
}

/** Numbers the payloads of one channel. An edge makes an RTP packet of each and sends it. */
export class NumberedStream {
  readonly #setup: ChannelSetup;
  #next: ExtendedSequence;
  #octetCount = 0;

  constructor(setup: ChannelSetup) {
    this.#setup = setup;
    this.#next = setup.nextSequence;
  }

  get id(): number {
    return this.#setup.id;
  }

  /** The channel as an edge must know it to send the next item. */
  get setup(): ChannelSetup {
    return { ...this.#setup, nextSequence: this.#next, octetCount: this.#octetCount };
  }

  /** How many items it has numbered. */
  get packetCount(): number {
    return this.#next - this.#setup.sequenceBase;
  }

  /** @param ticks media time since the start of the broadcast. */
  number(payload: Uint8Array, ticks: RtpTicks, options: ItemOptions = {}): Item {
    const { marker = false, isKey = true, isPast = false, frameNumber } = options;
    const sequence = this.#next;
    this.#next = sequence + 1;
    this.#octetCount += payload.length;
    return {
      type: "item",
      channel: this.id,
      sequence,
      ticks,
      marker,
      isKey,
      isPast,
      ...(frameNumber !== undefined && { frameNumber }),
      payload,
    };
  }
}

/** Opens the streams of a broadcast: chooses numbers at random (RFC 3550 sections 5.1 and 8.1). */
export class StreamOpener {
  readonly #rng: Rng;
  readonly #sequenceStart: ExtendedSequence | undefined;
  readonly #takenSsrcs = new Set<number>();
  #opened = 0;

  /** @param sequenceStart the first sequence number of every stream, for tests; random otherwise. */
  constructor(rng: Rng, sequenceStart?: ExtendedSequence) {
    this.#rng = rng;
    this.#sequenceStart = sequenceStart;
  }

  open({ name, kind, codec, aheadMillis, audio, itemsBefore = 0 }: StreamPlan): NumberedStream {
    const { payloadType, clockRate } = CODECS[codec];
    const sequenceBase = this.#sequenceStart ?? toSequenceNumber(this.#rng.uint32());
    return new NumberedStream({
      type: "channel",
      id: this.#opened++,
      name,
      kind,
      codec,
      ssrc: this.#chooseSsrc(),
      payloadType,
      clockRate: clockRate as number,
      sequenceBase: sequenceBase as number,
      nextSequence: sequenceBase + itemsBefore,
      timestampBase: this.#rng.uint32(),
      octetCount: 0,
      aheadMillis: Math.ceil(aheadMillis),
      ...(audio && { audio }),
    });
  }

  #chooseSsrc(): number {
    let ssrc = this.#rng.uint32();
    while (this.#takenSsrcs.has(ssrc)) ssrc = this.#rng.uint32();
    this.#takenSsrcs.add(ssrc);
    return ssrc;
  }
}

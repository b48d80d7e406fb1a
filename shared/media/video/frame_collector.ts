import { MAX_DATAGRAM_BYTES, type RtpTicks } from "../../core/units.ts";
import { type FramePacket, MAX_FRAME_PACKETS, type Unpacked } from "./video_payload.ts";

/** All payloads of one frame, in their order; they are copies. */
export interface CollectedFrame {
  readonly frameNumber: number;
  readonly ticks: RtpTicks;
  readonly payloads: readonly Uint8Array[];
}

interface OpenFrame extends CollectedFrame {
  readonly payloads: Uint8Array[];
}

/** Where a packet is in its frame; a packet after a gap, or the first of all, may not be its frame's first. */
type Place = "continues" | "begins" | "unknown";

/**
 * Collects the packets of one stream, given in order, into frames. A frame is given out only when all its
 * packets are there: from one that certainly begins it, without a gap, to the marker.
 */
export class FrameCollector {
  readonly #beginsFrame: (payload: Uint8Array) => boolean;
  #previous: FramePacket | undefined;
  #open: OpenFrame | undefined;
  /** All frames up to this one were given out or told to be lost. */
  #settled: number | undefined;

  /** @param beginsFrame whether a payload can only be the first of its frame. */
  constructor(beginsFrame: (payload: Uint8Array) => boolean) {
    this.#beginsFrame = beginsFrame;
  }

  /** A packet that is late, or belongs to a frame that is over, is junk and changes nothing. */
  push(packet: FramePacket): Unpacked<CollectedFrame> {
    const previous = this.#previous;
    if (previous !== undefined && isMisplaced(packet, previous)) {
      return { lost: 0, junk: "malformedPayload" };
    }
    const place = this.#placeOf(packet, previous);
    this.#previous = { ...packet, payload: NO_BYTES };
    this.#settled ??= packet.frameNumber - 1;
    if (place !== "continues") this.#open = place === "begins" ? openFrame(packet) : undefined;
    if (this.#open === undefined) return { lost: this.#settle(packet.frameNumber) };
    return this.#append(this.#open, packet);
  }

  #placeOf(packet: FramePacket, previous: FramePacket | undefined): Place {
    if (previous === undefined) return this.#beginsFrame(packet.payload) ? "begins" : "unknown";
    const missing = packet.sequence - previous.sequence - 1;
    const isSameFrame = packet.frameNumber === previous.frameNumber;
    if (missing === 0) return isSameFrame ? "continues" : "begins";
    if (isSameFrame) return "unknown";
    // Each frame between the two, and the rest of the previous one, had at least one packet.
    const framesBetween = packet.frameNumber - previous.frameNumber - 1;
    const missingAtLeast = framesBetween + (previous.marker ? 0 : 1);
    if (missing === missingAtLeast) return "begins";
    // Without a frame between them and none open, all that is missing belongs to this frame.
    return missingAtLeast > 0 && this.#beginsFrame(packet.payload) ? "begins" : "unknown";
  }

  #append(open: OpenFrame, packet: FramePacket): Unpacked<CollectedFrame> {
    const { frameNumber, payload, marker } = packet;
    const isTooLarge = open.payloads.length === MAX_FRAME_PACKETS;
    if (isTooLarge || !isPayload(payload) || packet.ticks !== open.ticks) {
      this.#open = undefined;
      const junk = isTooLarge ? "overflow" : "malformedPayload";
      return { lost: this.#settle(frameNumber), junk };
    }
    open.payloads.push(payload.slice());
    const lost = this.#settle(frameNumber - 1);
    if (!marker) return { lost };
    this.#open = undefined;
    this.#settled = frameNumber;
    return { frame: open, lost };
  }

  /** @returns how many frames up to this one were not settled yet. */
  #settle(frameNumber: number): number {
    const lost = Math.max(0, frameNumber - this.#settled!);
    this.#settled = this.#settled! + lost;
    return lost;
  }
}

const NO_BYTES = new Uint8Array(0);

function isMisplaced(packet: FramePacket, previous: FramePacket): boolean {
  if (packet.sequence <= previous.sequence) return true;
  return packet.frameNumber < previous.frameNumber ||
    (packet.frameNumber === previous.frameNumber && previous.marker);
}

function isPayload({ length }: Uint8Array): boolean {
  return length > 0 && length <= MAX_DATAGRAM_BYTES;
}

function openFrame({ frameNumber, ticks }: FramePacket): OpenFrame {
  return { frameNumber, ticks, payloads: [] };
}

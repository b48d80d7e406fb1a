import type { ScreenCodec } from "../../../shared/media/channel.ts";
import { marksOf } from "../../../shared/media/video/payload_marks.ts";
import type { FramePacket } from "../../../shared/media/video/video_payload.ts";

/** The packets of one frame that have come. */
export class PendingFrame {
  /** At least one, ascending. */
  readonly packets: FramePacket[] = [];
  #bytes = 0;
  #isKey = false;
  #isUnreferenced = false;
  /** Whether the first packet that came can only be the frame's first. */
  #hasBegin = false;

  constructor(readonly number: number) {}

  /** @returns false for a copy. */
  add(packet: FramePacket, codec: ScreenCodec): boolean {
    const { packets } = this;
    // Nearly always the end.
    let index = packets.length;
    while (index > 0 && packets[index - 1]!.sequence > packet.sequence) index--;
    if (packets[index - 1]?.sequence === packet.sequence) return false;
    packets.splice(index, 0, packet);
    this.#bytes += packet.payload.length;
    const marks = marksOf(codec, packet.payload);
    if (index === 0) this.#hasBegin = marks.beginsFrame;
    this.#isKey ||= marks.isOfKeyFrame;
    this.#isUnreferenced ||= marks.isOfUnreferenced;
    return true;
  }

  get first(): FramePacket {
    return this.packets[0]!;
  }

  get last(): FramePacket {
    return this.packets.at(-1)!;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether no packet is missing between the first that came and the marker. */
  get isContiguous(): boolean {
    const { first, last, packets } = this;
    return last.marker && last.sequence - first.sequence + 1 === packets.length;
  }

  /** Whether it is a key frame of which the first packet came. */
  get beginsKeyFrame(): boolean {
    return this.#isKey && this.#hasBegin;
  }

  get isWholeKeyFrame(): boolean {
    return this.beginsKeyFrame && this.isContiguous;
  }

  /** Whether no other frame refers to it. */
  get isUnreferenced(): boolean {
    return this.#isUnreferenced && !this.#isKey;
  }
}

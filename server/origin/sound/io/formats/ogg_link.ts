import type { OggPage } from "../../../../../shared/media/ogg.ts";
import { parseOpusHead } from "../../../../../shared/media/opus_packet.ts";

/** Real files have far fewer streams in a link; further streams are ignored. */
const MAX_STREAMS = 64;

/** The first packet of Ogg Skeleton, which describes the other streams and holds no sound. */
const SKELETON = "fishead\0";

/** Codecs used in Ogg, by the beginning of their first packet. */
const CODECS: readonly (readonly [string, string])[] = [
  ["\x01vorbis", "Vorbis"],
  ["\x7fFLAC", "FLAC"],
  ["fLaC", "FLAC"],
  ["Speex   ", "Speex"],
  ["CELT    ", "CELT"],
  ["PCM     ", "PCM"],
  ["\x80theora", "Theora video"],
  ["BBCD\0", "Dirac video"],
  ["OVP80\x01", "VP8 video"],
  ["\x80kate", "Kate subtitles"],
  ["CMML\0", "CMML subtitles"],
];

/** A stream of Opus that can be sent. */
interface OpusTrack {
  readonly serialNumber: number;
  /** The OpusHead packet. */
  readonly head: Uint8Array;
}

/**
 * The streams of one link of a chain. The first pages of all its streams come before any other page
 * of them (RFC 3533 section 4).
 */
export class OggLink {
  readonly #serialNumbers = new Set<number>();
  readonly #others = new Set<string>();
  #opus: OpusTrack | undefined;
  #opusTrackCount = 0;
  /** Whether all streams are known; set at the first page that begins no stream. */
  isComplete = false;

  /** The first track of mono or stereo Opus. */
  get opus(): OpusTrack | undefined {
    return this.#opus;
  }

  get opusTrackCount(): number {
    return this.#opusTrackCount;
  }

  /** The codecs of the streams that can't be sent, such as `Theora video and Vorbis`. */
  get otherCodecs(): string {
    return [...this.#others].join(" and ") || "an unknown codec";
  }

  has(serialNumber: number): boolean {
    return this.#serialNumbers.has(serialNumber);
  }

  /** @param page the first page of a stream. */
  add({ serialNumber, body }: OggPage): void {
    if (this.#serialNumbers.size >= MAX_STREAMS) return;
    this.#serialNumbers.add(serialNumber);
    const head = parseOpusHead(body);
    if (head?.streamCount === 1) {
      this.#opusTrackCount++;
      this.#opus ??= { serialNumber, head: body.slice() };
    } else if (head !== undefined) {
      this.#others.add(`Opus of ${head.channelCount} channels in ${head.streamCount} streams`);
    } else if (!startsWith(body, SKELETON)) {
      const name = CODECS.find(([magic]) => startsWith(body, magic))?.[1];
      this.#others.add(name ?? "an unknown codec");
    }
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return String.fromCharCode(...bytes.subarray(0, text.length)) === text;
}

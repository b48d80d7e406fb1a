import type { Micros, Millis } from "../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusPacket,
  serializeOpusHead,
  writeOpusPacket,
} from "../../shared/media/opus_packet.ts";
import type { SoundFormat } from "../../shared/studio/capture_messages.ts";
import type { StudioMedia } from "../../shared/studio/studio_media.ts";
import { BeginPace } from "./begin_pace.ts";
import type { CaptureOutput, MediumOutput } from "./capture_output.ts";
import { SoundLine } from "./sound_line.ts";

/** Samples that encoders of browsers put before the sound, at 48 kHz (libopus: 6.5 ms). */
const PRE_SKIP = 312;
/** We ask for 20 ms; a browser that makes 60 ms of it is still good to hear. */
const MOST_SAMPLES = 2880;

/** The sound of the page, from Opus packets in messages to a line of packets without holes. */
export class BrowserSound {
  readonly #line = new SoundLine();
  readonly #pace = new BeginPace();
  /** What the page says to send; undefined until it has. */
  #format: SoundFormat | undefined;
  /** Of the channel, which outlasts the page; undefined when there is none. */
  #openChannelCount: number | undefined;
  #lastAt: Micros = -Infinity;

  setFormat(format: SoundFormat): MediumOutput[] {
    if (format.codec !== "opus") {
      this.#format = undefined;
      return [{ kind: "odd", oddity: "unknownCodec", detail: format.codec }];
    }
    const isOther = (this.#openChannelCount ?? format.channelCount) !== format.channelCount;
    this.#begin(format);
    return isOther ? this.#close() : [];
  }

  /** The page was replaced: a next one says what it sends. The channel stays. */
  forgetFormat(): void {
    this.#begin(undefined);
  }

  stop(): CaptureOutput[] {
    this.forgetFormat();
    return this.#close();
  }

  /** @param at when it was captured, by the host's clock. */
  take(media: StudioMedia, at: Millis, now: Millis): MediumOutput[] {
    if (!this.#format) return [{ kind: "odd", oddity: "noFormat" }];
    const info = parseOpusPacket(media.bytes);
    const isGood = info && info.sampleCount > 0 && info.sampleCount <= MOST_SAMPLES;
    if (!isGood) return [{ kind: "odd", oddity: "malformedSound" }];
    if (media.at < this.#lastAt) return [{ kind: "odd", oddity: "timeBackwards" }];
    this.#lastAt = media.at;
    const isBeginning = this.#openChannelCount === undefined;
    if (isBeginning && this.#pace.isTooSoon(now)) return [{ kind: "odd", oddity: "beganTooSoon" }];
    return this.#place(frameOf(media.bytes.slice(), info.sampleCount), at, now);
  }

  #begin(format: SoundFormat | undefined): void {
    this.#format = format;
    this.#lastAt = -Infinity;
    this.#line.restart();
  }

  #place(frame: EncodedFrame, captured: Millis, now: Millis): MediumOutput[] {
    const length = frame.sampleCount / OPUS_SAMPLE_RATE * 1000;
    const { at, inserted, isLate } = this.#line.place(captured, length, now);
    if (isLate) return [{ kind: "odd", oddity: "lateSound" }];
    if (at === undefined) {
      return [{ kind: "odd", oddity: "soundLeftOut", detail: String(length) }];
    }
    const silence = Array.from({ length: inserted }, (_, index) => {
      const before = (inserted - index) * length;
      return { kind: "sound" as const, frame: silenceLike(frame), at: at - before };
    });
    const detail = String(inserted * length);
    return [
      ...this.#open(now),
      ...(inserted > 0 ? [{ kind: "odd" as const, oddity: "soundInserted" as const, detail }] : []),
      ...silence,
      { kind: "sound", frame, at },
    ];
  }

  #open(now: Millis): CaptureOutput[] {
    if (this.#openChannelCount !== undefined) return [];
    this.#pace.note(now);
    const { channelCount } = this.#format!;
    this.#openChannelCount = channelCount;
    return [{ kind: "sound-started", format: opusFormat(channelCount) }];
  }

  #close(): CaptureOutput[] {
    const wasOpen = this.#openChannelCount !== undefined;
    this.#openChannelCount = undefined;
    return wasOpen ? [{ kind: "sound-stopped" }] : [];
  }
}

function opusFormat(channelCount: number): AudioFormat {
  const description = serializeOpusHead(channelCount, PRE_SKIP);
  return { codec: "opus", sampleRate: OPUS_SAMPLE_RATE, channelCount, description };
}

function frameOf(bytes: Uint8Array, sampleCount: number): EncodedFrame {
  return { bytes, sampleCount, sampleRate: OPUS_SAMPLE_RATE };
}

/**
 * A packet of the same mode and duration whose frames are empty (RFC 6716 section 3.2.1). Decoders play
 * silence for it, or fade what they played last into silence: a silent packet of another mode would click.
 */
function silenceLike({ bytes, sampleCount }: EncodedFrame): EncodedFrame {
  const empty = new Uint8Array();
  const single = parseOpusPacket(writeOpusPacket(bytes[0]!, [empty]))!;
  const count = sampleCount / single.sampleCount;
  return frameOf(
    writeOpusPacket(bytes[0]!, Array.from({ length: count }, () => empty)),
    sampleCount,
  );
}

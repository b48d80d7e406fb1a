/**
 * server/origin/screen/mpeg_ts: cuts MPEG-TS (ISO 13818-1) into the pictures of its first program.
 *
 * In: chunks of bytes of any size, which may begin anywhere and have garbage and gaps in them. Out: H.264
 * pictures in decoding order, and the sound beside them (MPEG audio or Opus), with times of one clock.
 * transport_packets.ts finds the packets of 188 bytes, program_tables.ts reads which stream is in which of
 * them, pes_reader.ts takes a stream's bytes and times out of them, opus_units.ts has the Opus packets. Not
 * mediabunny 1.61: its reader keeps half of all it has read. The next file to read is transport_packets.ts.
 */
import { concat } from "../../../../shared/core/bytes.ts";
import { TransportTimeUnwrapper } from "../../../../shared/core/seq.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import { isKeyAccessUnit } from "../../../../shared/media/video/h264.ts";
import { type AccessUnit, AccessUnits } from "../access_units.ts";
import { NalScanner } from "../nal_scanner.ts";
import type { H264Picture } from "../picture.ts";
import { Continuity } from "./continuity.ts";
import { readOpusUnits } from "./opus_units.ts";
import { PesReader, type PesTimes } from "./pes_reader.ts";
import { type ProgramStreams, ProgramTables } from "./program_tables.ts";
import { type TransportPacket, TransportPackets } from "./transport_packets.ts";

/** Sound that begins at a time: whole Opus packets, or bytes of MPEG audio of any layer. */
export interface TransportSound {
  readonly codec: "mpeg-audio" | "opus";
  readonly ticks: RtpTicks;
  /** Copies. MPEG audio is one part, which need not begin or end with a frame. */
  readonly parts: readonly Uint8Array[];
}

export interface TransportOutput {
  readonly pictures: readonly H264Picture[];
  readonly sounds: readonly TransportSound[];
}

interface Output {
  readonly pictures: H264Picture[];
  readonly sounds: TransportSound[];
}

/** Where in the H.264 stream a PES packet began: its times are those of the next picture from there on. */
interface Mark extends PesTimes {
  readonly position: number;
}

/** More PES packets than this without a picture in them are damage. */
const MAX_MARKS = 64;
/** A PES packet of sound has a length of 16 bits. */
const MAX_SOUND_BYTES = 0x1_0000;
/** Used until two pictures tell: 25 in a second. */
const USUAL_DURATION: RtpTicks = 3600;
const MAX_DURATION: RtpTicks = 90_000;

export class MpegTsSplitter {
  readonly #packets = new TransportPackets();
  readonly #tables = new ProgramTables();
  readonly #unwrapper = new TransportTimeUnwrapper();
  #streams: ProgramStreams = {};
  #picture = new PictureStream(this.#unwrapper);
  #sound = new SoundStream(this.#unwrapper);

  /** Bytes outside packets. */
  get junkBytes(): number {
    return this.#packets.junkBytes;
  }

  /** What was dropped of the pictures, by reason. */
  get faults() {
    return this.#picture.faults;
  }

  /** The streams of the program; empty before its tables came. */
  get streams(): ProgramStreams {
    return this.#streams;
  }

  push(chunk: Uint8Array): TransportOutput {
    const output: Output = { pictures: [], sounds: [] };
    for (const packet of this.#packets.push(chunk)) this.#take(packet, output);
    return output;
  }

  /** The stream has ended. @returns what was waiting for its end. */
  end(): TransportOutput {
    const output: Output = { pictures: [], sounds: [] };
    this.#picture.end(output);
    this.#sound.end(output);
    return output;
  }

  #take(packet: TransportPacket, output: Output): void {
    const streams = this.#tables.push(packet);
    if (streams !== undefined) this.#change(streams, output);
    if (packet.pid === this.#streams.video) this.#picture.push(packet, output);
    if (packet.pid === this.#streams.sound?.pid) this.#sound.push(packet, output, this.#streams);
  }

  /** Tables are repeated all the time; only a stream that is elsewhere now begins anew. */
  #change(streams: ProgramStreams, output: Output): void {
    if (streams.video !== this.#streams.video) this.#picture.end(output);
    if (streams.sound?.pid !== this.#streams.sound?.pid) this.#sound.end(output);
    this.#streams = streams;
  }
}

/** The H.264 stream of the program. */
class PictureStream {
  readonly #unwrapper: TransportTimeUnwrapper;
  readonly #continuity = new Continuity();
  readonly #pes = new PesReader();
  readonly #scanner = new NalScanner();
  readonly #accessUnits = new AccessUnits();
  #marks: Mark[] = [];
  /** Decoding time of the last picture, and how long it lasted. */
  #last: { readonly ticks: RtpTicks; readonly decodeTicks: RtpTicks } | undefined;
  #duration = USUAL_DURATION;

  constructor(unwrapper: TransportTimeUnwrapper) {
    this.#unwrapper = unwrapper;
  }

  get faults() {
    return this.#accessUnits.faults;
  }

  push(packet: TransportPacket, output: Output): void {
    const verdict = this.#continuity.check(packet);
    if (verdict === "duplicate") return;
    if (verdict === "gap") {
      this.#pes.reset();
      this.#scanner.reset();
    }
    const part = this.#pes.push(packet);
    if (part === undefined) return;
    if (part.times !== undefined) this.#mark(part.times);
    for (const unit of this.#scanner.push(part.bytes)) {
      this.#give(this.#accessUnits.push(unit), output);
    }
  }

  end(output: Output): void {
    for (const unit of this.#scanner.end()) this.#give(this.#accessUnits.push(unit), output);
    this.#give(this.#accessUnits.end(), output);
    this.#pes.reset();
    this.#continuity.reset();
  }

  #mark(times: PesTimes): void {
    this.#marks.push({ ...times, position: this.#scanner.position });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  #give(accessUnit: AccessUnit | undefined, output: Output): void {
    if (accessUnit === undefined) return;
    const { nalUnits, gapBefore, position } = accessUnit;
    const isKey = isKeyAccessUnit(nalUnits);
    output.pictures.push({ nalUnits, gapBefore, isKey, ticks: this.#timeAt(position) });
  }

  /** A PES packet's times are those of the first picture that begins in it (ISO 13818-1 section 2.4.3.7). */
  #timeAt(position: number): RtpTicks {
    let mark: Mark | undefined;
    while (this.#marks.length > 0 && this.#marks[0]!.position <= position) {
      mark = this.#marks.shift();
    }
    const last = this.#last;
    if (mark?.pts === undefined) return this.#timeAfter(last);
    const decodeTicks = this.#unwrapper.unwrap(mark.dts ?? mark.pts);
    const ticks = this.#unwrapper.unwrap(mark.pts);
    const duration = last === undefined ? 0 : decodeTicks - last.decodeTicks;
    if (duration > 0 && duration <= MAX_DURATION) this.#duration = duration;
    this.#last = { ticks, decodeTicks };
    return ticks;
  }

  /** A second picture in a PES packet follows the first. */
  #timeAfter(last = { ticks: 0, decodeTicks: 0 }): RtpTicks {
    const next = {
      ticks: last.ticks + this.#duration,
      decodeTicks: last.decodeTicks + this.#duration,
    };
    this.#last = next;
    return next.ticks;
  }
}

/** The sound of the program, one PES packet at a time. */
class SoundStream {
  readonly #unwrapper: TransportTimeUnwrapper;
  readonly #continuity = new Continuity();
  readonly #pes = new PesReader();
  #bytes: Uint8Array[] = [];
  #length = 0;
  #ticks: RtpTicks | undefined;
  #codec: TransportSound["codec"] = "mpeg-audio";

  constructor(unwrapper: TransportTimeUnwrapper) {
    this.#unwrapper = unwrapper;
  }

  push(packet: TransportPacket, output: Output, { sound }: ProgramStreams): void {
    const verdict = this.#continuity.check(packet);
    if (verdict === "duplicate") return;
    if (verdict === "gap") this.#drop();
    const part = this.#pes.push(packet);
    if (part === undefined) return;
    if (part.times !== undefined) {
      this.#finish(output);
      this.#codec = sound?.codec ?? "mpeg-audio";
      if (part.times.pts !== undefined) this.#ticks = this.#unwrapper.unwrap(part.times.pts);
    }
    this.#append(part.bytes);
    if (part.isLast) this.#finish(output);
  }

  end(output: Output): void {
    this.#finish(output);
    this.#drop();
    this.#continuity.reset();
  }

  #append(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > MAX_SOUND_BYTES) this.#drop();
    else this.#bytes.push(bytes.slice());
  }

  /** Sound without a time can't be placed. */
  #finish(output: Output): void {
    const [ticks, parts] = [this.#ticks, this.#bytes];
    const whole = concat(...parts);
    this.#clear();
    if (ticks === undefined || whole.length === 0) return;
    const codec = this.#codec;
    const content = codec === "opus" ? readOpusUnits(whole) : [whole];
    if (content.length > 0) output.sounds.push({ codec, ticks, parts: content });
  }

  #drop(): void {
    this.#pes.reset();
    this.#clear();
  }

  #clear(): void {
    this.#bytes = [];
    this.#length = 0;
    this.#ticks = undefined;
  }
}

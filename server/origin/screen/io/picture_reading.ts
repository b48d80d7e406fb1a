import type { RtpTicks } from "../../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import {
  isKeyAccessUnit,
  NAL_TYPES,
  nalTypeOf,
  splitAnnexB,
  splitLengthPrefixed,
} from "../../../../shared/media/video/h264.ts";
import { ParameterSets } from "../../../../shared/media/video/h264_parameter_sets.ts";
import { parseSequenceParameters } from "../../../../shared/media/video/h264_sps.ts";
import { parseVp8Header } from "../../../../shared/media/video/vp8.ts";
import { describeLocation, SCREEN_USE } from "../../io/bytes/location.ts";
import {
  type EncodedPicture,
  MAX_NAL_UNITS,
  MAX_PICTURE_BYTES,
  type PictureFault,
  type ScreenFormat,
} from "../picture.ts";

/** Reads more pictures; undefined at the end. */
type Read = () => Promise<EncodedPicture[] | undefined>;

const FAULTS: Readonly<Record<PictureFault, string>> = {
  oversizedPicture: `has a picture of more than ${MAX_PICTURE_BYTES >> 20} MiB`,
  malformedPicture: "has a picture that can't be read",
  damagedPicture: "has a damaged picture",
};

/** A live source that has given so many pictures and no key frame may never give one. */
const MANY_PICTURES = 300;

/** What reading pictures has in common for all kinds of files: it begins at a key frame, and tells what it drops. */
export class PictureReading {
  readonly #location: string;
  readonly #onNotice: (text: string) => void;
  readonly #onNoKey: ((text: string) => void) | undefined;
  readonly #said = new Set<PictureFault>();
  /** Read and not yet given out; the first is a key frame. */
  #found: EncodedPicture[] = [];
  #firstTicks: RtpTicks = 0;
  #gapBefore = false;

  /** @param onNoKey called once with what to do when a source, not a file, gives many pictures and no key frame. */
  constructor(
    location: string,
    onNotice: (text: string) => void,
    onNoKey?: (text: string) => void,
  ) {
    this.#location = location;
    this.#onNotice = onNotice;
    this.#onNoKey = onNoKey;
  }

  get firstTicks(): RtpTicks {
    return this.#firstTicks;
  }

  /** Reads up to the first key frame. @returns false when there is none. */
  async findKey(read: Read): Promise<boolean> {
    let count = 0;
    for (let pictures = await read(); pictures; pictures = await read()) {
      const key = pictures.findIndex(({ isKey }) => isKey);
      if (key < 0) {
        if (count < MANY_PICTURES && count + pictures.length >= MANY_PICTURES) this.#tellNoKey();
        count += pictures.length;
        continue;
      }
      this.#found = pictures.slice(key);
      this.#firstTicks = this.#found[0]!.ticks;
      return true;
    }
    return false;
  }

  async *all(read: Read): AsyncGenerator<EncodedPicture> {
    yield* this.#found.splice(0);
    for (let pictures = await read(); pictures; pictures = await read()) yield* pictures;
  }

  /** By the first key frame, and the parameter sets that the file has outside its pictures. */
  format(codec: ScreenCodec, outside: readonly Uint8Array[] = []): ScreenFormat {
    const [first] = this.#found;
    if (first === undefined) return { codec };
    if (!("nalUnits" in first)) {
      const { width, height } = parseVp8Header(first.bytes) ?? {};
      return { codec, ...(width && height && { width, height }) };
    }
    const sets = new ParameterSets();
    sets.note(outside);
    sets.note(first.nalUnits);
    const parameterSets = sets.all;
    const sps = parameterSets.find((unit) => nalTypeOf(unit) === NAL_TYPES.sequenceParameters);
    const { width, height } = (sps && parseSequenceParameters(sps)) ?? {};
    return {
      codec,
      ...(parameterSets.length > 0 && { parameterSets }),
      ...(width && height && { width, height }),
    };
  }

  /** The picture in the bytes of a container's packet; none when it can't be sent, which is told. */
  toPictures(
    data: Uint8Array,
    { codec, ticks, lengthBytes }: {
      readonly codec: ScreenCodec;
      readonly ticks: RtpTicks;
      /** Of H.264: the size of each length; undefined for a byte stream. */
      readonly lengthBytes?: 1 | 2 | 4;
    },
  ): EncodedPicture[] {
    if (data.length > MAX_PICTURE_BYTES) return this.#drop("oversizedPicture");
    const content = codec === "vp8" ? vp8Content(data) : h264Content(data, lengthBytes);
    if (content === undefined) return this.#drop("malformedPicture");
    const gapBefore = this.#gapBefore;
    this.#gapBefore = false;
    return [{ ...content, ticks, gapBefore }];
  }

  /** Tells a fault once. */
  tell(fault: PictureFault): void {
    if (this.#said.has(fault)) return;
    this.#said.add(fault);
    const name = describeLocation(this.#location);
    this.#onNotice(`${name} ${FAULTS[fault]}: it is left out, and the next key frame goes on`);
  }

  #tellNoKey(): void {
    this.#onNoKey?.(
      `${SCREEN_USE.flag} ${
        describeLocation(this.#location)
      } has given ${MANY_PICTURES} pictures and ` +
        "no key frame (IDR), and nothing can be shown before one: encode with one every 2 s " +
        "(ffmpeg: -force_key_frames 'expr:gte(t,n_forced*2)')",
    );
  }

  #drop(fault: PictureFault): [] {
    this.#gapBefore = true;
    this.tell(fault);
    return [];
  }
}

function vp8Content(bytes: Uint8Array): { bytes: Uint8Array; isKey: boolean } | undefined {
  const header = parseVp8Header(bytes);
  return header && { bytes, isKey: header.isKey };
}

function h264Content(
  bytes: Uint8Array,
  lengthBytes: 1 | 2 | 4 | undefined,
): { nalUnits: readonly Uint8Array[]; isKey: boolean } | undefined {
  const parsed = lengthBytes === undefined ? undefined : splitLengthPrefixed(bytes, lengthBytes);
  if (parsed && !parsed.ok) return undefined;
  const nalUnits = parsed?.value ?? splitAnnexB(bytes);
  if (nalUnits.length === 0 || nalUnits.length > MAX_NAL_UNITS) return undefined;
  return { nalUnits, isKey: isKeyAccessUnit(nalUnits) };
}

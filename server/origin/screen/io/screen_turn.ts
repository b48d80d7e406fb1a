import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import { isNamedPipe } from "../../../../shared/system/named_pipe.ts";
import { type ByteSourceContext, isAddress, isStandardInput } from "../../io/bytes/location.ts";
import { openBytes } from "../../io/bytes/open_bytes.ts";
import type { EncodedPicture, ScreenFormat } from "../picture.ts";
import { openContainer } from "./container_turn.ts";
import { kindError } from "./screen_advice.ts";
import { openSplit } from "./splitter_turn.ts";
import { StartedBytes } from "./started_bytes.ts";

/** A frame of sound, and when it is heard by the clock of the pictures beside it. */
export interface TimedFrame {
  readonly frame: EncodedFrame;
  readonly ticks: RtpTicks;
}

export interface TurnSound {
  readonly format: AudioFormat;
  /** To be called once. */
  frames(): AsyncGenerator<TimedFrame>;
}

/** A location opened once, from its beginning to its end. */
export interface ScreenTurn {
  readonly format: ScreenFormat;
  readonly isLive: boolean;
  /** When the first picture is shown, by the source's clock. */
  readonly firstTicks: RtpTicks;
  /** From the first key frame on, in decoding order, by the source's clock. To be called once. */
  pictures(): AsyncGenerator<EncodedPicture>;
  readonly sound?: TurnSound;
  /** What follows when the bytes began anew within this turn, as after a lost connection; else undefined. */
  next(): Promise<ScreenTurn | undefined>;
  close(): Promise<void>;
}

export interface TurnContext extends ByteSourceContext {
  /** Pictures in a second where the source has no times. */
  readonly rate: number;
  /** Whether the sound of the source is wanted. */
  readonly wantsSound: boolean;
  /** Told once that the source has no times. */
  readonly onNoTimes: () => void;
}

/** @throws CommandError when the location can't be opened or has no pictures that can be sent. */
export async function openTurn(location: string, context: TurnContext): Promise<ScreenTurn> {
  const bytes = new StartedBytes(await openBytes(location, context));
  try {
    return await readTurn(location, bytes, context);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function readTurn(
  location: string,
  bytes: StartedBytes,
  context: TurnContext,
): Promise<ScreenTurn> {
  const kind = await bytes.recognize();
  const next = async () => {
    if (!bytes.beginAnew()) return undefined;
    return await readTurn(location, bytes, context);
  };
  if (kind === "other") throw kindError(location, bytes.start, bytes.contentType);
  if (kind === "mp4" || kind === "matroska") {
    const isFile = !isAddress(location) && !isStandardInput(location) && !isNamedPipe(location);
    return await openContainer({ location, kind, bytes, isFile, next }, context);
  }
  return await openSplit({ location, kind, bytes, next }, context);
}

import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import { CHANNEL_KINDS } from "../../shared/media/channel_kinds.ts";
import type { Frames } from "./frames/frames.ts";
import type { JitterBuffer } from "./jitter/jitter_buffer.ts";
import type { Messages } from "./messages/messages.ts";
import { Forecast, type Foresight } from "./repair/forecast.ts";
import { FrameForecast } from "./repair/frame_forecast.ts";
import { MessageForecast } from "./repair/message_forecast.ts";
import { FrameStarts, type PathTiming } from "./stats/frame_starts.ts";
import { MessageStarts } from "./stats/message_starts.ts";
import type { StreamOptions } from "./stream_options.ts";

/** The parts of a stream that are asked which packets are of use. */
export interface ForeseenStages {
  readonly jitterBuffer: JitterBuffer;
  readonly frames: Frames | undefined;
  readonly messages: Messages | undefined;
  readonly options: Pick<StreamOptions, "isStrained">;
}

/** @returns what is known in advance of a stream's packets; undefined where all are wanted for ever. */
export function forecastOf(
  { kind, clockRate, aheadMillis }: ChannelNumbers,
  { jitterBuffer: times, frames, messages, options: { isStrained } }: ForeseenStages,
): Foresight | undefined {
  const { repair, history: { maxAge } } = CHANNEL_KINDS[kind];
  if (repair === "for-ever") return undefined;
  if (frames) return new FrameForecast({ times, wantedFrom: () => frames.wantedFrom });
  if (!messages) return new Forecast({ clockRate, aheadMillis, times, isStrained });
  return new MessageForecast({ times, supersededAt: () => messages.supersededAt, maxAge });
}

/** @returns which packets alone tell of the path; undefined where all do. */
export function timingOf({ kind }: ChannelNumbers): PathTiming | undefined {
  const { lateJoiner, release } = CHANNEL_KINDS[kind];
  if (release === "arrival") return new MessageStarts();
  return lateJoiner === "from-key-frame" ? new FrameStarts() : undefined;
}

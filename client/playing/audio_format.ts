import { fromBase64 } from "../../shared/text/base64.ts";
import type { ListenerOutput } from "../interface/output.ts";
import { type AudioFormat, isSoundCodec } from "../../shared/media/channel.ts";
import type { ChannelInfo } from "../../shared/admission/channel_description.ts";

/** The format of the sound among these channels; undefined when there is none. */
export function audioFormatOf(channels: readonly ChannelInfo[]): AudioFormat | undefined {
  const audio = channels.find(({ channel }) => channel === "audio");
  if (audio === undefined || !isSoundCodec(audio.codec)) return undefined;
  const { codec, sampleRate = audio.clockRate, channelCount = 2 } = audio;
  if (audio.description === undefined) return { codec, sampleRate, channelCount };
  const description = fromBase64(audio.description);
  return { codec, sampleRate, channelCount, description };
}

/** The format of sound that begins with this output, if it does. */
export function audioFormatFrom(output: ListenerOutput): AudioFormat | undefined {
  switch (output.kind) {
    case "joined":
      return audioFormatOf(output.info.channels);
    case "channel-started":
      return audioFormatOf([output.info]);
  }
}

/** Whether a player or a file that began with one format can continue with the other. */
export function isSameFormat(one: AudioFormat, other: AudioFormat): boolean {
  return one.codec === other.codec && one.sampleRate === other.sampleRate &&
    one.channelCount === other.channelCount;
}

/** `MP3, 44.1 kHz, stereo`. */
export function describeFormat({ codec, sampleRate, channelCount }: AudioFormat): string {
  const name = codec === "mp3" ? "MP3" : "Opus";
  const channels = channelCount === 1
    ? "mono"
    : channelCount === 2
    ? "stereo"
    : `${channelCount} channels`;
  return `${name}, ${sampleRate / 1000} kHz, ${channels}`;
}

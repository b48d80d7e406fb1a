import * as v from "valibot";
import type { StudioStart } from "../../../../shared/studio/studio_messages.ts";
import type { ScreenOptions } from "../screen/screen_options.ts";
import type { SoundOptions } from "../sound/sound_capture.ts";

const SoundSchema = v.object({
  deviceId: v.optional(v.pipe(v.string(), v.maxLength(200))),
  channelCount: v.picklist([1, 2]),
  bitrate: v.picklist([24_000, 32_000, 64_000, 96_000, 128_000]),
  use: v.picklist(["voice", "music"]),
  echoCancellation: v.boolean(),
  noiseSuppression: v.boolean(),
  autoGainControl: v.boolean(),
});
/** What is chosen for the sound, all of it. */
export type SoundSettings = v.InferOutput<typeof SoundSchema> & SoundOptions;

const side = v.pipe(v.number(), v.safeInteger(), v.minValue(2), v.maxValue(16_383));
const ScreenSchema = v.object({
  content: v.picklist(["text", "motion"]),
  width: side,
  height: side,
  rate: v.pipe(v.number(), v.minValue(1), v.maxValue(60)),
  bitrate: v.pipe(v.number(), v.safeInteger(), v.minValue(10_000), v.maxValue(100_000_000)),
});

export const SOUND_BITRATES = [24_000, 32_000, 64_000, 96_000, 128_000] as const;
export const SCREEN_SIZES = [[1920, 1080], [1280, 720], [854, 480], [640, 360]] as const;
export const SCREEN_RATES = [5, 10, 15, 24, 30] as const;
export const SCREEN_BITRATES = [300_000, 700_000, 1_500_000, 3_000_000, 6_000_000] as const;

const SOUND: SoundSettings = {
  ...{ channelCount: 1, bitrate: 32_000, use: "voice" },
  ...{ echoCancellation: false, noiseSuppression: false, autoGainControl: false },
};
const SCREEN: ScreenOptions = {
  ...{ content: "text", width: 1280, height: 720, rate: 15, bitrate: 1_500_000 },
};

/** Reads what was chosen the last time; the usual choice when there is none, or it can't be read. */
export function readSoundSettings(text: string | null): SoundSettings {
  return read(SoundSchema, text) ?? SOUND;
}

/** The same for the screen. */
export function readScreenSettings(text: string | null): ScreenOptions {
  return read(ScreenSchema, text) ?? SCREEN;
}

/** What the command line says is chosen, whatever was chosen the last time. */
export function withCommandLine(
  options: ScreenOptions,
  { width, height, rate, bitrate }: StudioStart["screen"],
): ScreenOptions {
  return {
    ...options,
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(rate !== undefined && { rate }),
    ...(bitrate !== undefined && { bitrate }),
  };
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | null,
): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text ?? ""));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

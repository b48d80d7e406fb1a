import type { StudioChannels } from "../../../../shared/studio/studio_messages.ts";
import type { CaptureProblem } from "../capture/capture_problem.ts";
import type { ScreenCost, ScreenState } from "../screen/screen_capture.ts";
import type { Level } from "../sound/level_meter.ts";
import type { SoundState } from "../sound/sound_capture.ts";
import { bitrateWords } from "./words.ts";

/** A tone for the colour, and a sentence. */
export interface MediumWords {
  readonly tone: "quiet" | "live" | "busy" | "bad";
  readonly text: string;
}

type ChannelState = StudioChannels["sound"]["state"];

export interface SoundFacts {
  readonly state: SoundState;
  readonly level: Pick<Level, "isClipping" | "isSilent">;
  readonly isMuted: boolean;
  readonly warning: CaptureProblem | null;
  readonly channel: ChannelState;
}

/** How it is with the sound; of several troubles, the worst. */
export function soundWords({ state, level, isMuted, warning, channel }: SoundFacts): MediumWords {
  if (state.phase === "failed") return { tone: "bad", text: state.problem.text };
  if (state.phase === "starting") return { tone: "busy", text: "Waiting for the microphone" };
  if (state.phase === "off") return soundOff(channel);
  if (warning) return { tone: "bad", text: warning.text };
  if (channel === "paused") return { tone: "bad", text: "Paused: the host gets no sound" };
  if (isMuted) return { tone: "busy", text: "Muted: listeners hear nothing" };
  if (level.isClipping) return { tone: "bad", text: "Too loud: the input cuts off. Turn it down" };
  if (level.isSilent) {
    return { tone: "bad", text: "Silence for more than 10 s: is this the right input?" };
  }
  return { tone: "live", text: "Listeners hear this" };
}

function soundOff(channel: ChannelState): MediumWords {
  return channel === "paused"
    ? { tone: "bad", text: "Paused: listeners hear nothing. Press Microphone to go on" }
    : { tone: "quiet", text: "Press Microphone, and listeners hear you" };
}

export interface ScreenFacts {
  readonly state: ScreenState;
  readonly channel: ChannelState;
}

export function screenWords({ state, channel }: ScreenFacts): MediumWords {
  switch (state.phase) {
    case "failed":
      return { tone: "bad", text: state.problem.text };
    case "starting":
      return { tone: "busy", text: "Choose what to share" };
    case "off":
      return channel === "paused"
        ? {
          tone: "bad",
          text: "Paused: listeners see the last picture. Press Share screen to go on",
        }
        : { tone: "quiet", text: "A screen, a window or a tab" };
    case "on":
      return channel === "paused"
        ? { tone: "bad", text: "Paused: the host gets no pictures" }
        : { tone: "live", text: `Listeners see ${surfaceWords(state)}` };
  }
}

function surfaceWords({ surface }: Extract<ScreenState, { phase: "on" }>): string {
  const words = { monitor: "a screen", window: "a window", browser: "a tab", unknown: "this" };
  return words[surface.kind];
}

/** `H.264 · 1280 x 720 · 15 a second · 1.2 Mbit/s · 4 ms each · 3 left out`; "" while nothing is sent. */
export function costWords(cost: ScreenCost | null): string {
  if (!cost) return "";
  const { codec, size, rate, bitrate, encodeMillis, skipped } = cost;
  return [
    codec === "h264" ? "H.264" : "VP8",
    `${size.width} x ${size.height}`,
    `${rate.toFixed(rate < 10 ? 1 : 0)} a second`,
    bitrateWords(bitrate),
    `${encodeMillis.toFixed(0)} ms each`,
    ...(skipped > 0 ? [`${skipped} left out`] : []),
  ].join(" · ");
}

const LEAST_SHOWN = -60;

/** The place of a level on the meter, from 0 to 1. */
export function meterPlace(decibels: number): number {
  return Math.min(1, Math.max(0, 1 - decibels / LEAST_SHOWN));
}

import { type Signal, signal } from "@preact/signals";
import type { StudioStart } from "../../../../shared/studio/studio_messages.ts";
import type { CaptureLink } from "../capture/capture_link.ts";
import type { StudioConnection } from "../model/connection.ts";
import type { StudioModel } from "../model/model.ts";
import {
  readScreenSettings,
  readSoundSettings,
  type SoundSettings,
  withCommandLine,
} from "../model/settings.ts";
import { ScreenCapture } from "../screen/screen_capture.ts";
import type { ScreenOptions } from "../screen/screen_options.ts";
import { SoundCapture } from "../sound/sound_capture.ts";

/** The names under which the browser keeps what was chosen. */
const SOUND_KEY = "streamer.studio.sound";
const SCREEN_KEY = "streamer.studio.screen";

/** Microphone and screen with what is chosen for them: they begin when pressed, and go on after a loss. */
export class MediaDesk {
  readonly sound: SoundCapture;
  readonly screen: ScreenCapture;
  readonly soundSettings: Signal<SoundSettings> = signal(readSoundSettings(recall(SOUND_KEY)));
  readonly screenSettings: Signal<ScreenOptions> = signal(readScreenSettings(recall(SCREEN_KEY)));
  readonly #model: StudioModel;
  #hasStarted = false;

  constructor(model: StudioModel, connection: StudioConnection) {
    this.#model = model;
    const link = this.#linkOver(connection);
    this.sound = new SoundCapture(link, "/capture_worklet.js");
    this.screen = new ScreenCapture(link, "/screen_worker.js");
  }

  get isSoundOn(): boolean {
    return isOn(this.sound.state.value.phase);
  }

  get isScreenOn(): boolean {
    return isOn(this.screen.state.value.phase);
  }

  toggleSound(): void {
    if (isOn(this.sound.state.peek().phase)) this.sound.stop();
    else if (this.#model.canAct.peek()) void this.sound.start(this.soundSettings.peek());
  }

  toggleScreen(): void {
    if (isOn(this.screen.state.peek().phase)) this.screen.stop();
    else if (this.#model.canAct.peek()) void this.screen.start(this.screenSettings.peek());
  }

  changeSound(change: Partial<SoundSettings>): void {
    this.soundSettings.value = { ...this.soundSettings.peek(), ...change };
    remember(SOUND_KEY, this.soundSettings.peek());
    const { phase } = this.sound.state.peek();
    // With the device gone, the page has asked for another one: there it goes on.
    const isAwaited = phase === "failed" && "deviceId" in change;
    if (isOn(phase) || isAwaited) void this.sound.start(this.soundSettings.peek());
  }

  changeScreen(change: Partial<ScreenOptions>): void {
    this.screenSettings.value = { ...this.screenSettings.peek(), ...change };
    remember(SCREEN_KEY, this.screenSettings.peek());
    if (!isOn(this.screen.state.peek().phase)) return;
    this.screen.change(this.screenSettings.peek());
    // The host must know what the listeners' needs are measured against.
    this.screen.announce();
  }

  /** The host has told what the command line says. */
  begin({ screen }: StudioStart): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.screenSettings.value = withCommandLine(this.screenSettings.peek(), screen);
  }

  /** This page drives, perhaps again: the host is told what comes. */
  resume(): void {
    this.sound.announce();
    this.screen.announce();
  }

  /** The page was loaded again while its microphone was on: the channel still waits for it. */
  async resumeSound(): Promise<void> {
    if (this.sound.state.peek().phase !== "off" || !await isMicrophoneGranted()) return;
    if (this.#model.canAct.peek()) await this.sound.start(this.soundSettings.peek());
  }

  /** Another page drives, or the broadcast is over. */
  end(): void {
    if (this.sound.state.peek().phase !== "off") this.sound.stop();
    if (this.screen.state.peek().phase !== "off") this.screen.stop();
  }

  /** The host measures what the listeners need against the bitrate that was chosen here. */
  #linkOver(connection: StudioConnection): CaptureLink {
    return {
      get bufferedAmount() {
        return connection.bufferedAmount;
      },
      say: (message) =>
        connection.say(
          message.kind === "screen-format"
            ? { ...message, bitrate: this.screenSettings.peek().bitrate }
            : message,
        ),
      bring: (media) => connection.bring(media),
    };
  }
}

function isOn(phase: string): boolean {
  return phase === "on" || phase === "starting";
}

/** Whether the browser asks nobody; false where it can't be known. */
async function isMicrophoneGranted(): Promise<boolean> {
  const name = "microphone" as PermissionName;
  const status = await navigator.permissions?.query({ name }).catch(() => undefined);
  return status?.state === "granted";
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage may be forbidden.
    return null;
  }
}

function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be forbidden; then the choice is not kept.
  }
}

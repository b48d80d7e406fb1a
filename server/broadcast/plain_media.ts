import type { Machine } from "../../shared/driver/machine.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { type AudioFormat, isSoundCodec } from "../../shared/media/channel.ts";
import type { ServeOptions } from "../interface/config.ts";
import type { ScreenFormat } from "../origin/screen/picture.ts";
import type { ScreenSource } from "../origin/screen/io/screen_source.ts";
import type { AudioSource } from "../origin/sound/io/audio_source.ts";
import type { BroadcastPlan } from "./broadcast_plan.ts";
import { writeSessionDescription } from "./io/text_files.ts";
import type { OpenedMedia } from "./open_sources.ts";
import { describeSession, type PlainMedium } from "./sdp.ts";

export interface PlainMediaOptions {
  readonly options: Pick<ServeOptions, "sdp">;
  readonly plan: BroadcastPlan;
  readonly machine: Machine;
  readonly plainReceivers: readonly Address[];
  readonly plainScreenReceivers: readonly Address[];
  /** Takes what could not be written. */
  readonly onProblem: (text: string) => void;
}

/**
 * Writes the session description for plain players before anything is sent, so that a waiting player misses
 * nothing, and again with each source that starts later.
 */
export class PlainMedia {
  readonly #options: PlainMediaOptions;
  readonly #sessionId: number;
  #audio: PlainMedium | undefined;
  #video: PlainMedium | undefined;

  constructor(options: PlainMediaOptions) {
    this.#options = options;
    this.#sessionId = Math.floor(options.machine.clock.now());
  }

  /** @returns the media, of which those that start later are described before they start. */
  async describe(
    { sound, awaitedSound, screen, awaitedScreen }: OpenedMedia,
  ): Promise<OpenedMedia> {
    this.#noteSound(sound);
    if (screen) this.#noteScreen(screen);
    await this.#write();
    return {
      ...(sound && { sound }),
      ...(screen && { screen }),
      ...(awaitedSound && { awaitedSound: awaitedSound.then((one) => this.#describeSound(one)) }),
      ...(awaitedScreen &&
        { awaitedScreen: awaitedScreen.then((one) => this.#describeScreen(one)) }),
    };
  }

  /** A medium of the studio begins now. */
  onFormat(format: AudioFormat | ScreenFormat): void {
    if (isSoundCodec(format.codec)) this.#noteSound({ format: format as AudioFormat });
    else this.#noteScreen({ format: format as ScreenFormat });
    this.#write().catch((error) => this.#options.onProblem(String(error?.message ?? error)));
  }

  async #describeSound(sound: AudioSource | undefined): Promise<AudioSource | undefined> {
    this.#noteSound(sound);
    await this.#write();
    return sound;
  }

  async #describeScreen(screen: ScreenSource): Promise<ScreenSource> {
    this.#noteScreen(screen);
    await this.#write();
    return screen;
  }

  #noteSound(source: Pick<AudioSource, "format"> | undefined): void {
    this.#audio = plain(source, this.#options.plainReceivers);
  }

  #noteScreen(source: Pick<ScreenSource, "format">): void {
    this.#video = plain(source, this.#options.plainScreenReceivers);
  }

  async #write(): Promise<void> {
    const { options: { sdp }, plan: { match } } = this.#options;
    const media = [this.#audio, this.#video].filter((medium) => medium !== undefined);
    if (sdp === undefined || media.length === 0) return;
    const name = match ? `${match.home} x ${match.away}` : "Streamer";
    const description = describeSession({ media, sessionId: this.#sessionId, name });
    await writeSessionDescription(sdp, description);
  }
}

/** @returns undefined without a source or without a player for it. */
function plain(
  source: Pick<AudioSource | ScreenSource, "format"> | undefined,
  [destination]: readonly Address[],
): PlainMedium | undefined {
  return source && destination && { format: source.format, destination };
}

import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { audioFormatFrom, isSameFormat } from "../playing/audio_format.ts";
import { type AudioStreamWriter, createAudioStreamWriter } from "../playing/audio_stream.ts";
import { openPlayer, type Player, playerCommands } from "../playing/io/player.ts";
import type { ListenerOutput } from "../interface/output.ts";
import type { Recording } from "./recording.ts";

export interface SoundOutOptions {
  /** Whether a player is started for the sound. */
  readonly play: boolean;
  readonly recording?: Recording;
}

/** Gives the sound of a listener to a player, to a recording, to both or to none. */
export class SoundOut {
  readonly #options: SoundOutOptions;
  readonly #onNotice: (text: string) => void;
  #format: AudioFormat | undefined;
  #writer: AudioStreamWriter | undefined;
  #player: Player | undefined;
  /** The players are opened and closed one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: SoundOutOptions, onNotice: (text: string) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
  }

  /** The name of the player; undefined while there is none. */
  get playerName(): string | undefined {
    return this.#player?.name;
  }

  onOutput(output: ListenerOutput): void {
    this.#onFormat(audioFormatFrom(output));
    if (output.kind === "audio" && output.channel === "audio") this.#write(output.frames);
  }

  /** Resolves when the player has played everything and the recording is written. */
  async close(): Promise<void> {
    await this.#changing;
    await Promise.all([this.#closePlayer(), this.#options.recording?.close()]);
  }

  #onFormat(format: AudioFormat | undefined): void {
    if (format === undefined) return;
    if (this.#format && isSameFormat(this.#format, format)) return;
    this.#options.recording?.begin(format);
    this.#format = format;
    if (this.#options.play) this.#changing = this.#changing.then(() => this.#play(format));
  }

  async #play(format: AudioFormat): Promise<void> {
    await this.#closePlayer();
    const player = await openPlayer(playerCommands(format), this.#onNotice);
    if (player === undefined) {
      this.#onNotice(
        "No player found: install ffplay, mpv or mpg123 to hear the sound, or use --no-play",
      );
      return;
    }
    const writer = createAudioStreamWriter(format);
    player.write(writer.header());
    this.#player = player;
    this.#writer = writer;
  }

  #write(frames: readonly EncodedFrame[]): void {
    this.#options.recording?.write(frames);
    if (this.#player && this.#writer) this.#player.write(this.#writer.write(frames));
  }

  async #closePlayer(): Promise<void> {
    const player = this.#player;
    this.#player = undefined;
    await player?.close();
  }
}

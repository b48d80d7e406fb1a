/**
 * viewer/web/player: plays the sound in the page.
 *
 * Media messages come in from the WebSocket, and samples go out to the loudspeaker. low_delay_engine.ts
 * decodes with WebCodecs (decoder.ts) and plays from a small jitter buffer on the audio thread
 * (sample_ring.ts in worklet.ts); stream_engine.ts plays `/audio` with an audio element in browsers
 * without WebCodecs. This file chooses the engine and is the state behind the sound bar. The next file
 * to read is low_delay_engine.ts.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";
import type { EngineOptions, SoundEngine, SoundReport } from "./engine.ts";

export type PlayerStatus = "stopped" | "starting" | "playing" | "failed";

/** What the player needs of a browser. */
export interface PlayerAdapter {
  /** Called within the user's click, as browsers require. */
  createContext(sound: Sound): AudioContext;
  openEngine(options: EngineOptions): Promise<SoundEngine>;
  /** Whether the viewer should send the sound over the WebSocket. */
  onWantsMedia(wanted: boolean): void;
  readVolume(): number;
  writeVolume(volume: number): void;
}

const SILENT: SoundReport = { level: 0, bufferMillis: 0, deviceMillis: 0 };

/** The logic of the sound bar: one engine at a time, while the user wants to hear the sound. */
export class Player {
  readonly status: Signal<PlayerStatus> = signal("stopped");
  readonly report: Signal<SoundReport> = signal(SILENT);
  readonly volume: Signal<number>;
  /** Why the sound failed, in words. */
  readonly problem: Signal<string> = signal("");
  readonly #sound: ReadonlySignal<Sound | null>;
  readonly #adapter: PlayerAdapter;
  #context: AudioContext | undefined;
  #engine: SoundEngine | undefined;
  #playing: Sound | undefined;

  constructor(sound: ReadonlySignal<Sound | null>, adapter: PlayerAdapter) {
    this.#sound = sound;
    this.#adapter = adapter;
    this.volume = signal(adapter.readVolume());
    sound.subscribe((next) => this.#follow(next));
  }

  toggle(): void {
    if (this.status.peek() === "playing" || this.status.peek() === "starting") this.stop();
    else this.#start();
  }

  stop(): void {
    this.#close();
    this.status.value = "stopped";
  }

  /** 0 to 1. */
  setVolume(volume: number): void {
    this.volume.value = volume;
    this.#adapter.writeVolume(volume);
    this.#engine?.setVolume(volume);
  }

  push(media: PageMedia): void {
    this.#engine?.push(media);
  }

  /** Another format needs another engine; with the same format the engine goes on. */
  #follow(next: Sound | null): void {
    if (!this.#playing || !next || isSameSound(next, this.#playing)) return;
    this.#close();
    this.#start();
  }

  async #start(): Promise<void> {
    const sound = this.#sound.peek();
    if (!sound) return;
    this.#playing = sound;
    this.status.value = "starting";
    this.problem.value = "";
    try {
      const context = this.#adapter.createContext(sound);
      this.#context = context;
      const engine = await this.#open(context, sound);
      // The user stopped or restarted while the engine was opening.
      if (this.#context !== context) return engine.stop();
      this.#engine = engine;
      this.#adapter.onWantsMedia(engine.wantsMedia);
      await context.resume();
      if (this.#context === context) this.status.value = "playing";
    } catch {
      this.#fail("This browser did not start the sound; press play once more");
    }
  }

  #open(context: AudioContext, sound: Sound): Promise<SoundEngine> {
    return this.#adapter.openEngine({
      context,
      sound,
      volume: this.volume.peek(),
      onReport: (report) => this.report.value = report,
      onFailure: (problem) => this.#fail(problem),
    });
  }

  #fail(problem: string): void {
    this.#close();
    this.problem.value = problem;
    this.status.value = "failed";
  }

  #close(): void {
    this.#adapter.onWantsMedia(false);
    this.#engine?.stop();
    this.#context?.close();
    this.#engine = this.#context = this.#playing = undefined;
    this.report.value = SILENT;
  }
}

function isSameSound(one: Sound, other: Sound): boolean {
  return one.codec === other.codec && one.sampleRate === other.sampleRate &&
    one.channelCount === other.channelCount && one.description === other.description;
}

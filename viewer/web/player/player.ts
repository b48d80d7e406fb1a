/**
 * viewer/web/player: plays the sound in the page.
 *
 * Media messages come in from the WebSocket, and samples go out to the loudspeaker. low_delay_engine.ts
 * decodes with WebCodecs (decoder.ts) and plays from a small jitter buffer on the audio thread
 * (sample_ring.ts in worklet.ts); stream_engine.ts plays `/audio` with an audio element. Each browser has
 * an engine that it is tried with first; one that can't play hands over to the other. This file does
 * that, says what the device does with the sound, and is the state behind the sound bar. The next file
 * to read is low_delay_engine.ts.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";
import type { OpenEngine, SoundEngine, SoundReport } from "./engine.ts";
import { blockedWords, INTERRUPTED_WORDS, undecodableWords, WAITING_WORDS } from "./sound_words.ts";
import { Loudness } from "./loudness.ts";

/**
 * starting: for at most {@linkcode START_MILLIS}. waiting: all is ready, and no sound comes. interrupted: the device
 * holds the sound back, as a phone does during a call.
 */
export type PlayerStatus =
  | "stopped"
  | "starting"
  | "waiting"
  | "playing"
  | "interrupted"
  | "failed";

/** What the player needs of a browser. */
export interface PlayerAdapter {
  /** Called within the user's click, as browsers require. */
  createContext(sound: Sound): AudioContext;
  /** The engines for this sound, the best first; at least one. Each is tried once. Called within the click, too. */
  engines(sound: Sound): Promise<readonly OpenEngine[]>;
  /** Whether the viewer should send the sound over the WebSocket. */
  onWantsMedia(wanted: boolean): void;
  readVolume(): number;
  writeVolume(volume: number): void;
  /** @returns a function that cancels the call. */
  schedule(callback: () => void, delay: Millis): () => void;
}

const SILENT: SoundReport = { level: 0, bufferMillis: 0, deviceMillis: 0 };
/** After this long the page says what it waits for; an engine that has not even opened by then is left. */
export const START_MILLIS: Millis = 8000;

/** One press of play: what it has opened, all of which ends together. */
interface Attempt {
  readonly sound: Sound;
  readonly context: AudioContext;
  /** Those not tried yet. */
  engines: OpenEngine[];
  engine?: SoundEngine;
  /** Grows with each engine: what an earlier one says is not listened to. */
  turn: number;
  isHeard: boolean;
  cancelTimer(): void;
}

/** The logic of the sound bar: one engine at a time, while the user wants to hear the sound. */
export class Player {
  readonly status: Signal<PlayerStatus> = signal("stopped");
  readonly report: Signal<SoundReport> = signal(SILENT);
  readonly loudness: Loudness;
  /** Why the sound failed, or why there is none, and what to do; "" while all is well. */
  readonly problem: Signal<string> = signal("");
  /** Which engine plays, or tries to; "" while none does. */
  readonly engineName: Signal<string> = signal("");
  /** Whether a press of the button ends the sound. */
  readonly isOn: ReadonlySignal<boolean> = computed(() =>
    ["starting", "waiting", "playing"].includes(this.status.value)
  );
  readonly #sound: ReadonlySignal<Sound | null>;
  readonly #adapter: PlayerAdapter;
  #attempt: Attempt | undefined;
  /** Whether the user has tried to go on since the interruption: the next press begins anew. */
  #hasTriedToGoOn = false;

  constructor(sound: ReadonlySignal<Sound | null>, adapter: PlayerAdapter) {
    this.#sound = sound;
    this.#adapter = adapter;
    this.loudness = new Loudness(adapter, (gain) => this.#attempt?.engine?.setVolume(gain));
    sound.subscribe((next) => this.#follow(next));
  }

  toggle(): void {
    if (this.isOn.peek()) this.stop();
    else this.play();
  }

  /** Called within the user's click, or a press of a key. */
  play(): void {
    if (this.isOn.peek()) return;
    if (this.status.peek() !== "interrupted" || this.#hasTriedToGoOn) return this.#restart();
    this.#hasTriedToGoOn = true;
    this.resume();
  }

  stop(): void {
    this.#close();
    this.#set("stopped");
  }

  /** Tries to go on after an interruption: the page is seen again, or was touched. */
  resume(): void {
    if (this.status.peek() !== "interrupted" || !this.#attempt) return;
    const { context, engine } = this.#attempt;
    engine?.resume();
    // What comes of it is told by the context's state; some browsers answer only when the call is over.
    context.resume().then(() => this.#noticeContext(), () => {});
  }

  push(media: PageMedia): void {
    this.#attempt?.engine?.push(media);
  }

  /** Another format needs another engine; with the same format the engine goes on. */
  #follow(next: Sound | null): void {
    if (!this.#attempt || !next || isSameSound(next, this.#attempt.sound)) return;
    this.#restart();
  }

  #restart(): void {
    this.#close();
    const sound = this.#sound.peek();
    if (!sound) return;
    this.#set("starting");
    try {
      const context = this.#adapter.createContext(sound);
      context.onstatechange = () => this.#noticeContext();
      const cancelTimer = () => {};
      const attempt = { sound, context, engines: [], turn: 0, isHeard: false, cancelTimer };
      this.#attempt = attempt;
      // Within the click; what comes of it is told by the context's state.
      context.resume().catch(() => {});
      this.#begin(attempt);
    } catch {
      this.#fail(blockedWords(undefined));
    }
  }

  async #begin(attempt: Attempt): Promise<void> {
    attempt.engines = [...await this.#adapter.engines(attempt.sound)];
    if (this.#attempt === attempt) await this.#next(attempt);
  }

  /** Opens the next engine, or says that none can play this. */
  async #next(attempt: Attempt): Promise<void> {
    this.#leaveEngine(attempt);
    const open = attempt.engines.shift();
    if (!open) return this.#fail(undecodableWords(attempt.sound));
    const turn = ++attempt.turn;
    const isMine = () => this.#attempt === attempt && attempt.turn === turn;
    const handOver = () => void (isMine() && this.#next(attempt));
    if (this.status.peek() !== "interrupted") this.#set("starting");
    attempt.cancelTimer = this.#adapter.schedule(() => this.#giveUpWaiting(attempt), START_MILLIS);
    try {
      const engine = await open({
        context: attempt.context,
        sound: attempt.sound,
        volume: this.loudness.gain,
        onReport: (report) => void (isMine() && (this.report.value = report)),
        onSound: () => void (isMine() && !attempt.isHeard && this.#hear(attempt)),
        onInterrupted: () => void (isMine() && this.#interrupt()),
        onFailure: handOver,
      });
      // The user stopped or restarted while the engine was opening.
      if (!isMine()) return engine.stop();
      attempt.engine = engine;
      this.engineName.value = engine.name;
      engine.setVolume(this.loudness.gain);
      this.#adapter.onWantsMedia(engine.wantsMedia);
    } catch {
      handOver();
    }
  }

  /** Sound was decoded: it is heard unless the device holds it back. */
  #hear(attempt: Attempt): void {
    attempt.isHeard = true;
    attempt.cancelTimer();
    this.#noticeContext();
  }

  #giveUpWaiting(attempt: Attempt): void {
    if (this.#attempt !== attempt || attempt.isHeard) return;
    if (this.status.peek() === "interrupted") return;
    if (attempt.context.state !== "running") return this.#fail(blockedWords(attempt.context));
    if (!attempt.engine) return void this.#next(attempt);
    this.#set("waiting", WAITING_WORDS);
  }

  /** What the context's state means for who listens. A call on iOS makes it `interrupted`. */
  #noticeContext(): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    const { state } = attempt.context;
    const hasBegun = attempt.isHeard || this.status.peek() === "waiting";
    if (state === "running") this.#goOn(attempt);
    else if (state === "closed") this.#fail(blockedWords(attempt.context));
    else if (hasBegun) this.#interrupt();
  }

  #goOn(attempt: Attempt): void {
    this.#hasTriedToGoOn = false;
    this.#adapter.onWantsMedia(attempt.engine?.wantsMedia ?? false);
    if (attempt.isHeard) this.#set("playing");
    else if (this.status.peek() === "interrupted") this.#set("waiting", WAITING_WORDS);
  }

  /** Sound that comes meanwhile is not kept: a call may be long. */
  #interrupt(): void {
    this.#adapter.onWantsMedia(false);
    this.report.value = SILENT;
    this.#set("interrupted", INTERRUPTED_WORDS);
  }

  #set(status: PlayerStatus, problem = ""): void {
    this.status.value = status;
    this.problem.value = problem;
  }

  #fail(problem: string): void {
    this.#close();
    this.#set("failed", problem);
  }

  #leaveEngine(attempt: Attempt): void {
    attempt.cancelTimer();
    attempt.engine?.stop();
    attempt.engine = undefined;
    this.engineName.value = "";
    attempt.isHeard = false;
    this.#adapter.onWantsMedia(false);
    this.report.value = SILENT;
  }

  #close(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    this.#hasTriedToGoOn = false;
    if (!attempt) return this.#adapter.onWantsMedia(false);
    this.#leaveEngine(attempt);
    attempt.context.onstatechange = null;
    // A context that the browser has closed itself rejects this.
    attempt.context.close().catch(() => {});
  }
}

function isSameSound(one: Sound, other: Sound): boolean {
  return one.codec === other.codec && one.sampleRate === other.sampleRate &&
    one.channelCount === other.channelCount && one.description === other.description;
}

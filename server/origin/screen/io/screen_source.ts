/*
 * Where the screen comes from: opens `--screen` and reads it as encoded pictures, with the sound beside them.
 *
 * In: a location: a file, a named pipe, `-` for standard input, an http(s) address; or `desktop`.
 * Out: H.264 access units or VP8 frames in decoding order, bit for bit, with their times; the source's sound if it
 * is MP3 or Opus; notices for the host. `../../origin_core.ts` sends them in time.
 *
 * A location is read in turns: one, or with `--loop` one behind the other without end. This file puts the turns
 * together. Read next: `open_turn.ts` opens one turn (`screen_turn.ts`), then `container_turn.ts` reads MP4 and
 * Matroska by mediabunny, whose bytes are `container_bytes.ts`, or `splitter_turn.ts` MPEG-TS, H.264 and IVF.
 * `picture_reading.ts` has what both share, `screen_sound.ts` the sound over all turns. For the desktop read
 * `desktop_source.ts`.
 */

import { USUAL_RATE } from "../annex_b_splitter.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import {
  type ByteSourceContext,
  describeLocation,
  type HttpPatience,
  isPipe,
  SCREEN_USE,
  sourceError,
} from "../../io/bytes/location.ts";
import type { AudioSource } from "../../sound/io/audio_source.ts";
import type { LossSummary } from "../desktop/bitrate.ts";
import { PictureTimes } from "../files/picture_times.ts";
import { Turns } from "../files/turns.ts";
import type { EncodedPicture, ScreenFormat } from "../picture.ts";
import { ScreenSound, type SoundTurns } from "./screen_sound.ts";
import { openTurn } from "./open_turn.ts";
import type { ScreenTurn, TurnContext } from "./screen_turn.ts";

/** A screen to be sent: opened, with its format known. */
export interface ScreenSource {
  readonly format: ScreenFormat;
  /** Whether the pictures come in real time (a pipe) rather than as fast as they are read. */
  readonly isLive: boolean;
  /** Called with one line for each problem that does not end the source. */
  onNotice?: (text: string) => void;
  /**
   * In decoding order; the first is a key frame, times count from it. To be called once; ends when `signal`
   * aborts. What was dropped shows as `gapBefore`.
   */
  pictures(): AsyncIterable<EncodedPicture>;
  /** Told about once a second how many listeners lose; for a source that can change its bitrate. */
  noteLosses?(losses: LossSummary): void;
  /** The sound of the same source, which stays with its pictures; its notices come from the pictures. */
  readonly sound?: AudioSource;
}

export interface ScreenSourceOptions {
  /** Whether to start again after the end, without end. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Pictures in a second of a source without times; when absent, those that it says. */
  readonly rate?: number;
  /** Whether the sound of the source is wanted. */
  readonly wantsSound: boolean;
  readonly patience?: Partial<HttpPatience>;
  /** Called with one line when no program writes to a named pipe yet; opening goes on waiting. */
  readonly onWaiting?: (text: string) => void;
}

/** Notices kept until {@linkcode ScreenSource.onNotice} is used; later ones are dropped. */
const MAX_KEPT_NOTICES = 10;

/**
 * Opens MP4, MKV, WebM, MPEG-TS, H.264 byte streams and IVF, recognized by their bytes.
 *
 * @throws CommandError that names the location and what to do: it can't be opened, or has no H.264 and no VP8.
 */
export async function openScreenSource(
  location: string,
  options: ScreenSourceOptions,
): Promise<ScreenSource> {
  if (options.loop && isPipe(location)) {
    const problem = "can't be played again; leave out --loop, or give a file";
    throw sourceError(SCREEN_USE, location, problem, ExitCode.usage);
  }
  const source = new LoopingScreen(location, options);
  await source.open();
  return source;
}

/** One turn, and what is known of it as it is read. */
class TurnState {
  readonly times: PictureTimes;
  readonly turn: ScreenTurn;
  readonly base: RtpTicks;
  readonly #picturesOver = Promise.withResolvers<void>();
  readonly #soundOver = Promise.withResolvers<RtpTicks>();

  constructor(turn: ScreenTurn, base: RtpTicks, isSoundRead: boolean) {
    this.turn = turn;
    this.base = base;
    this.times = new PictureTimes(base);
    if (!isSoundRead || !turn.sound) this.#soundOver.resolve(base);
  }

  endPictures(): void {
    this.#picturesOver.resolve();
  }

  endSound(end: RtpTicks): void {
    this.#soundOver.resolve(end);
  }

  /** When the longer of pictures and sound is over. */
  async end(): Promise<RtpTicks> {
    await this.#picturesOver.promise;
    return Math.max(this.times.end, await this.#soundOver.promise);
  }
}

class LoopingScreen implements ScreenSource {
  onNotice?: (text: string) => void;
  sound?: ScreenSound;
  readonly #location: string;
  readonly #options: ScreenSourceOptions;
  readonly #context: TurnContext;
  readonly #said = new Set<string>();
  #keptNotices: string[] = [];
  readonly #turns = new Turns<TurnState>((before) => this.#openAfter(before));
  #first: ScreenTurn | undefined;
  #isSoundRead = false;
  #hasTimes = true;

  constructor(location: string, options: ScreenSourceOptions) {
    const { signal, patience, onWaiting, rate, wantsSound } = options;
    this.#location = location;
    this.#options = options;
    const bytes: ByteSourceContext = {
      signal,
      use: SCREEN_USE,
      onNotice: (text) => this.#notify(text),
      ...(patience && { patience }),
      ...(onWaiting && { onWaiting }),
    };
    const onNoTimes = (hasRate: boolean) => {
      this.#hasTimes = false;
      if (!hasRate) this.#tellRate();
    };
    this.#context = { ...bytes, ...(rate && { rate }), wantsSound, onNoTimes };
  }

  get format(): ScreenFormat {
    return this.#first!.format;
  }

  get isLive(): boolean {
    return this.#first!.isLive;
  }

  /** @throws CommandError when nothing in it can be sent. */
  async open(): Promise<void> {
    const first = this.#first = await openTurn(this.#location, this.#context);
    if (this.#options.rate !== undefined && this.#hasTimes) this.#tellUselessRate();
    this.#isSoundRead = first.sound !== undefined;
    this.#turns.begin(new TurnState(first, 0, this.#isSoundRead));
    if (first.sound === undefined) return;
    const { isLive } = first;
    const { clock } = this.#options;
    const turns: SoundTurns = {
      turn: async (index) => {
        const { turn, base } = await this.#turns.open(index) ?? {};
        return turn && { sound: turn.sound, firstTicks: turn.firstTicks, base: base! };
      },
      end: async (index, end) => (await this.#turns.get(index))?.endSound(end),
      stop: () => this.#forgetSound(),
    };
    this.sound = new ScreenSound(first.sound, { isLive, clock, turns });
  }

  /** No more sound is read, so that no turn waits for its end. */
  async #forgetSound(): Promise<void> {
    this.#isSoundRead = false;
    for (const turn of this.#turns.kept) {
      const state = await turn;
      state?.endSound(state.base);
    }
  }

  async *pictures(): AsyncGenerator<EncodedPicture> {
    for (const notice of this.#keptNotices.splice(0)) this.onNotice?.(notice);
    try {
      for (let index = 0;; index++) {
        const state = await this.#turns.open(index);
        if (state === undefined || this.#options.signal.aborted) return;
        yield* this.#play(state);
      }
    } finally {
      this.sound?.noteEndOfPictures();
    }
  }

  async *#play(state: TurnState): AsyncGenerator<EncodedPicture> {
    const { turn, times } = state;
    try {
      for await (const source of turn.pictures()) {
        if (this.#options.signal.aborted) return;
        const { picture, hasJumpedBack } = times.push(source);
        if (hasJumpedBack) this.#tellJump();
        this.sound?.noteProgress(picture.ticks);
        yield picture;
      }
    } finally {
      state.endPictures();
    }
  }

  async #openAfter(before: TurnState): Promise<TurnState | undefined> {
    const base = await before.end();
    const { signal, loop } = this.#options;
    if (signal.aborted) return undefined;
    const turn = await this.#follow(before.turn, loop);
    return turn && new TurnState(turn, base, this.#isSoundRead);
  }

  /** A location that can't be opened any more ends the screen, not the broadcast. */
  async #follow(before: ScreenTurn, loop: boolean): Promise<ScreenTurn | undefined> {
    try {
      const next = await before.next();
      if (next === undefined) await before.close();
      const turn = next ?? (loop ? await openTurn(this.#location, this.#context) : undefined);
      if (turn === undefined || turn.format.codec === this.format.codec) return turn;
      await turn.close();
      this.#notify(
        `${describeLocation(this.#location)} now has another codec; its pictures end here`,
      );
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (!this.#options.signal.aborted) this.#notify(error.message);
    }
    return undefined;
  }

  #tellRate(): void {
    const name = describeLocation(this.#location);
    const rate = `${USUAL_RATE} pictures a second`;
    this.#notify(
      `${name} is H.264 without times, sent at ${rate}; --screen-rate sets another rate`,
    );
  }

  #tellUselessRate(): void {
    const name = describeLocation(this.#location);
    this.#notify(`${name} has times of its own; --screen-rate changes nothing in it`);
  }

  #tellJump(): void {
    const name = describeLocation(this.#location);
    this.#notify(`the times of ${name} go back; its pictures go on without a pause`);
  }

  /** Each one once, whatever the turn. */
  #notify(text: string): void {
    if (this.#said.has(text) && !text.startsWith("lost the connection to ")) return;
    this.#said.add(text);
    if (this.onNotice !== undefined) this.onNotice(text);
    else if (this.#keptNotices.length < MAX_KEPT_NOTICES) this.#keptNotices.push(text);
  }
}

import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import { type Millis, millisToTicks, type RtpTicks } from "../../../../shared/core/units.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { CODECS, type ScreenCodec } from "../../../../shared/media/channel.ts";
import { formatDuration } from "../../../../shared/text/duration.ts";
import { type LossSummary, ScreenBitrate } from "../desktop/bitrate.ts";
import {
  DEFAULT_DESKTOP_BITRATE,
  DEFAULT_DESKTOP_RATE,
  grabArguments,
  grabProblem,
} from "../desktop/grabber.ts";
import { Restarts } from "../desktop/restarts.ts";
import { PictureTimes } from "../files/picture_times.ts";
import type { EncodedPicture, ScreenFormat } from "../picture.ts";
import { DesktopChild, findEncoder } from "./desktop_child.ts";
import type { ScreenSource } from "./screen_source.ts";
import type { ScreenTurn } from "./screen_turn.ts";
import { openSplit } from "./splitter_turn.ts";
import { StartedBytes } from "./started_bytes.ts";

export interface DesktopOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly size?: { readonly width: number; readonly height: number };
  /** Pictures in a second; {@linkcode DEFAULT_DESKTOP_RATE} when absent. */
  readonly rate?: number;
  /** Bits per second; {@linkcode DEFAULT_DESKTOP_BITRATE} when absent. */
  readonly bitrate?: number;
  /** What is run; `ffmpeg` when absent. */
  readonly program?: string;
}

const NAME = "desktop";

/**
 * Grabs the desktop with ffmpeg. An ffmpeg that ends is started again, with growing pauses; the pictures go on
 * with its first key frame.
 *
 * @throws CommandError when there is no ffmpeg, or it can't grab the desktop.
 */
export async function openDesktopSource(options: DesktopOptions): Promise<DesktopSource> {
  const display = Deno.env.get("DISPLAY");
  const problem = grabProblem({ platform: Deno.build.os, display });
  if (problem !== undefined) throw desktopError(problem);
  const codec = await findEncoder(options.program ?? "ffmpeg");
  const source = new DesktopSource(options, codec, display);
  await source.open();
  return source;
}

function desktopError(problem: string): CommandError {
  return new CommandError(ExitCode.failure, `--screen desktop ${problem}`);
}

/** One ffmpeg and what it gives. */
interface Run {
  readonly child: DesktopChild;
  readonly turn: ScreenTurn;
}

export class DesktopSource implements ScreenSource {
  readonly isLive = true;
  onNotice?: (text: string) => void;
  readonly #options: DesktopOptions;
  readonly #codec: ScreenCodec;
  readonly #display: string | undefined;
  readonly #restarts = new Restarts();
  /** The bitrate that the listeners can take. */
  readonly #bearable: ScreenBitrate;
  #format: ScreenFormat;
  #bitrate: number;
  /** The bitrate that the running ffmpeg was started with. */
  #runningBitrate: number;
  #run: Run | undefined;
  /** The last one that was started. */
  #child: DesktopChild | undefined;
  #openedAt: Millis = 0;
  #end: RtpTicks = 0;
  /** The wait for the moment at which the bitrate may change. */
  #change: AbortController | undefined;

  constructor(options: DesktopOptions, codec: ScreenCodec, display: string | undefined) {
    this.#options = options;
    this.#codec = codec;
    this.#display = display;
    this.#format = { codec };
    this.#bitrate = options.bitrate ?? DEFAULT_DESKTOP_BITRATE;
    this.#runningBitrate = this.#bitrate;
    this.#bearable = new ScreenBitrate(this.#bitrate);
    options.signal.addEventListener("abort", () => void this.#child?.stop(), { once: true });
  }

  get format(): ScreenFormat {
    return this.#format;
  }

  /** Bits per second, as they are wanted now. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** @throws CommandError when the desktop can't be grabbed. */
  async open(): Promise<void> {
    const run = await this.#start();
    if (typeof run === "string") {
      throw desktopError(
        `can't be grabbed; ffmpeg says: ${run}; start serve in that desktop's own session, or share a file or a pipe`,
      );
    }
    this.#run = run;
    this.#format = run.turn.format;
    this.#openedAt = this.#options.clock.now();
  }

  /**
   * Wants another bitrate. ffmpeg can't change it while it runs, so it is started again, at most once in 30 s.
   *
   * @param bitsPerSecond the latest one counts.
   */
  changeBitrate(bitsPerSecond: number): void {
    this.#bitrate = Math.round(bitsPerSecond);
    if (this.#change !== undefined) return;
    const change = this.#change = new AbortController();
    const { clock, signal } = this.#options;
    const at = Math.max(clock.now(), this.#restarts.bitrateChangeAt);
    clock.sleepUntil(at, linkedSignal(signal, change.signal)).then(() => this.#applyBitrate());
  }

  /** Takes what the listeners lose; the bitrate follows. */
  noteLosses(losses: LossSummary): void {
    const hasChanged = this.#bearable.noteLosses(losses, this.#options.clock.now());
    if (hasChanged) this.changeBitrate(this.#bearable.bitrate);
  }

  async *pictures(): AsyncGenerator<EncodedPicture> {
    const { signal } = this.#options;
    try {
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        const run = this.#run ?? await this.#startAgain();
        if (run === undefined) return;
        yield* this.#play(run, isFirst);
      }
    } finally {
      this.#change?.abort();
      await this.#run?.turn.close();
      this.#run = undefined;
    }
  }

  async *#play({ child, turn }: Run, isFirst: boolean): AsyncGenerator<EncodedPicture> {
    const { clock, signal } = this.#options;
    const { clockRate } = CODECS[this.#codec];
    const elapsed = millisToTicks(clock.now() - this.#openedAt, clockRate);
    const times = new PictureTimes(isFirst ? 0 : Math.max(this.#end, elapsed));
    let gapBefore = !isFirst;
    for await (const source of turn.pictures()) {
      if (signal.aborted) return;
      const { picture } = times.push(source);
      yield gapBefore ? { ...picture, gapBefore } : picture;
      gapBefore = false;
      this.#end = times.end;
    }
    const isWanted = this.#run === undefined;
    this.#run = undefined;
    if (!isWanted && !signal.aborted) await this.#waitAfterEnd(child);
    await turn.close();
  }

  async #waitAfterEnd(child: DesktopChild): Promise<void> {
    this.#tellEnd(await child.lastWords());
    const { clock, signal } = this.#options;
    const pause = this.#restarts.pauseAfterEnd(clock.now());
    await clock.sleepUntil(clock.now() + pause, signal);
  }

  #tellEnd(words: string): void {
    this.onNotice?.(`the ffmpeg that grabs the desktop has ended (${words}); it is started again`);
  }

  /** Tries until it works. @returns undefined when the signal aborts before. */
  async #startAgain(): Promise<Run | undefined> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      const run = await this.#start();
      if (typeof run !== "string") return this.#run = run;
      if (signal.aborted) return undefined;
      const pause = this.#restarts.pauseAfterEnd(clock.now());
      const text = `the desktop can't be grabbed now; ffmpeg says: ${run}`;
      this.onNotice?.(`${text}; tried again in ${formatDuration(pause)}`);
      await clock.sleepUntil(clock.now() + pause, signal);
    }
    return undefined;
  }

  /** @returns why it did not start, in ffmpeg's words. */
  async #start(): Promise<Run | string> {
    const { size, rate = DEFAULT_DESKTOP_RATE, program = "ffmpeg", signal, clock } = this.#options;
    const bitrate = this.#runningBitrate = this.#bitrate;
    const grabbing = { platform: Deno.build.os, display: this.#display, codec: this.#codec };
    const args = grabArguments({ ...grabbing, rate, bitrate, ...(size && { size }) });
    this.#restarts.onStart(clock.now());
    let child: DesktopChild | undefined;
    try {
      child = this.#child = new DesktopChild(program, args);
      // The signal stops what runs when it aborts.
      if (signal.aborted) await child.stop();
      return { child, turn: await this.#read(child) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await child?.stop();
      return await child?.lastWords() ?? error.message;
    }
  }

  async #read(child: DesktopChild): Promise<ScreenTurn> {
    const kind = this.#codec === "h264" ? "mpeg-ts" : "ivf";
    const bytes = new StartedBytes(child.bytes);
    const context = {
      signal: this.#options.signal,
      onNotice: (text: string) => this.onNotice?.(text),
      wantsSound: false,
      onNoTimes: () => {},
    };
    const next = () => Promise.resolve(undefined);
    return await openSplit({ location: NAME, kind, bytes, next }, context);
  }

  /** Ends the running ffmpeg, so that another is started with the bitrate that is wanted now. */
  #applyBitrate(): void {
    this.#change = undefined;
    if (this.#options.signal.aborted || this.#bitrate === this.#runningBitrate) return;
    const run = this.#run;
    if (run === undefined) return;
    this.#restarts.onBitrateChange(this.#options.clock.now());
    this.#run = undefined;
    const kilobits = Math.round(this.#bitrate / 1000);
    this.onNotice?.(`the desktop is encoded at ${kilobits} kbit/s from now on`);
    void run.child.stop();
  }
}

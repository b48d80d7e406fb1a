import type { Clock } from "../../../../shared/driver/clock.ts";
import { type Millis, type RtpTicks, ticksToMillis } from "../../../../shared/core/units.ts";
import {
  type AudioFormat,
  type EncodedFrame,
  SCREEN_CLOCK_RATE,
} from "../../../../shared/media/channel.ts";
import type { AudioSource } from "../../sound/io/audio_source.ts";
import { SoundAlignment } from "../files/sound_alignment.ts";
import type { TimedFrame, TurnSound } from "./screen_turn.ts";

/** Sound that does not come for this long is replaced by silence. */
const PATIENCE_MILLIS: Millis = 300;
/** The silence ends this far behind the pictures that were read. */
const LAG_MILLIS: Millis = 500;

/** What the sound needs to know of a turn. */
export interface SoundTurn {
  readonly sound?: TurnSound;
  /** When the first picture is shown, by the source's clock. */
  readonly firstTicks: RtpTicks;
  /** When the first picture is shown, by the times of all turns. */
  readonly base: RtpTicks;
}

export interface SoundTurns {
  /** The turn with this number, from 0; undefined when there is none. */
  turn(index: number): Promise<SoundTurn | undefined>;
  /** All of a turn's sound was read. */
  end(index: number, end: RtpTicks): void;
  /** No more sound is read. */
  stop(): void;
}

/** The sound of a screen's source over all turns. Where it is shorter than the pictures, silence follows. */
export class ScreenSound implements AudioSource {
  readonly format: AudioFormat;
  readonly isLive: boolean;
  readonly #turns: SoundTurns;
  readonly #alignment: SoundAlignment;
  /** How far the pictures were read. */
  #progress: Millis = 0;
  #arePicturesOver = false;
  #change = Promise.withResolvers<void>();
  readonly #clock: Clock;

  constructor(
    { format }: TurnSound,
    { isLive, clock, turns }: {
      readonly isLive: boolean;
      readonly clock: Clock;
      readonly turns: SoundTurns;
    },
  ) {
    this.format = format;
    this.isLive = isLive;
    this.#clock = clock;
    this.#turns = turns;
    this.#alignment = new SoundAlignment(format);
  }

  /** A picture was read that is shown at this time. */
  noteProgress(ticks: RtpTicks): void {
    this.#progress = Math.max(this.#progress, ticksToMillis(ticks, SCREEN_CLOCK_RATE));
    this.#tellChange();
  }

  noteEndOfPictures(): void {
    this.#arePicturesOver = true;
    this.#tellChange();
  }

  async *frames(): AsyncGenerator<EncodedFrame> {
    try {
      yield* this.#allTurns();
    } finally {
      this.#turns.stop();
    }
  }

  async *#allTurns(): AsyncGenerator<EncodedFrame> {
    for (let index = 0;; index++) {
      const turn = yield* this.#fillUntil(this.#turns.turn(index));
      if (turn === undefined) return;
      try {
        if (turn.sound) yield* this.#play(turn, turn.sound);
      } finally {
        const end = this.#alignment.position * SCREEN_CLOCK_RATE / 1000;
        this.#turns.end(index, Math.round(end));
      }
    }
  }

  async *#play({ firstTicks, base }: SoundTurn, sound: TurnSound): AsyncGenerator<EncodedFrame> {
    const frames = sound.frames();
    try {
      for (;;) {
        const next: IteratorResult<TimedFrame> = yield* this.#fillUntil(frames.next());
        if (next.done) return;
        const { frame, ticks } = next.value;
        yield* this.#place(frame, ticksToMillis(base + ticks - firstTicks, SCREEN_CLOCK_RATE));
      }
    } finally {
      await frames.return(undefined);
    }
  }

  *#place(frame: EncodedFrame, at: Millis): Generator<EncodedFrame> {
    for (;;) {
      const silence = this.#alignment.fill(at, frame);
      if (silence.length === 0) break;
      yield* silence;
    }
    if (this.#alignment.place(frame, at)) yield frame;
  }

  /** Waits for `coming`; when that takes long, gives silence meanwhile as the pictures go on. */
  async *#fillUntil<Value>(coming: Promise<Value>): AsyncGenerator<EncodedFrame, Value> {
    let arrived: { readonly value: Value } | undefined;
    const waiting = new AbortController();
    const arrival = coming.then((value) => {
      arrived = { value };
      waiting.abort();
    });
    arrival.catch(() => {});
    const patience = this.#clock.sleepUntil(this.#clock.now() + PATIENCE_MILLIS, waiting.signal);
    await Promise.race([arrival, patience]);
    while (!arrived) {
      const { promise } = this.#change;
      if (!this.#arePicturesOver) yield* this.#alignment.fill(this.#progress - LAG_MILLIS);
      await Promise.race([arrival, promise]);
    }
    return arrived.value;
  }

  #tellChange(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

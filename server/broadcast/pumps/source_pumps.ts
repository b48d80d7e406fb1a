import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { DataSetup } from "../../../shared/data/data_setup.ts";
import type { Clock } from "../../../shared/driver/clock.ts";
import type { AudioFormat, EncodedFrame } from "../../../shared/media/channel.ts";
import type { ServerCore } from "../../core/server_core.ts";
import type { LossSummary } from "../../origin/screen/desktop/bitrate.ts";
import type { EncodedPicture, ScreenFormat } from "../../origin/screen/picture.ts";
import type { EventSchedule } from "../../origin/timeline/event_schedule.ts";
import { inWords } from "../../origin/timeline/event_times.ts";
import type { NewEvent, TimelineStep } from "../../origin/timeline/new_event.ts";
import { type DataInput, type DataSink, pumpData } from "./data_pump.ts";
import { Alarm, type MediaSink, pumpEvents, pumpMedia, pumpSteps } from "./pumps.ts";
import { SetupPace } from "./setup_pace.ts";

/** A source of sound. */
export interface SoundInput {
  frames(): AsyncIterable<EncodedFrame>;
}

/** Sound that may begin after the broadcast. */
export interface AwaitedSound extends SoundInput {
  readonly format: AudioFormat;
}

/** A screen. */
export interface ScreenInput {
  readonly format: ScreenFormat;
  pictures(): AsyncIterable<EncodedPicture>;
  /** Told about once a second how many listeners lose; for a source that can change its bitrate. */
  noteLosses?(losses: LossSummary): void;
}

/** A source of events: a schedule that holds all of them, or one that is filled from `steps`. */
export interface EventInput {
  readonly schedule: EventSchedule;
  readonly steps?: AsyncIterable<TimelineStep>;
}

/** A source of sound. */
export interface SoundInput {
  frames(): AsyncIterable<EncodedFrame>;
}

/** Sound that may begin after the broadcast. */
export interface AwaitedSound extends SoundInput {
  readonly format: AudioFormat;
}

/** A screen. */
export interface ScreenInput {
  readonly format: ScreenFormat;
  pictures(): AsyncIterable<EncodedPicture>;
  /** Told about once a second how many listeners lose; for a source that can change its bitrate. */
  noteLosses?(losses: LossSummary): void;
}

/** A source of events: a schedule that holds all of them, or one that is filled from `steps`. */
export interface EventInput {
  readonly schedule: EventSchedule;
  readonly steps?: AsyncIterable<TimelineStep>;
}

/** The sources of a broadcast; each is absent where there is none. */
export interface SourceInputs {
  readonly sound?: SoundInput;
  /** Sound that had not begun when the broadcast was opened; undefined when there is none after all. */
  readonly awaitedSound?: Promise<AwaitedSound | undefined>;
  readonly screen?: ScreenInput;
  /** A screen that had not begun when the broadcast was opened. */
  readonly awaitedScreen?: Promise<ScreenInput>;
  readonly data?: DataInput;
  readonly events?: EventInput;
}

export interface SourcePumpsOptions {
  readonly inputs: SourceInputs;
  readonly core: ServerCore;
  readonly clock: Clock;
  /** Aborted when the sources are to be read no further. */
  readonly signal: AbortSignal;
  /** Whether the host makes events too, so that the end of their source is not their end. */
  readonly hasHostEvents: boolean;
  /** Gives the core an input. */
  readonly input: (give: (now: Millis) => void) => void;
  readonly notice: (level: "warning" | "error", text: string) => void;
}

/** Reads the sources of a broadcast, and gives what they read to its core in time. */
export class SourcePumps {
  readonly #options: SourcePumpsOptions;
  readonly #filled: Alarm;
  readonly #emptied: Alarm;
  readonly #started: Promise<Millis | undefined>;
  #noteStart: (at: Millis | undefined) => void = () => {};
  #failure: CommandError | undefined;
  #screen: ScreenInput | undefined;

  constructor(options: SourcePumpsOptions) {
    this.#options = options;
    const { clock, signal } = options;
    this.#filled = new Alarm(clock, signal);
    this.#emptied = new Alarm(clock, signal);
    this.#started = new Promise((resolve) => this.#noteStart = resolve);
  }

  /** Why the first source failed that did; undefined when none has. */
  get failure(): CommandError | undefined {
    return this.#failure;
  }

  /** Resolves when all sources have ended. */
  async run(): Promise<void> {
    await Promise.all([
      this.#pumpSound(),
      this.#pumpScreen(),
      this.#pumpData(),
      this.#pumpEvents(),
    ]);
  }

  /** @param at when the broadcast has started; undefined when it ended before. */
  onStarted(at: Millis | undefined): void {
    this.#noteStart(at);
  }

  onLosses(losses: LossSummary): void {
    this.#screen?.noteLosses?.(losses);
  }

  async #pumpSound(): Promise<void> {
    const { inputs: { sound, awaitedSound }, core, clock, signal } = this.#options;
    if (!sound && !awaitedSound) return;
    const sink = this.#sink<EncodedFrame>(
      () => core.audioBacklog,
      (frame, now) => core.pushAudio(frame, now),
    );
    await this.orFail(async () => {
      const source = sound ?? await this.#awaitSound(awaitedSound!);
      if (source) await pumpMedia(source.frames(), sink, { clock, signal });
    });
    this.#options.input((now) => core.endAudio(now));
  }

  async #awaitSound(awaited: Promise<AwaitedSound | undefined>): Promise<SoundInput | undefined> {
    const sound = await awaited;
    if (sound) this.#options.input((now) => this.#options.core.openAudio(sound.format, now));
    return sound;
  }

  async #pumpScreen(): Promise<void> {
    const { inputs: { screen, awaitedScreen }, core, clock, signal } = this.#options;
    if (!screen && !awaitedScreen) return;
    const sink = this.#sink<EncodedPicture>(
      () => core.screenBacklog,
      (picture, now) => core.pushPicture(picture, now),
    );
    await this.orFail(async () => {
      const source = this.#screen = screen ?? await this.#awaitScreen(awaitedScreen!);
      await pumpMedia(source.pictures(), sink, { clock, signal });
    });
    this.#options.input((now) => core.endScreen(now));
  }

  async #awaitScreen(awaited: Promise<ScreenInput>): Promise<ScreenInput> {
    const screen = await awaited;
    this.#options.input((now) => this.#options.core.openScreen(screen.format, now));
    return screen;
  }

  /** Takes what a source gives, and says how much of it waits to be sent. */
  #sink<Item>(
    backlog: () => Millis,
    push: (item: Item, now: Millis) => void,
  ): MediaSink<Item> {
    const { core } = this.#options;
    return {
      get backlog() {
        return backlog();
      },
      get isClosed() {
        return core.isEnding;
      },
      push: (item) => this.#options.input((now) => push(item, now)),
    };
  }

  async #pumpData(): Promise<void> {
    const { inputs: { data }, core, clock, signal } = this.#options;
    if (!data) return;
    const { source, ...pace } = data;
    const tell = (setup: DataSetup) => this.#options.input((now) => core.setDataSetup(setup, now));
    const setups = new SetupPace({ clock, signal, tell });
    source.onSetup = (setup) => setups.push(setup);
    const tools = { clock, signal, started: this.#started };
    await this.orFail(() => pumpData(source, this.#dataSink(), { ...tools, ...pace }));
    setups.flush();
    this.#options.input((now) => core.endData(now));
  }

  #dataSink(): DataSink {
    const { core } = this.#options;
    return {
      get hasRoom() {
        return core.hasDataRoom;
      },
      get isClosed() {
        return core.isEnding;
      },
      push: (message) => this.#options.input((now) => core.pushData(message, now)),
    };
  }

  async #pumpEvents(): Promise<void> {
    const { inputs: { events }, core, clock, signal, hasHostEvents, input } = this.#options;
    // Awaited sound has a channel of events beside it, which then has no source.
    if (!events && hasHostEvents) return;
    if (!events) return core.endEvents(clock.now());
    const { schedule, steps } = events;
    const tools = { clock, filled: this.#filled, emptied: this.#emptied, signal };
    const filling = steps && this.orFail(() => pumpSteps(steps, schedule, tools)).then(() => {
      schedule.end();
      this.#filled.ring();
    });
    const startedAt = await this.#started;
    if (startedAt !== undefined) schedule.start(startedAt);
    const sink = {
      get room() {
        // A core that is ending takes no event, and the schedule must run empty.
        return core.isEnding ? Infinity : core.eventRoom;
      },
      push: (due: readonly NewEvent[]) => this.#options.input((now) => core.pushEvents(due, now)),
    };
    await pumpEvents(schedule, sink, {
      ...tools,
      onLongWait: (step, millis) => this.#tellLongWait(step, millis),
    });
    await filling;
    if (!hasHostEvents) input((now) => core.endEvents(now));
  }

  #tellLongWait({ position }: TimelineStep, millis: Millis): void {
    const event = position === undefined ? "The next event" : `--events: line ${position}`;
    const text =
      `${event} is due in ${inWords(millis)}, by its time, and later events wait for it; ` +
      "--interval sends events regardless of their times";
    this.#options.notice("warning", text);
  }

  /** A source that fails ends like any other; the broadcast ends in order, and fails with the same error. */
  async orFail(pump: () => Promise<void>): Promise<void> {
    try {
      await pump();
    } catch (error) {
      if (this.#options.signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      this.#failure ??= error instanceof CommandError
        ? error
        : new CommandError(ExitCode.failure, text);
      this.#options.notice("error", text);
    }
  }
}

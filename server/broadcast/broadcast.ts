/*
 * Opens and runs one broadcast.
 *
 * In: the options of `serve`, the machine (clock, sockets, randomness), and whatever the listeners send.
 * Out: the datagrams on the socket, and outputs (`ServerOutput`) for the terminal and the log.
 *
 * `broadcast_plan.ts` checks the options and fills in what they leave open. `open_broadcast.ts` opens the
 * port, the sources (`open_sources.ts`), the tokens and keys (`open_access.ts`) and the files (`io/`,
 * `sdp.ts`), and makes a `LiveBroadcast` of them. `LiveBroadcast` (this file) runs the core; the loops of
 * `pumps.ts` and `data_pump.ts` read the sources and give what they read to the core in time. `notices.ts` keeps what
 * sources report before the broadcast is open. Read next: `open_broadcast.ts`, then
 * `../core/server_core.ts`.
 */

import type { Address } from "../../shared/driver/socket.ts";
import { CoreRunner } from "../../shared/driver/core_runner.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { DatagramSocket } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, ChannelName, Codec, EncodedFrame } from "../../shared/media/channel.ts";
import type { LossSummary } from "../origin/screen/desktop/bitrate.ts";
import type { EncodedPicture, ScreenFormat } from "../origin/screen/picture.ts";
import type { EventSchedule } from "../origin/timeline/event_schedule.ts";
import { inWords } from "../origin/timeline/event_times.ts";
import type { NewEvent, TimelineStep } from "../origin/timeline/new_event.ts";
import type { JoinExaminer } from "../tokens/token_examiner.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { CoreOutput, ExamineJoin, ServerOutput, ServerStats } from "../interface/output.ts";
import { type DataInput, type DataSink, pumpData } from "./data_pump.ts";
import { Alarm, type MediaSink, pumpEvents, pumpMedia, pumpSteps } from "./pumps.ts";
import { SetupPace } from "./setup_pace.ts";
import type { ServerCore } from "../core/server_core.ts";

/** The system does not report that the time of day was set or that the machine slept, so it is polled. */
const WALL_CLOCK_EVERY_MILLIS: Millis = 500;
/** More than the start of a broadcast tells. */
const MAX_EARLY_OUTPUTS = 100;

export interface BroadcastReady {
  /** The address that listeners connect to. */
  readonly host: string;
  readonly port: number;
  /** The join link, which holds the token. */
  readonly link: string;
  /** Every address under which listeners may reach it, the link's first, each with its own link. */
  readonly ways: readonly JoinWay[];
  readonly channels: readonly { channel: ChannelName; codec: Codec; ssrc: number }[];
}

/** An address under which listeners may reach the host. */
export interface JoinWay {
  readonly address: Address;
  readonly link: string;
}

/** A broadcast that is ready for listeners. */
export interface Broadcast {
  readonly ready: BroadcastReady;
  /** The first subscriber gets every output from the beginning. @returns a function that ends it. */
  subscribe(subscriber: (output: ServerOutput) => void): () => void;
  /** Tells all listeners that the broadcast ends, then finishes. */
  stop(reason: string): void;
  /** Resolves when all listeners have been told of the end; rejects when a source failed. */
  readonly finished: Promise<void>;
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

export interface LiveBroadcastOptions {
  readonly core: ServerCore;
  readonly examiner: JoinExaminer;
  readonly socket: DatagramSocket;
  readonly machine: Machine;
  readonly ready: BroadcastReady;
  readonly sound?: SoundInput;
  /** Sound that had not begun when the broadcast was opened; undefined when there is none after all. */
  readonly awaitedSound?: Promise<AwaitedSound | undefined>;
  readonly screen?: ScreenInput;
  /** A screen that had not begun when the broadcast was opened. */
  readonly awaitedScreen?: Promise<ScreenInput>;
  readonly data?: DataInput;
  readonly events?: EventInput;
  /** How passes are to be judged, one each time that changes. */
  readonly passReviews?: AsyncIterable<PassReview>;
  /** Aborted at the end, so that the sources are read no further. */
  readonly sources: AbortController;
  /** Called once at the end. */
  readonly onFinished: () => void;
}

/** A core with its socket and its sources, running. */
export class LiveBroadcast implements Broadcast {
  readonly finished: Promise<void>;
  readonly #options: LiveBroadcastOptions;
  readonly #runner: CoreRunner<CoreOutput, ServerOutput>;
  readonly #filled: Alarm;
  readonly #emptied: Alarm;
  readonly #started: Promise<Millis | undefined>;
  #noteStart: (at: Millis | undefined) => void = () => {};
  #failure: CommandError | undefined;
  #screen: ScreenInput | undefined;

  constructor(options: LiveBroadcastOptions) {
    const { core, socket, machine: { clock }, sources } = options;
    this.#options = options;
    this.#filled = new Alarm(clock, sources.signal);
    this.#emptied = new Alarm(clock, sources.signal);
    this.#started = new Promise((resolve) => this.#noteStart = resolve);
    this.#runner = new CoreRunner<CoreOutput, ServerOutput>({
      core,
      socket,
      clock,
      maxEarlyOutputs: MAX_EARLY_OUTPUTS,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (text) => this.notice("warning", text),
      onReceiveError: (text) => this.notice("warning", text),
    });
    this.finished = this.#run();
    // A failure must not end the program when nobody awaits it.
    this.finished.catch(() => {});
  }

  get ready(): BroadcastReady {
    return this.#options.ready;
  }

  subscribe(subscriber: (output: ServerOutput) => void): () => void {
    return this.#runner.subscribe(subscriber);
  }

  stop(reason: string): void {
    this.#runner.input((now) => this.#options.core.shutdown(reason, now));
  }

  /** Tells the subscribers something that is not from the core, such as a problem of a source. */
  notice(level: "info" | "warning" | "error", text: string): void {
    this.#runner.tell({ kind: "notice", level, text });
  }

  async #run(): Promise<void> {
    const { core, sources, onFinished } = this.#options;
    const pumps = [
      this.#pumpSound(),
      this.#pumpScreen(),
      this.#pumpData(),
      this.#pumpEvents(),
      this.#pumpPassReviews(),
      this.#pumpWallTime(),
    ];
    try {
      await this.#runner.run();
    } finally {
      sources.abort();
      this.#noteStart(core.startedAt);
      await Promise.all(pumps);
      onFinished();
    }
    const { eventProblem } = core;
    if (eventProblem !== undefined) {
      this.#failure ??= new CommandError(
        ExitCode.failure,
        `${eventProblem}. Not all events were sent`,
      );
    }
    if (this.#failure) throw this.#failure;
  }

  async #pumpSound(): Promise<void> {
    const { core, sound, awaitedSound, machine: { clock }, sources: { signal } } = this.#options;
    if (!sound && !awaitedSound) return;
    const sink = this.#sink<EncodedFrame>(
      () => core.audioBacklog,
      (frame, now) => core.pushAudio(frame, now),
    );
    await this.#orFail(async () => {
      const source = sound ?? await this.#awaitSound(awaitedSound!);
      if (source) await pumpMedia(source.frames(), sink, { clock, signal });
    });
    this.#runner.input((now) => core.endAudio(now));
  }

  async #awaitSound(awaited: Promise<AwaitedSound | undefined>): Promise<SoundInput | undefined> {
    const sound = await awaited;
    if (sound) this.#runner.input((now) => this.#options.core.openAudio(sound.format, now));
    return sound;
  }

  async #pumpScreen(): Promise<void> {
    const { core, screen, awaitedScreen, machine: { clock }, sources: { signal } } = this.#options;
    if (!screen && !awaitedScreen) return;
    const sink = this.#sink<EncodedPicture>(
      () => core.screenBacklog,
      (picture, now) => core.pushPicture(picture, now),
    );
    await this.#orFail(async () => {
      const source = this.#screen = screen ?? await this.#awaitScreen(awaitedScreen!);
      await pumpMedia(source.pictures(), sink, { clock, signal });
    });
    this.#runner.input((now) => core.endScreen(now));
  }

  async #awaitScreen(awaited: Promise<ScreenInput>): Promise<ScreenInput> {
    const screen = await awaited;
    this.#runner.input((now) => this.#options.core.openScreen(screen.format, now));
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
      push: (item) => this.#runner.input((now) => push(item, now)),
    };
  }

  async #pumpData(): Promise<void> {
    const { core, data, machine: { clock }, sources: { signal } } = this.#options;
    if (!data) return;
    const { source, ...pace } = data;
    const tell = (setup: DataSetup) => this.#runner.input((now) => core.setDataSetup(setup, now));
    const setups = new SetupPace({ clock, signal, tell });
    source.onSetup = (setup) => setups.push(setup);
    const tools = { clock, signal, started: this.#started };
    await this.#orFail(() => pumpData(source, this.#dataSink(), { ...tools, ...pace }));
    setups.flush();
    this.#runner.input((now) => core.endData(now));
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
      push: (message) => this.#runner.input((now) => core.pushData(message, now)),
    };
  }

  async #pumpEvents(): Promise<void> {
    const { core, events, machine: { clock }, sources: { signal } } = this.#options;
    // Awaited sound has a channel of events beside it, which then has no source.
    if (!events) return core.endEvents(clock.now());
    const { schedule, steps } = events;
    const tools = { clock, filled: this.#filled, emptied: this.#emptied, signal };
    const filling = steps && this.#orFail(() => pumpSteps(steps, schedule, tools)).then(() => {
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
      push: (due: readonly NewEvent[]) => this.#runner.input((now) => core.pushEvents(due, now)),
    };
    await pumpEvents(schedule, sink, {
      ...tools,
      onLongWait: (step, millis) => this.#tellLongWait(step, millis),
    });
    await filling;
    this.#runner.input((now) => core.endEvents(now));
  }

  #tellLongWait({ position }: TimelineStep, millis: Millis): void {
    const event = position === undefined ? "The next event" : `--events: line ${position}`;
    const text =
      `${event} is due in ${inWords(millis)}, by its time, and later events wait for it; ` +
      "--interval sends events regardless of their times";
    this.notice("warning", text);
  }

  async #pumpPassReviews(): Promise<void> {
    const { core, passReviews } = this.#options;
    if (!passReviews) return;
    await this.#orFail(async () => {
      for await (const review of passReviews) {
        this.#tellWallTime();
        this.#runner.input((now) => core.reviewPasses(review, now));
      }
    });
  }

  /** Only passes depend on the time of day. */
  async #pumpWallTime(): Promise<void> {
    const { passReviews, machine: { clock }, sources: { signal } } = this.#options;
    while (passReviews && !signal.aborted) {
      this.#tellWallTime();
      await clock.sleepUntil(clock.now() + WALL_CLOCK_EVERY_MILLIS, signal);
    }
  }

  #tellWallTime(): void {
    const { core, machine: { wallClock } } = this.#options;
    this.#runner.input((now) => core.tellWallTime(wallClock.now(), now));
  }

  /** A source that fails ends like any other; the broadcast ends in order, and fails with the same error. */
  async #orFail(pump: () => Promise<void>): Promise<void> {
    try {
      await pump();
    } catch (error) {
      if (this.#options.sources.signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      this.#failure ??= error instanceof CommandError
        ? error
        : new CommandError(ExitCode.failure, text);
      this.notice("error", text);
    }
  }

  #onOutput(output: CoreOutput): ServerOutput | undefined {
    if (output.kind === "examine-join") return void this.#examine(output);
    if (output.kind === "started") this.#noteStart(output.at);
    if (output.kind === "losses" && output.channel === "screen") this.#screen?.noteLosses?.(output);
    return output.kind === "stats" ? this.#withData(output) : output;
  }

  /** The core knows only of messages that were right. */
  #withData(stats: ServerStats): ServerStats {
    const { core: { dataCounts }, data } = this.#options;
    if (!data || !dataCounts) return stats;
    const { received, refused, dropped } = data.source.counts;
    const superseded = dropped + dataCounts.superseded;
    const totals = { received: received + dropped, refused, superseded, sent: dataCounts.sent };
    return { ...stats, data: totals };
  }

  async #examine({ id, join }: ExamineJoin): Promise<void> {
    const { core, examiner } = this.#options;
    const examined = await examiner.examine(join);
    this.#tellWallTime();
    this.#runner.input((now) => core.onExamined(id, examined, now));
  }
}

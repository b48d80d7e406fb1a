import { describeReceiveError, Driver } from "../../shared/driver/driver.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { type Address, type DatagramSocket, formatAddress } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, ChannelName, Codec, EncodedFrame } from "../../shared/media/channel.ts";
import { Alarm } from "./alarm.ts";
import type { EventSchedule } from "../origin/timeline/event_schedule.ts";
import { inWords } from "../origin/timeline/event_times.ts";
import type { TimelineStep } from "../origin/timeline/new_event.ts";
import type { JoinExaminer } from "../tokens/token_examiner.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { CoreOutput, ExamineJoin, ServerOutput } from "../interface/output.ts";
import { pumpEvents, pumpSound, pumpSteps } from "./pumps.ts";
import type { ServerCore } from "../core/server_core.ts";

/** Nothing tells that the time of day was set, or that the machine slept: so it is looked at this often. */
const WALL_CLOCK_EVERY_MILLIS: Millis = 500;
/** A network that refuses everything is said once in this time. */
const SEND_ERROR_INTERVAL_MILLIS = 10_000;
/** What happened before anybody listened; more than a start says. */
const MAX_EARLY_OUTPUTS = 100;

export interface BroadcastReady {
  /** Where listeners reach it. */
  readonly host: string;
  readonly port: number;
  /** Holds the token. */
  readonly link: string;
  readonly channels: readonly { channel: ChannelName; codec: Codec; ssrc: number }[];
}

/** A broadcast that is ready for listeners. */
export interface Broadcast {
  readonly ready: BroadcastReady;
  /** Tells `listener` everything from the beginning or the last one on; what it gives back ends that. */
  subscribe(listener: (output: ServerOutput) => void): () => void;
  /** Says goodbye to all, then finishes. */
  stop(reason: string): void;
  /** Settles once the last goodbye is sent; rejects when a source failed on the way. */
  readonly finished: Promise<void>;
}

/** Where sound comes from. */
export interface SoundInput {
  frames(): AsyncIterable<EncodedFrame>;
}

/** Sound that comes when others may be on air. */
export interface AwaitedSound extends SoundInput {
  readonly format: AudioFormat;
}

/** Where events come from: a schedule that knows them all, or one that `steps` fill. */
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
  /** Sound that was not there yet as the broadcast was opened. */
  readonly awaitedSound?: Promise<AwaitedSound>;
  readonly events?: EventInput;
  /** How passes are to be judged, each time that changes. */
  readonly passReviews?: AsyncIterable<PassReview>;
  /** Ends the reading of the sources; aborted at the end. */
  readonly sources: AbortController;
  /** Done once it is over. */
  readonly onFinished: () => void;
}

/** A core, its socket and its sources, running. */
export class LiveBroadcast implements Broadcast {
  readonly finished: Promise<void>;
  readonly #options: LiveBroadcastOptions;
  readonly #driver: Driver<CoreOutput>;
  readonly #filled: Alarm;
  readonly #emptied: Alarm;
  readonly #started: Promise<Millis | undefined>;
  readonly #subscribers = new Set<(output: ServerOutput) => void>();
  readonly #early: ServerOutput[] = [];
  #noteStart: (at: Millis | undefined) => void = () => {};
  #failure: CommandError | undefined;
  #nextSendErrorAt: Millis = -Infinity;

  constructor(options: LiveBroadcastOptions) {
    const { core, socket, machine, sources } = options;
    this.#options = options;
    this.#filled = new Alarm(machine.clock, sources.signal);
    this.#emptied = new Alarm(machine.clock, sources.signal);
    this.#started = new Promise((resolve) => this.#noteStart = resolve);
    this.#driver = new Driver({
      ...{ core, socket, clock: machine.clock },
      onOutput: (output) => this.#onOutput(output),
      onSendError: (error, to) => this.#onSendError(error, to),
      onReceiveError: (error, count) => this.notice("warning", describeReceiveError(error, count)),
    });
    this.finished = this.#run();
    // Whoever awaits it hears of a failure; nobody has to.
    this.finished.catch(() => {});
  }

  get ready(): BroadcastReady {
    return this.#options.ready;
  }

  subscribe(listener: (output: ServerOutput) => void): () => void {
    this.#subscribers.add(listener);
    for (const output of this.#early.splice(0)) listener(output);
    return () => void this.#subscribers.delete(listener);
  }

  stop(reason: string): void {
    this.#options.core.shutdown(reason, this.#now());
    this.#driver.wake();
  }

  /** Says something that is not the core's: what a source found odd. */
  notice(level: "info" | "warning" | "error", text: string): void {
    this.#tell({ kind: "notice", level, text });
  }

  async #run(): Promise<void> {
    const { core, sources, onFinished } = this.#options;
    const pumps = [
      ...[this.#pumpSound(), this.#pumpEvents()],
      ...[this.#pumpPassReviews(), this.#pumpWallTime()],
    ];
    try {
      await this.#driver.run();
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
    const sink = {
      get backlog() {
        return core.audioBacklog;
      },
      get isClosed() {
        return core.isEnding;
      },
      push: (frame: EncodedFrame) => {
        core.pushAudio(frame, clock.now());
        this.#driver.wake();
      },
    };
    const alarm = new Alarm(clock, signal);
    await this.#orFail(async () => {
      const feed = sound ?? await this.#awaitSound(awaitedSound!);
      await pumpSound(feed.frames(), sink, { clock, alarm, signal });
    });
    core.endAudio(clock.now());
    this.#driver.wake();
  }

  async #awaitSound(awaited: Promise<AwaitedSound>): Promise<SoundInput> {
    const sound = await awaited;
    this.#options.core.openAudio(sound.format, this.#now());
    this.#driver.wake();
    return sound;
  }

  async #pumpEvents(): Promise<void> {
    const { core, events, machine: { clock }, sources: { signal } } = this.#options;
    // Awaited sound has a channel of events beside it, though nothing may feed that.
    if (!events) return core.endEvents(clock.now());
    const { schedule, steps } = events;
    const tools = { clock, filled: this.#filled, emptied: this.#emptied, signal };
    const filling = steps && this.#orFail(() => pumpSteps(steps, schedule, tools)).then(() => {
      schedule.end();
      this.#filled.ring();
    });
    const startedAt = await this.#started;
    if (startedAt !== undefined) schedule.start(startedAt);
    await pumpEvents(schedule, (event) => {
      core.pushEvent(event, clock.now());
      this.#driver.wake();
    }, { ...tools, onLongWait: (step, millis) => this.#tellLongWait(step, millis) });
    await filling;
    core.endEvents(clock.now());
    this.#driver.wake();
  }

  #tellLongWait({ position }: TimelineStep, millis: Millis): void {
    const which = position === undefined ? "The next event" : `--events: line ${position}`;
    const why = "as its time has it, and what follows waits for it";
    const remedy = "--interval sends events whatever their times";
    this.notice("warning", `${which} is due in ${inWords(millis)}, ${why}; ${remedy}`);
  }

  async #pumpPassReviews(): Promise<void> {
    const { core, passReviews } = this.#options;
    if (!passReviews) return;
    await this.#orFail(async () => {
      for await (const review of passReviews) {
        this.#tellWallTime();
        core.reviewPasses(review, this.#now());
        this.#driver.wake();
      }
    });
  }

  /** Only passes are judged by it. */
  async #pumpWallTime(): Promise<void> {
    const { passReviews, machine: { clock }, sources: { signal } } = this.#options;
    while (passReviews && !signal.aborted) {
      this.#tellWallTime();
      this.#driver.wake();
      await clock.sleepUntil(clock.now() + WALL_CLOCK_EVERY_MILLIS, signal);
    }
  }

  #tellWallTime(): void {
    const { core, machine: { wallClock } } = this.#options;
    core.tellWallTime(wallClock.now(), this.#now());
  }

  /** A source that fails ends, and the broadcast with it in good order; the failure is its outcome. */
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

  #onOutput(output: CoreOutput): void {
    if (output.kind === "examine-join") return void this.#examine(output);
    if (output.kind === "started") this.#noteStart(output.at);
    this.#tell(output);
    if (output.kind === "ended") this.#driver.stop();
  }

  async #examine({ id, join }: ExamineJoin): Promise<void> {
    const { core, examiner } = this.#options;
    const examined = await examiner.examine(join);
    this.#tellWallTime();
    core.onExamined(id, examined, this.#now());
    this.#driver.wake();
  }

  #tell(output: ServerOutput): void {
    if (this.#subscribers.size === 0 && this.#early.length < MAX_EARLY_OUTPUTS) {
      this.#early.push(output);
    }
    for (const subscriber of this.#subscribers) subscriber(output);
  }

  #onSendError(error: unknown, to: Address): void {
    const now = this.#now();
    if (now < this.#nextSendErrorAt) return;
    this.#nextSendErrorAt = now + SEND_ERROR_INTERVAL_MILLIS;
    const why = error instanceof Error ? error.message : String(error);
    this.notice("warning", `Sending to ${formatAddress(to)} failed: ${why}`);
  }

  #now(): Millis {
    return this.#options.machine.clock.now();
  }
}

/*
 * Opens and runs one broadcast.
 *
 * In: the options of `serve`, the machine (clock, sockets, randomness), and whatever the listeners send.
 * Out: the datagrams on the socket, and outputs (`ServerOutput`) for the terminal and the log.
 *
 * `broadcast_plan.ts` checks the options and fills in what they leave open. `open_broadcast.ts` opens the
 * port, the sources (`open_sources.ts`), the tokens and keys (`open_access.ts`), the host's own page
 * (`open_studio.ts`) and the files (`io/`, `sdp.ts`), and makes a `LiveBroadcast` of them. `LiveBroadcast` (this
 * file) runs the core; `source_pumps.ts`, with the loops of `pumps.ts` and `data_pump.ts`, reads the sources and
 * gives what it reads to the core in time; `studio_link.ts` does the same with what the host's page brings.
 * `notices.ts` keeps what sources report before the broadcast is open. Read next: `open_broadcast.ts`, then
 * `../core/server_core.ts`.
 */

import { CoreRunner } from "../../shared/driver/core_runner.ts";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import type { DatagramSocket } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName, Codec } from "../../shared/media/channel.ts";
import type { Examined, JoinExaminer } from "../tokens/token_examiner.ts";
import type { PassReview } from "../tokens/pass.ts";
import type { CoreOutput, ServerOutput, ServerStats } from "../interface/output.ts";
import type { ServerCore } from "../core/server_core.ts";
import type { StudioDoor } from "../studio/io/studio_sockets.ts";
import type { JoinAddress } from "./join_addresses.ts";
import { type SourceInputs, SourcePumps } from "./pumps/source_pumps.ts";
import { JoinExaminations } from "./pumps/join_examinations.ts";
import { type StudioInput, StudioLink } from "./studio_link.ts";

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
  /** The address of the host's own page, with the secret that opens it; absent when there is none. */
  readonly studio?: string;
  /** The id by which a directory knows the broadcast; absent when it is in none. */
  readonly id?: string;
}

/** An address under which listeners may reach the host. */
export interface JoinWay {
  readonly address: JoinAddress;
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

export interface LiveBroadcastOptions extends SourceInputs {
  readonly core: ServerCore;
  readonly examiner: JoinExaminer;
  readonly socket: DatagramSocket;
  readonly machine: Machine;
  readonly ready: BroadcastReady;
  /** The host's own page; absent when there is none. */
  readonly studio?: StudioInput;
  /** Follows what the broadcast tells, for a directory; absent when it is in none. */
  readonly directory?: { onOutput(output: CoreOutput): void };
  /** Whether events come from people too, so that the end of their source is not their end; false when absent. */
  readonly hasHostEvents?: boolean;
  /** How passes are to be judged, one each time that changes. */
  readonly passReviews?: AsyncIterable<PassReview>;
  /** Aborted at the end, so that the sources are read no further. */
  readonly sources: AbortController;
  /** Called once at the end. */
  readonly onFinished: () => void | Promise<void>;
}

/** A core with its socket and its sources, running. */
export class LiveBroadcast implements Broadcast {
  readonly finished: Promise<void>;
  readonly #options: LiveBroadcastOptions;
  readonly #runner: CoreRunner<CoreOutput, ServerOutput>;
  readonly #pumps: SourcePumps;
  readonly #studio: StudioLink | undefined;
  readonly #examinations: JoinExaminations;

  constructor(options: LiveBroadcastOptions) {
    const { core, socket, examiner, machine: { clock }, studio, hasHostEvents = false } = options;
    const { signal } = options.sources;
    this.#options = options;
    this.#examinations = new JoinExaminations({
      examiner,
      clock,
      signal,
      onExamined: (id, examined) => {
        if (hasPass(examined)) this.#tellWallTime();
        this.#runner.input((now) => core.onExamined(id, examined, now));
      },
    });
    this.#runner = new CoreRunner<CoreOutput, ServerOutput>({
      core,
      socket,
      clock,
      maxEarlyOutputs: MAX_EARLY_OUTPUTS,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (text) => this.notice("warning", text),
      onReceiveError: (text) => this.notice("warning", text),
    });
    const tools = {
      core,
      clock,
      signal,
      input: (give: (now: Millis) => void) => this.#runner.input(give),
      notice: (level: "warning" | "error", text: string) => this.notice(level, text),
    };
    this.#pumps = new SourcePumps({
      ...tools,
      inputs: options,
      hasHostEvents,
    });
    this.#studio = studio && new StudioLink({ ...tools, ...studio });
    this.finished = this.#run();
    // A failure must not end the program when nobody awaits it.
    this.finished.catch(() => {});
  }

  get ready(): BroadcastReady {
    return this.#options.ready;
  }

  /** Where the messages of the host's own pages go; undefined when there are none. */
  get studioDoor(): StudioDoor | undefined {
    return this.#studio;
  }

  subscribe(subscriber: (output: ServerOutput) => void): () => void {
    return this.#runner.subscribe(subscriber);
  }

  stop(reason: string): void {
    this.#studio?.end();
    this.#runner.input((now) => this.#options.core.shutdown(reason, now));
  }

  /** Tells the subscribers something that is not from the core, such as a problem of a source. */
  notice(level: "info" | "warning" | "error", text: string): void {
    const notice = { kind: "notice", level, text } as const;
    this.#runner.tell(notice);
    this.#studio?.onOutput(notice);
  }

  async #run(): Promise<void> {
    const { core, sources, onFinished } = this.#options;
    const pumps = [
      this.#pumps.run(),
      this.#studio?.run(),
      this.#pumpPassReviews(),
      this.#pumpWallTime(),
    ];
    try {
      await this.#runner.run();
    } finally {
      sources.abort();
      this.#pumps.onStarted(core.startedAt);
      await Promise.all(pumps);
      await onFinished();
    }
    const { eventProblem: problem } = core;
    const unsent = problem === undefined ? undefined : `${problem}. Not all events were sent`;
    const failure = this.#pumps.failure ??
      (unsent === undefined ? undefined : new CommandError(ExitCode.failure, unsent));
    if (failure) throw failure;
  }

  async #pumpPassReviews(): Promise<void> {
    const { core, passReviews } = this.#options;
    if (!passReviews) return;
    await this.#pumps.orFail(async () => {
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

  #onOutput(output: CoreOutput): ServerOutput | undefined {
    if (output.kind === "examine-join") return void this.#examinations.push(output);
    if (output.kind === "started") this.#pumps.onStarted(output.at);
    if (output.kind === "losses" && output.channel === "screen") this.#pumps.onLosses(output);
    this.#studio?.onOutput(output);
    this.#options.directory?.onOutput(output);
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
}

/** Whether the time of day decides about it. */
function hasPass(examined: Examined): boolean {
  return examined.kind === "answer" && examined.grant.kind === "granted" &&
    examined.grant.pass !== undefined;
}

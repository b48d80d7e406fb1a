import { type Millis, millisToTicks, type RtpTicks } from "../../../shared/core/units.ts";
import { serializeEvent, type TimelineEvent } from "../../../shared/event/event.ts";
import type { Channel } from "../../channel/channel.ts";
import { EventIntake } from "./event_intake.ts";
import { fitEvent, type NewEvent } from "./new_event.ts";
import type { CoreOutput } from "../../interface/output.ts";
import type { Timeline } from "./timeline.ts";

export interface TimelineSenderOptions {
  readonly channel: Channel;
  readonly timeline: Timeline;
  readonly now: Millis;
  /** Adds the host's signature, when the broadcast is encrypted. */
  readonly sign: (event: Uint8Array) => Uint8Array;
  readonly send: (payload: Uint8Array, ticks: RtpTicks, now: Millis) => void;
  readonly say: (output: CoreOutput) => void;
  /** Tells what keeps events waiting, or out. */
  readonly warn: (text: string, now: Millis) => void;
}

/** The events on their way from the intake to packets, each kept in the timeline before it is sent. */
export class TimelineSender {
  readonly #options: TimelineSenderOptions;
  readonly #intake: EventIntake;
  #startedAt: Millis = Infinity;
  #hasEnded = false;

  constructor(options: TimelineSenderOptions) {
    this.#options = options;
    const { warn } = options;
    this.#intake = new EventIntake({ accept: (event, at) => this.#send(event, at), warn });
    this.#remember();
  }

  /** When to {@linkcode retry}; Infinity when nothing waits for that. */
  get deadline(): Millis {
    return this.#intake.deadline;
  }

  /** Why events are not out that should be; undefined when all are. */
  get problem(): string | undefined {
    return this.#intake.problem;
  }

  /** Whether everything is out and nothing more will come. */
  get isOver(): boolean {
    return this.#hasEnded && this.#intake.isEmpty;
  }

  /** Keeps an event, then sends it; before the start it waits for that. */
  push(event: NewEvent, now: Millis): void {
    this.#intake.push(event, now);
  }

  start(now: Millis): void {
    this.#startedAt = now;
    this.#intake.open(now);
  }

  retry(now: Millis): void {
    this.#intake.retry(now);
  }

  /** Says that no more will come. */
  end(): void {
    this.#hasEnded = true;
  }

  #send(newEvent: NewEvent, now: Millis): void {
    const { channel, timeline, send, say, warn } = this.#options;
    const { event: { id } } = newEvent;
    const copied = id === undefined ? undefined : timeline.countOf(id);
    if (copied !== undefined) {
      return warn(`An event is left out: its id is ${id}, which event ${copied} has`, now);
    }
    const fitting = fitEvent(newEvent);
    if (!fitting) {
      const why = "An event is too large for a datagram, or has a field that no listener reads";
      return warn(`${why}: it is left out (score ${newEvent.score})`, now);
    }
    const event = timeline.append(fitting, now);
    send(this.#write(event), millisToTicks(now - this.#startedAt, channel.clockRate), now);
    say({ kind: "event-sent", event });
  }

  /**
   * Events of before a restart take their place in the stream, so that `sequence number - base + 1` is
   * always the count; they are sent to those who ask for them.
   */
  #remember(): void {
    const { channel: { packetizer, history, clockRate }, timeline, now } = this.#options;
    for (const entry of timeline.entries) {
      const ticks = millisToTicks(entry.time - now, clockRate);
      history.put(packetizer.packetize(this.#write(entry), ticks), now);
    }
  }

  #write(event: TimelineEvent): Uint8Array {
    return this.#options.sign(serializeEvent(event));
  }
}

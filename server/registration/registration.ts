/*
 * A host's place in a directory: registering, a heartbeat each 10 seconds, and the end.
 *
 * In: what the broadcast tells (`onOutput`), what came of each task, the time. Out: the next task (`poll`), when
 * to ask for it (`deadline`), and what people are told when the directory is away or back.
 *
 * Nothing here is sent: io/directory_host.ts carries the tasks out, one at a time, and asks for the next.
 * Listeners never wait for any of it. A directory that has forgotten the broadcast is told of it anew.
 * Read next: io/directory_host.ts, then shared/directory/directory_member.ts.
 */

import type { Millis } from "../../shared/core/units.ts";
import type { DirectoryFailure, DirectoryResult } from "../../shared/directory/conversation.ts";
import {
  type Heartbeat,
  HEARTBEAT_MILLIS,
  type NewBroadcast,
} from "../../shared/directory/forms.ts";
import type { CoreOutput } from "../interface/output.ts";

/** What the directory is asked next. */
export type Task =
  | { readonly kind: "register"; readonly body: NewBroadcast }
  | { readonly kind: "heartbeat"; readonly body: Heartbeat }
  | { readonly kind: "end" };

/** Where and by which key listeners reach the host. */
export type HostPlace = Pick<Heartbeat, "addresses" | "hostKey">;

export interface RegistrationOptions {
  /** With the id of the wire. */
  readonly broadcast: NewBroadcast;
  readonly place: HostPlace;
  /** Whether the directory knows of it by now. */
  readonly isRegistered: boolean;
  /** The directory is away, which was told already. */
  readonly isAway?: boolean;
  /** Whether anything is being sent by now. */
  readonly isLive: boolean;
  /** Of a timeline that goes on. */
  readonly score?: string;
  readonly clock?: string;
  readonly now: Millis;
}

/** A change of the score is told at once, but no sooner than this after the last heartbeat. */
const SOONEST: Millis = 1000;
const FIRST_RETRY: Millis = 1000;
/** So that everything is back within one heartbeat of the directory. */
const LAST_RETRY: Millis = HEARTBEAT_MILLIS;
/** A refusal that a retry will hardly change. */
const REFUSED_RETRY: Millis = 60_000;
const SCORE = /^\d{1,3} x \d{1,3}$/;
const CLOCK = /^\d{1,3}:[0-5]\d$/;

export class Registration {
  readonly #place: HostPlace;
  #broadcast: NewBroadcast;
  /** What the directory knows of it; undefined when it does not know the broadcast. */
  #known: NewBroadcast | undefined;
  /** What it is being told. */
  #telling: NewBroadcast | undefined;
  #state: "soon" | "live";
  #score: string | null;
  #clock: string | null;
  #seatsTaken = 0;
  /** The task under way. */
  #task: Task["kind"] | undefined;
  #beatAt: Millis = -Infinity;
  #dueAt: Millis;
  #failures: number;
  #isEnding = false;
  #hasEnded = false;

  constructor(options: RegistrationOptions) {
    const { broadcast, place, isRegistered, isAway, isLive, score, clock, now } = options;
    this.#failures = isAway ? 1 : 0;
    this.#state = isLive ? "live" : "soon";
    this.#broadcast = broadcast;
    this.#place = place;
    this.#known = isRegistered ? broadcast : undefined;
    this.#score = score ?? null;
    this.#clock = readClock(clock);
    this.#dueAt = isAway ? now + FIRST_RETRY : now;
  }

  /** When a task is due; Infinity while one is under way, and after the end. */
  get deadline(): Millis {
    return this.#task !== undefined || this.#hasEnded ? Infinity : this.#dueAt;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onOutput(output: CoreOutput, now: Millis): void {
    switch (output.kind) {
      case "started":
        this.#state = "live";
        return this.#hasten(now);
      case "event-sent":
        return this.#onEvent(output.event, now);
      case "listener-joined":
      case "listener-left":
      case "stats":
        this.#seatsTaken = output.listeners;
        return;
      case "teams":
        return this.#onTeams(output, now);
    }
  }

  /** The broadcast is over: the directory is told once. */
  end(now: Millis): void {
    this.#isEnding = true;
    this.#dueAt = now;
  }

  /** @returns what to ask now; its result goes to {@linkcode onResult}. */
  poll(now: Millis): Task | undefined {
    if (now < this.deadline) return undefined;
    const task = this.#nextTask();
    this.#task = task?.kind;
    if (!task) this.#hasEnded = true;
    if (task?.kind === "heartbeat") this.#beatAt = now;
    return task;
  }

  /** @returns what people are told, if it is news. */
  onResult(result: DirectoryResult<unknown>, now: Millis): "away" | "back" | undefined {
    const task = this.#task;
    this.#task = undefined;
    if (this.#isEnding && task === "end") this.#hasEnded = true;
    if (!result.ok) return this.#onFailure(result, now);
    if (task === "register") this.#known = this.#telling;
    this.#dueAt = this.#isEnding || task === "register" ? now : now + HEARTBEAT_MILLIS;
    const wasAway = this.#failures > 0;
    this.#failures = 0;
    return wasAway ? "back" : undefined;
  }

  #nextTask(): Task | undefined {
    if (this.#isEnding) return this.#known ? { kind: "end" } : undefined;
    if (this.#known !== this.#broadcast) {
      return { kind: "register", body: this.#telling = this.#broadcast };
    }
    const told = { state: this.#state, score: this.#score, clock: this.#clock };
    return { kind: "heartbeat", body: { ...this.#place, ...told, seatsTaken: this.#seatsTaken } };
  }

  #onFailure({ kind, status }: DirectoryFailure, now: Millis): "away" | undefined {
    // It has lost its memory, or thinks that the broadcast has ended.
    const isUnknown = kind === "refused" && (status === 404 || status === 409);
    if (isUnknown && this.#known) {
      this.#known = undefined;
      this.#dueAt = now;
      return undefined;
    }
    const isFinal = kind === "refused" && (status === 403 || status === 422 || status === 400);
    const retry = Math.min(FIRST_RETRY * 2 ** this.#failures, LAST_RETRY);
    this.#dueAt = now + (isFinal ? REFUSED_RETRY : retry);
    return ++this.#failures === 1 && !this.#isEnding ? "away" : undefined;
  }

  #onEvent(
    { score, event: { clock, supersedes } }: {
      readonly score: string;
      readonly event: { readonly clock: string; readonly supersedes?: string };
    },
    now: Millis,
  ): void {
    if (supersedes === undefined) this.#clock = readClock(clock);
    if (!SCORE.test(score) || score === this.#score) return;
    this.#score = score;
    this.#hasten(now);
  }

  /** A title that was made of the teams follows them. */
  #onTeams({ home, away }: { readonly home: string; readonly away: string }, now: Millis): void {
    const before = this.#broadcast;
    const isOfTeams = before.title === titleOf(before);
    const title = isOfTeams ? titleOf({ home, away }) : before.title;
    this.#broadcast = { ...before, home, away, title };
    this.#hasten(now);
  }

  #hasten(now: Millis): void {
    // While the directory is away, its next chance stays where it is.
    if (this.#failures === 0) {
      this.#dueAt = Math.min(this.#dueAt, Math.max(now, this.#beatAt + SOONEST));
    }
  }
}

/** The title of a match that was given none. */
export function titleOf({ home, away }: { readonly home: string; readonly away: string }): string {
  return `${home} x ${away}`;
}

function readClock(clock: string | undefined): string | null {
  return clock !== undefined && CLOCK.test(clock) ? clock : null;
}

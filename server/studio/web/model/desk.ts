import type { Millis } from "../../../../shared/core/units.ts";
import type {
  MatchCommand,
  PastEvent,
  WaitingEvent,
} from "../../../../shared/studio/match_messages.ts";
import type { StudioToHost, StudioToPage } from "../../../../shared/studio/studio_messages.ts";
import {
  type TeamNames,
  teamNamesProblem,
  tidyTeamNames,
} from "../../../../shared/studio/team_names.ts";
import type { StudioModel } from "./model.ts";

export interface DeskAdapter {
  /** @returns whether it is on its way. */
  send(message: StudioToHost): boolean;
  /** For a command: unique. */
  makeId(): string;
  now(): Millis;
}

/** What a correction changes; what is absent stays as it is. */
export interface Change {
  readonly title?: string;
  readonly origin?: string;
  readonly text?: string;
  readonly clock?: string;
}

/** Without `kind` and `id`. */
type Bare<Command> = Command extends unknown ? Omit<Command, "kind" | "id"> : never;

/** The most commands whose answer has not come. */
const MAX_UNANSWERED = 64;
export const WRONG_CLOCK = "Type minutes and seconds, such as 45:00";
/** Said when the page does not reach the host, or does not drive. */
const UNSENT = "Nothing was sent: this page does not reach the host now";
/** A command that could not be sent for this long is too old: the match has gone on. */
const OLD_MILLIS: Millis = 20_000;

/**
 * What the host of the broadcast does at the page, as commands. One whose answer has not come when the connection
 * is lost is sent again under the same id, so that it is carried out once. What was typed must not get lost: those
 * who send it are told what is wrong; "" when it was sent.
 */
export class Desk {
  /** Whether this page was ever told to take over. */
  hasTakenOver = false;
  readonly #model: StudioModel;
  readonly #adapter: DeskAdapter;
  readonly #unanswered = new Map<string, { readonly command: MatchCommand; readonly at: Millis }>();

  constructor(model: StudioModel, adapter: DeskAdapter) {
    this.#model = model;
    this.#adapter = adapter;
  }

  /** @param origin a team's name; "" for an event of both. */
  press(title: string, origin: string): void {
    this.#press({ do: "event", title, origin });
  }

  /** Sends a sentence. */
  note(text: string, origin: string): string {
    const trimmed = text.trim();
    if (trimmed === "") return "Type a sentence first";
    return this.#send({ do: "note", text: trimmed, ...(origin && { origin }) });
  }

  /** Takes back what was pressed last, if it still waits. */
  undo(): void {
    this.#press({ do: "undo" });
  }

  /** Takes back an event that waits. */
  undoEvent(event: string): void {
    this.#press({ do: "undo", event });
  }

  /** Of an event that is out, listeners are told that it did not happen. */
  takeBack(event: string): string {
    return this.#send({ do: "undo", event });
  }

  correct({ id }: Pick<PastEvent | WaitingEvent, "id">, change: Change): string {
    return this.#send({ do: "correct", event: id, ...change });
  }

  start(): void {
    this.#press({ do: "start" });
  }

  stop(): void {
    this.#press({ do: "stop" });
  }

  toggleClock(): void {
    if (this.#model.match.peek()?.clock.isRunning) this.stop();
    else this.start();
  }

  nameTeams(typed: TeamNames): string {
    const names = tidyTeamNames(typed);
    const { home, away } = this.#model;
    if (names.home === home.peek() && names.away === away.peek()) return "";
    const fixed = this.#model.match.peek()?.teamsFixed;
    return fixed ?? teamNamesProblem(names) ?? this.#send({ do: "teams", ...names });
  }

  /** Sets the clock; with a period alone, that period begins. */
  set(typed: string, period: number | undefined): string {
    if (typed.trim() === "" && period !== undefined) return this.#send({ do: "period", period });
    const clock = readTypedClock(typed);
    if (clock === undefined) return WRONG_CLOCK;
    return this.#send({ do: "set", clock, ...(period !== undefined && { period }) });
  }

  putOut(listener: string, isTokenRevoked: boolean): string {
    if (!this.#model.canAct.peek()) return UNSENT;
    const revoking = isTokenRevoked && { isTokenRevoked };
    this.#adapter.send({ kind: "put-out", id: this.#adapter.makeId(), listener, ...revoking });
    return "";
  }

  /** What the stands report has happened, or has not. */
  decide(candidateId: string, isConfirmed: boolean): void {
    if (!this.#model.canAct.peek()) return this.#model.notify("warning", UNSENT);
    this.#adapter.send({ kind: "decide", id: this.#adapter.makeId(), candidateId, isConfirmed });
  }

  takeOver(): void {
    this.hasTakenOver = true;
    this.#adapter.send({ kind: "take-over", id: this.#adapter.makeId() });
  }

  hear(message: StudioToPage): void {
    if (message.kind === "match-answer") this.#unanswered.delete(message.id);
  }

  /** The page drives again: what was on its way when the connection was lost is sent again. */
  sendAgain(): void {
    const now = this.#adapter.now();
    for (const [id, { command, at }] of this.#unanswered) {
      if (now - at <= OLD_MILLIS) this.#adapter.send(command);
      else {
        this.#unanswered.delete(id);
        this.#model.notify("warning", `Not sent, the host was away too long: ${nameOf(command)}`);
      }
    }
  }

  /** What is pressed has no place of its own for what is wrong. */
  #press(bare: Bare<MatchCommand>): void {
    const wrong = this.#send(bare);
    if (wrong !== "") this.#model.notify("warning", wrong);
  }

  #send(bare: Bare<MatchCommand>): string {
    if (!this.#model.canAct.peek() || this.#unanswered.size >= MAX_UNANSWERED) return UNSENT;
    const id = this.#adapter.makeId();
    const command: MatchCommand = { kind: "match", id, ...bare };
    this.#unanswered.set(id, { command, at: this.#adapter.now() });
    this.#adapter.send(command);
    return "";
  }
}

/** Reads `45:00`, `45`, `45.30` or `4530` as `MM:SS`; undefined for anything else. */
export function readTypedClock(typed: string): string | undefined {
  const match = /^\s*(\d{1,3})(?:[:.,\s]([0-5]?\d))?\s*$/.exec(typed) ??
    /^\s*(\d{1,3})([0-5]\d)\s*$/.exec(typed);
  if (!match) return undefined;
  const [, minutes = "", seconds = "0"] = match;
  return `${minutes.padStart(2, "0")}:${seconds.padStart(2, "0")}`;
}

function nameOf(command: MatchCommand): string {
  return command.do === "event" ? `${command.title} ${command.origin}`.trim() : command.do;
}

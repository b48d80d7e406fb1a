import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES, readClock } from "../../../shared/event/event.ts";
import {
  type CommandTo,
  type MatchCommand,
  MAX_WAITING,
} from "../../../shared/studio/match_messages.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import { type Language, TITLES } from "../../../shared/event/titles.ts";
import type { Action } from "./actions.ts";
import { correctedTime, type Draft, Drafts, type Moment, type Told } from "./drafts.ts";
import { readMatchClock } from "./match_clock.ts";
import type { MatchRecord } from "./match_record.ts";
import { idOf } from "./outgoing_events.ts";
import { isWhistle, MIN_KEPT } from "./past_events.ts";
import { isSameKind, kindOf } from "./scoring.ts";
import type { Teams } from "./teams.ts";

/** Whether a command was carried out, and what the host should know. */
export interface Outcome {
  readonly ok: boolean;
  /** One line; there is always one when it was not carried out. */
  readonly text?: string;
}

/** @returns the id of the event that reporters have said already. */
export type AcceptedNear = (
  what: { readonly title: string; readonly origin: string },
  time: Millis,
) => string | undefined;

export interface CommandsOptions {
  readonly record: MatchRecord;
  readonly teams: Teams;
  /** Why the teams can't be named, whatever the events say; absent when they can. */
  readonly teamsFixed: string | undefined;
  readonly language: Language;
  readonly actions: ReadonlyMap<string, Action>;
  readonly acceptedNear?: AcceptedNear | undefined;
}

/** So many undone events are known, to say so when they are undone again. */
const MAX_UNDONE = 200;
/** The period of the first half of extra time. */
const EXTRA_TIME = 3;

/** Carries out what the host says, or says why not. */
export class Commands {
  readonly #record: MatchRecord;
  readonly #teams: Teams;
  readonly #teamsFixed: string | undefined;
  readonly #actions: ReadonlyMap<string, Action>;
  readonly #noteTitle: string;
  readonly #drafts: Drafts;
  readonly #acceptedNear: AcceptedNear;
  readonly #undone = new BoundedMap<string, true>(MAX_UNDONE);

  constructor(options: CommandsOptions) {
    const { record, teams, teamsFixed, language, actions, acceptedNear } = options;
    this.#acceptedNear = acceptedNear ?? (() => undefined);
    this.#record = record;
    this.#teams = teams;
    this.#teamsFixed = teamsFixed;
    this.#actions = actions;
    this.#noteTitle = TITLES[language].note;
    this.#drafts = new Drafts(teams, language);
  }

  carryOut(command: MatchCommand, now: Millis): Outcome {
    switch (command.do) {
      case "event":
        return this.#press(command, now);
      case "note":
        return this.#note(command, now);
      case "undo":
        return this.#undo(command, now);
      case "correct":
        return this.#correct(command, now);
      case "teams":
        return this.#nameTeams(command, now);
      default:
        return this.#setClock(command, now);
    }
  }

  /** Why the teams can't be named now: an entry is never changed, and would belong to no team. */
  get teamsFixed(): string | undefined {
    if (this.#teamsFixed !== undefined) return this.#teamsFixed;
    if (this.#record.past.nameTeams) return TOLD_TEAMS;
    return this.#record.outgoing.nameTeams ? WAITING_TEAMS : undefined;
  }

  /** Whether the event of this id never went out, since it was undone in time. */
  wasUndone(id: string): boolean {
    return this.#undone.has(id);
  }

  #nameTeams(names: CommandTo<"teams">, now: Millis): Outcome {
    const problem = this.teamsFixed ?? this.#teams.name(names, now);
    return problem === undefined ? DONE : refused(problem);
  }

  #setClock(command: CommandTo<"start" | "stop" | "set" | "period">, now: Millis): Outcome {
    const { clock } = this.#record;
    switch (command.do) {
      case "start":
        clock.start(now);
        return DONE;
      case "stop":
        clock.stop(now);
        return DONE;
      case "set":
        clock.set({ millis: readClock(command.clock), period: command.period }, now);
        return DONE;
      case "period":
        clock.beginPeriod(command.period, now);
        return DONE;
    }
  }

  #press(command: CommandTo<"event">, now: Millis): Outcome {
    const action = this.#actions.get(command.title);
    if (!action) return refused(noAction(command.title));
    const problem = this.#originProblem(command.origin, action) ??
      this.#reportedProblem(command, now) ?? this.#whistleProblem(action);
    if (problem !== undefined) return refused(problem);
    return this.#pushing(now, () => {
      const [last, remark] = [this.#record.lastWhistle(), this.#remarkOn(action)];
      this.#record.clock.press(action.type, command.id, last, now);
      return { draft: this.#drafts.ofAction(command, action, this.#moment(now)), remark };
    });
  }

  #note(command: CommandTo<"note">, now: Millis): Outcome {
    if (plainText(command.text).trim() === "") return refused("There is no text to send");
    const problem = this.#originProblem(command.origin ?? "");
    if (problem !== undefined) return refused(problem);
    return this.#pushing(now, () => ({ draft: this.#drafts.ofNote(command, this.#moment(now)) }));
  }

  #undo(command: CommandTo<"undo">, now: Millis): Outcome {
    const { outgoing, clock } = this.#record;
    const last = outgoing.waiting.at(-1);
    const id = command.event ?? (last && idOf(last.draft));
    if (id === undefined) return refused("Nothing waits to go out: choose the event to undo");
    if (outgoing.findWaiting(id)) {
      outgoing.remove(id);
      clock.takeBack(id);
      this.#undone.set(id, true);
      return DONE;
    }
    const told = this.#toCorrect(id);
    if (typeof told === "string") return refused(told);
    const { supersedes } = told.event;
    const earlier = supersedes === undefined ? undefined : this.#record.find(supersedes);
    return this.#pushing(now, () => {
      const draft = earlier
        ? this.#drafts.ofEarlier(command, earlier, told)
        : this.#drafts.ofNothing(command, told);
      clock.takeBack(id, command.id);
      return { draft, remark: "It has gone out already: a correction follows" };
    });
  }

  #correct(command: CommandTo<"correct">, now: Millis): Outcome {
    const waiting = this.#record.outgoing.findWaiting(command.event);
    if (waiting) return this.#changeWaiting(waiting, command);
    const told = this.#toCorrect(command.event);
    if (typeof told === "string") return refused(told);
    const changed = this.#changed(told, command);
    if (typeof changed === "string") return refused(changed);
    const { change, action } = changed;
    const id = told.event.id;
    const correction = { ...change, event: { ...change.event, id: command.id, supersedes: id } };
    return this.#pushing(now, () => {
      const draft = this.#drafts.ofChange(told, correction, action, id);
      if (change.type !== told.type) this.#record.clock.takeBack(id, command.id);
      return { draft };
    });
  }

  /** What waits is changed itself, since no listener knows it. */
  #changeWaiting(waiting: Draft, command: CommandTo<"correct">): Outcome {
    const changed = this.#changed(waiting.event, command);
    if (typeof changed === "string") return refused(changed);
    const { change, action } = changed;
    const draft = this.#drafts.ofChange(waiting.event, change, action, waiting.countsLike);
    if (change.type !== waiting.event.type) this.#record.clock.takeBack(idOf(waiting));
    this.#record.outgoing.replace(draft);
    return draft.isShortened ? { ok: true, text: SHORTENED } : DONE;
  }

  /** Makes an event, which then waits. */
  #pushing(
    now: Millis,
    make: () => { readonly draft: Draft; readonly remark?: string | undefined },
  ): Outcome {
    const { outgoing } = this.#record;
    if (outgoing.isFull) {
      return refused(`${MAX_WAITING} events wait to go out already: wait, or undo one`);
    }
    const { draft, remark } = make();
    outgoing.push(draft, now);
    const text = draft.isShortened ? SHORTENED : remark;
    return text === undefined ? DONE : { ok: true, text };
  }

  /** @returns the event, or why it can't be corrected. */
  #toCorrect(id: string): Told | string {
    const { book } = this.#record;
    const told = this.#record.find(id);
    if (!told && this.#undone.has(id)) return "That event was undone already, and never went out";
    if (!told && book.has(id)) return `Only the last ${MIN_KEPT} events can be corrected`;
    if (!told) return `No event has the id ${quoted(id)}`;
    const newer = book.successorOf(id);
    if (newer !== undefined) {
      return `${named(told)} was corrected already: correct the newer one, ${
        named(this.#record.find(newer))
      }`;
    }
    if (this.#record.correctionUnderWay(id)) {
      return `A correction of ${named(told)} is on its way: undo or correct that one`;
    }
    return told;
  }

  /** @returns the event with the values of the command, or why it can't have them. */
  #changed(
    told: Told,
    command: CommandTo<"correct">,
  ): { readonly change: Told; readonly action: Action | undefined } | string {
    const { title = told.event.title, clock = told.event.clock, period = told.event.period } =
      command;
    const isRenamed = title !== told.event.title;
    const action = this.#actions.get(title);
    if (isRenamed && !action && title !== this.#noteTitle) return noAction(title);
    const origin = command.origin ?? (isRenamed && action?.both ? "" : told.event.origin);
    const isMoved = isRenamed || origin !== told.event.origin;
    const problem = isMoved ? this.#originProblem(origin, action) : undefined;
    if (problem !== undefined) return problem;
    const type = isRenamed ? action?.type ?? EVENT_TYPES.note : told.type;
    const event = { ...told.event, title, origin, clock, period };
    const time = correctedTime(told.event, event);
    const change = { type, content: command.text ?? "", event: { ...event, time } };
    return isUnchanged(told, change) ? "Nothing is different: the event stays as it is" : {
      change,
      action,
    };
  }

  /** @param action undefined for a note, which may concern a team or both. */
  #originProblem(origin: string, action?: Action): string | undefined {
    const { home, away } = this.#teams;
    const isTeam = origin === home || origin === away;
    if (action?.both && origin !== "") return `${action.title} concerns both teams: name none`;
    if (origin === "" && action && !action.both) {
      return `${action.title} needs a team: ${home} or ${away}`;
    }
    if (isTeam || origin === "") return undefined;
    return `No team is called ${quoted(origin)}: it is ${home} or ${away}`;
  }

  /** Why it would be said twice: reporters were as fast as the host. The host's own press is no report of others. */
  #reportedProblem({ title, origin }: CommandTo<"event">, now: Millis): string | undefined {
    const id = this.#acceptedNear({ title, origin }, now);
    const told = id === undefined ? undefined : this.#record.past.get(id);
    if (!told?.event.agreement) return undefined;
    return `Reporters have said it already: ${
      named(told)
    }. Correct or undo that one if it is wrong`;
  }

  /** Why a period can't begin or end now. */
  #whistleProblem({ type, title }: Action): string | undefined {
    const last = this.#record.lastWhistle();
    if (!last || !isWhistle(type)) return undefined;
    const { period } = this.#record.clock.state;
    const isKickOff = type === EVENT_TYPES.kickOff;
    const isOver = last.type === EVENT_TYPES.fullTime;
    if (isKickOff && !isOver) {
      return `${title} was given already: undo or correct it, or begin the next period by the clock`;
    }
    const isRepeated = type === last.type && period === last.period;
    if (isRepeated || (isKickOff && last.period >= EXTRA_TIME)) {
      const again = isKickOff ? "There was extra time already" : `${title} was given already`;
      return `${again}: undo or correct it, or begin the next period by the clock`;
    }
    return undefined;
  }

  /** What the host should know of an event that is sent all the same. */
  #remarkOn({ type, title }: Action): string | undefined {
    const status = this.#record.status();
    if (type === EVENT_TYPES.kickOff) {
      return status === "fullTime" ? `${title} after full time begins extra time` : undefined;
    }
    if (status === "fullTime") return "The match is over: the event goes out all the same";
    const isEarly = status === "notStarted" && type !== EVENT_TYPES.note;
    return isEarly ? "There was no kick-off yet: the event goes out all the same" : undefined;
  }

  #moment(now: Millis): Moment {
    const { state } = this.#record.clock;
    return { clockMillis: readMatchClock(state, now), period: state.period, now };
  }
}

const DONE: Outcome = { ok: true };
const TOLD_TEAMS = "Events that listeners have name the teams, so their names stay";
const WAITING_TEAMS = "An event that is on its way names a team: undo it first";
const SHORTENED = "The text was too long and is shortened";

function refused(text: string): Outcome {
  return { ok: false, text };
}

function noAction(title: string): string {
  return `No action is called ${quoted(title)}`;
}

function quoted(text: string): string {
  return JSON.stringify(plainText(text));
}

/** An event as people know it: `23:10 Goal Flamengo`. */
function named(told: Told | undefined): string {
  if (!told) return "an event that is no longer kept";
  const { clock, title, origin } = told.event;
  return plainText([clock, title, origin].filter((part) => part !== "").join(" "));
}

function isUnchanged(told: Told, change: Told): boolean {
  const { clock, period } = told.event;
  const hasSameText = change.content === "" || change.content === told.content;
  return hasSameText && isSameKind(kindOf(told), kindOf(change)) &&
    clock === change.event.clock && period === change.event.period;
}

import assert from "node:assert/strict";
import { StoreError } from "../../../../server/origin/timeline/broadcast_store.ts";
import type { NewEvent } from "../../../../server/origin/timeline/new_event.ts";
import { Timeline } from "../../../../server/origin/timeline/timeline.ts";
import {
  MatchControl,
  type MatchControlOptions,
} from "../../../../server/studio/match/match_control.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import { EVENT_TYPES, type EventType, type TimelineEvent } from "../../../../shared/event/event.ts";
import {
  type MatchCommand,
  parseMatchCommand,
  parseMatchToPage,
  serializeMatchMessage,
} from "../../../../shared/studio/match_messages.ts";
import { START } from "../../kit.ts";

export const TEAMS = { home: "Flamengo", away: "Grêmio" };

/** A command without what every command has. */
export type Said<Command = MatchCommand> = Command extends MatchCommand
  ? Omit<Command, "kind" | "id"> & { readonly id?: string }
  : never;

/** A match and the timeline that it goes into; time passes when the test says so. */
export class Studio {
  control: MatchControl;
  now: Millis;
  readonly timeline = new Timeline(new SeededRng(1));
  readonly entries: TimelineEvent[] = [];
  /** Whether the disk is full: events wait, in order. */
  isStoreFull = false;
  readonly #options: MatchControlOptions;
  readonly #isHooked: boolean;
  readonly #waiting: NewEvent[] = [];
  #commands = 0;

  /** @param isHooked whether the timeline asks for the scores of the events that it stores. */
  constructor(
    options: Partial<MatchControlOptions> = {},
    { isHooked = true, now = START }: { isHooked?: boolean; now?: Millis } = {},
  ) {
    this.#options = { teams: TEAMS, language: "en", ...options };
    this.#isHooked = isHooked;
    this.now = now;
    this.control = new MatchControl(this.#options, now);
  }

  /** Says something that must be carried out. @returns its id. */
  say(said: Said): string {
    const { id, ok, text } = this.try(said);
    assert.ok(ok, text);
    return id;
  }

  try(said: Said) {
    const command = { kind: "match", id: `press-${++this.#commands}`, ...said } as MatchCommand;
    return this.send(command);
  }

  /** As the page does: through the bytes of a message. */
  send(command: MatchCommand) {
    const read = parseMatchCommand(serializeMatchMessage(command));
    assert.ok(read.ok);
    const answer = this.control.command(read.value, this.now);
    assert.ok(parseMatchToPage(serializeMatchMessage(answer)).ok);
    assert.equal(answer.id, command.id);
    return answer;
  }

  press(title: string, origin = ""): string {
    return this.say({ do: "event", title, origin });
  }

  /** Time passes; what is due goes out when it is due. */
  pass(millis: Millis): void {
    const end = this.now + millis;
    while (this.control.deadline <= end) {
      this.now = Math.max(this.now, this.control.deadline);
      this.push(this.control.take(this.now));
    }
    this.now = end;
    this.push([]);
  }

  /** Of any source. */
  push(events: readonly NewEvent[]): void {
    this.#waiting.push(...events);
    if (this.#waiting.length === 0) return;
    const scored = this.#isHooked ? this.control.withScores(this.#waiting) : this.#waiting;
    try {
      if (this.isStoreFull) throw new StoreError("the disk is full");
    } catch {
      return;
    }
    for (const { entry } of this.timeline.appendAll(scored, this.now)) {
      this.entries.push(entry);
      this.control.onEntry(entry);
    }
    this.#waiting.length = 0;
  }

  /** The host's program begins again and reads what is stored. */
  restart(options: Partial<MatchControlOptions> = {}): void {
    this.control = new MatchControl(
      { ...this.#options, ...options, past: this.entries },
      this.now,
    );
  }

  get state() {
    const state = this.control.state(this.now);
    const read = parseMatchToPage(serializeMatchMessage(state));
    assert.ok(read.ok, "the page can read the state");
    assert.deepEqual(read.value, state);
    return state;
  }

  get score(): string {
    return this.state.score.join(" x ");
  }

  /** The entries as short texts: `Goal Flamengo 1 x 0`. */
  get told(): string[] {
    return this.entries.map(({ score, event: { title, origin } }) =>
      [title, origin, score].filter((part) => part !== "").join(" ")
    );
  }
}

/** An event of another source, as that source scores it. */
export function foreign(
  type: EventType,
  origin: string,
  score: string,
  more: { id?: string; supersedes?: string; title?: string; clock?: string; period?: number } = {},
): NewEvent {
  const { title = TITLE[type] ?? type, clock = "10:00", period = 1, ...ids } = more;
  return {
    type: EVENT_TYPES[type],
    content: `${title}: ${origin}`,
    score,
    event: { type: "event", title, origin, clock, period, ...ids },
  };
}

const TITLE: Partial<Record<EventType, string>> = {
  goal: "Goal",
  foul: "Foul",
  kickOff: "Kick-off",
  note: "Comment",
};

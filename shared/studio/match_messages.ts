/*
 * What the host's page and the host say to each other about the match: teams, clock, score, events.
 *
 * Up: commands ({@linkcode MatchCommand}), each with an id that the page makes. A command that is sent again,
 * because the page has lost its connection before the answer, has the same id and is carried out once. The id
 * of a command that makes an event becomes the event's id in the timeline.
 * Down: the setup, again when the teams are named; the answer to each command; the state, after each change. All are JSON with `kind`.
 *
 * Both ends check each message against the schemas here. The host's side is server/studio/match/; shortcuts.ts
 * beside this file has the keys. Read that one next.
 */
import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";
import { MatchEventSchema, TimelineEventSchema } from "../event/event.ts";
import { MAX_STATISTICS_ROWS, StatisticsRowSchema } from "../event/match_statistics.ts";

/** An event waits so long before it goes out, and can be undone without a trace. */
export const UNDO_MILLIS: Millis = 5000;
/** The most events that wait at the same time. */
export const MAX_WAITING = 32;
/** The most past events in a state. */
export const MAX_PAST_SHOWN = 100;
/** The most actions, which are buttons of the page. */
export const MAX_ACTIONS = 60;
/** The longest command, in characters. */
const MAX_COMMAND_CHARACTERS = 4000;

const { title, origin, clock, period } = MatchEventSchema.entries;
const { type, content } = TimelineEventSchema.entries;
/** Of a command, and of an event in the timeline: ASCII without spaces. */
const commandId = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/));
const eventId = MatchEventSchema.entries.id;
const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const head = { kind: v.literal("match"), id: commandId };

export const MatchCommandSchema = v.variant("do", [
  /** One of the actions has happened; `origin` is a team's name, "" for an action of both. */
  v.object({ ...head, do: v.literal("event"), title, origin, text: v.optional(content) }),
  /** Free text. */
  v.object({ ...head, do: v.literal("note"), text: content, origin: v.optional(origin) }),
  /**
   * An event that waits never goes out; of one that went out, a correction says that it did not happen. Without
   * `event`: the one that was pressed last and still waits.
   */
  v.object({
    ...head,
    do: v.literal("undo"),
    event: v.optional(eventId),
    text: v.optional(content),
  }),
  /** What is absent stays as it is. */
  v.object({
    ...head,
    do: v.literal("correct"),
    event: eventId,
    title: v.optional(title),
    origin: v.optional(origin),
    text: v.optional(content),
    clock: v.optional(clock),
    period: v.optional(period),
  }),
  /** The match clock; only the next event tells listeners of it. */
  v.object({ ...head, do: v.literal("start") }),
  v.object({ ...head, do: v.literal("stop") }),
  v.object({ ...head, do: v.literal("set"), clock, period: v.optional(period) }),
  /** A period begins without an event: the clock runs from the period's first minute. */
  v.object({ ...head, do: v.literal("period"), period }),
  /** The teams get other names, while no event names one; the setup follows, to every page. */
  v.object({ ...head, do: v.literal("teams"), home: origin, away: origin }),
]);
export type MatchCommand = v.InferOutput<typeof MatchCommandSchema>;
/** The command with this `do`. */
export type CommandTo<Do extends MatchCommand["do"]> = Extract<MatchCommand, { do: Do }>;

export const MatchActionSchema = v.object({
  title,
  type,
  points: count,
  /** Whether it concerns both teams; its origin is then "". */
  both: v.boolean(),
  /** Whether its points are the other team's, as those of an own goal. */
  countsForOpponent: v.boolean(),
  /** Its key on the keyboard, a small letter or a digit; absent when none is free. */
  key: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9]$/))),
});
export type MatchAction = v.InferOutput<typeof MatchActionSchema>;

export const MatchSetupSchema = v.object({
  kind: v.literal("match-setup"),
  language: v.picklist(["en", "pt"]),
  home: origin,
  away: origin,
  actions: v.pipe(v.array(MatchActionSchema), v.maxLength(MAX_ACTIONS)),
});
export type MatchSetup = v.InferOutput<typeof MatchSetupSchema>;

/** The answer to a command. */
export const MatchAnswerSchema = v.object({
  kind: v.literal("match-answer"),
  id: commandId,
  /** False: nothing was done. */
  ok: v.boolean(),
  /** Why not, or what the host should know; one line. */
  text: v.optional(v.string()),
});
export type MatchAnswer = v.InferOutput<typeof MatchAnswerSchema>;

const score = v.tuple([count, count]);
const shownEvent = {
  id: eventId,
  type,
  title,
  origin,
  text: content,
  clock,
  period,
  /** The score after it, home team first; of a waiting event, what it will be. */
  score,
  /** The id of the event that it corrects. */
  supersedes: v.optional(eventId),
};

export const WaitingEventSchema = v.object({
  ...shownEvent,
  /** When it goes out. */
  until: finite,
});
export type WaitingEvent = v.InferOutput<typeof WaitingEventSchema>;

export const PastEventSchema = v.object({
  ...shownEvent,
  count,
  /** The id of the event that corrects it. */
  correctedBy: v.optional(eventId),
  /** How the stands agreed on it, if they reported it. */
  agreement: MatchEventSchema.entries.agreement,
});
export type PastEvent = v.InferOutput<typeof PastEventSchema>;

export const MatchStateSchema = v.object({
  kind: v.literal("match-state"),
  /** The host's clock when this was true, as all times here: milliseconds since the Unix epoch. */
  now: finite,
  /** What listeners were told last, home team first. */
  score,
  status: v.picklist(["notStarted", "live", "halfTime", "fullTime"]),
  clock: v.object({
    /** At `now`; a clock that runs goes on from there. */
    millis: finite,
    period,
    isRunning: v.boolean(),
  }),
  /** In the order in which they go out. */
  waiting: v.pipe(v.array(WaitingEventSchema), v.maxLength(MAX_WAITING)),
  /** Newest first. */
  past: v.pipe(v.array(PastEventSchema), v.maxLength(MAX_PAST_SHOWN)),
  /** How many entries the timeline has. */
  count,
  /** How often each action has happened for each team. */
  statistics: v.pipe(v.array(StatisticsRowSchema), v.maxLength(MAX_STATISTICS_ROWS)),
  /** Why the teams can't be named now, in one line; absent while they can. */
  teamsFixed: v.optional(v.string()),
});
export type MatchState = v.InferOutput<typeof MatchStateSchema>;
export type MatchStatus = MatchState["status"];

const MatchToPageSchema = v.variant("kind", [
  MatchSetupSchema,
  MatchAnswerSchema,
  MatchStateSchema,
]);
export type MatchToPage = v.InferOutput<typeof MatchToPageSchema>;

export function parseMatchCommand(text: string): Parsed<MatchCommand> {
  return text.length > MAX_COMMAND_CHARACTERS ? junk("oversized") : parse(MatchCommandSchema, text);
}

export function parseMatchToPage(text: string): Parsed<MatchToPage> {
  return parse(MatchToPageSchema, text);
}

export function serializeMatchMessage(message: MatchCommand | MatchToPage): string {
  return JSON.stringify(message);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): Parsed<v.InferOutput<Schema>> {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? parsed(result.output) : junk("malformedPageMessage");
  } catch {
    return junk("malformedPageMessage");
  }
}

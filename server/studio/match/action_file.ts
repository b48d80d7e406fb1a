import * as v from "valibot";
import { EVENT_TYPES, MatchEventSchema, TimelineEventSchema } from "../../../shared/event/event.ts";
import { MAX_ACTIONS } from "../../../shared/studio/match_messages.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import type { Action } from "./actions.ts";

export type ActionFileResult =
  | { readonly ok: true; readonly actions: readonly Action[] }
  /** One line for each mistake, without the file's name; at least one. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** The most mistakes that are told. */
const MAX_PROBLEMS = 20;
const MAX_POINTS = 99;
const MAX_WINDOW_SECONDS = 3600;

/**
 * Reads the text of `--actions FILE`: a JSON array of `{title, type, points?, both?, windowSeconds?}`. Without
 * `points` a goal counts one and everything else nothing. Never throws.
 */
export function readActions(text: string): ActionFileResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return mistakes([`it is not JSON: ${oneLine(String((error as Error).message))}`]);
  }
  if (!Array.isArray(json)) {
    return mistakes(['it must be an array such as [{"title": "Goal", "type": "goal"}]']);
  }
  if (json.length === 0) return mistakes(["it has no action: give at least one"]);
  if (json.length > MAX_ACTIONS) {
    return mistakes([`it has ${json.length} actions: ${MAX_ACTIONS} is the most`]);
  }
  const read = json.map(readAction);
  const problems = [...read.flatMap(({ problems }) => problems), ...doubledTitles(json)];
  if (problems.length > 0) return mistakes(problems);
  return { ok: true, actions: read.flatMap(({ action }) => action ?? []) };
}

const typeNames = new Map(Object.entries(EVENT_TYPES).map(([name, type]) => [plain(name), type]));

const ActionSchema = v.strictObject({
  title: v.pipe(
    MatchEventSchema.entries.title,
    v.check((title) => tidy(title) === title),
  ),
  type: v.union([
    TimelineEventSchema.entries.type,
    v.pipe(
      v.string(),
      v.check((name) => typeNames.has(plain(name))),
      v.transform((name): number => typeNames.get(plain(name))!),
    ),
  ]),
  points: v.optional(
    v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_POINTS)),
  ),
  both: v.optional(v.boolean(), false),
  windowSeconds: v.optional(
    v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(MAX_WINDOW_SECONDS)),
  ),
});

/** What each field must be, in words for the author of the file. */
const EXPECTED: Readonly<Record<string, string>> = {
  title: "a text of 1 to 80 characters, without control characters and spaces around it",
  type: 'a number from 1 to 255 or a name such as "goal"',
  points: `a whole number from 0 to ${MAX_POINTS}`,
  both: "true or false",
  windowSeconds: `a number of seconds above 0 and at most ${MAX_WINDOW_SECONDS}`,
};

interface ReadAction {
  readonly action?: Action;
  readonly problems: readonly string[];
}

function readAction(json: unknown, index: number): ReadAction {
  const where = `action ${index + 1}`;
  const result = v.safeParse(ActionSchema, json);
  if (!result.success) {
    return { problems: result.issues.map((issue) => `${where}: ${explain(issue)}`) };
  }
  const { title, type, both, windowSeconds } = result.output;
  const usual = type === EVENT_TYPES.goal && !both ? 1 : 0;
  const { points = usual } = result.output;
  if (both && points > 0) {
    return {
      problems: [
        `${where}: "points" is ${points}, but with "both" no team would get them: leave one out`,
      ],
    };
  }
  const action = { title, type, points, both, countsForOpponent: false };
  return {
    action: windowSeconds === undefined ? action : { ...action, windowSeconds },
    problems: [],
  };
}

function explain(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue) ?? "";
  if (field === "") return `${shorten(issue.input)} must be an object with "title" and "type"`;
  const expected = EXPECTED[field];
  if (expected === undefined) {
    const known = Object.keys(EXPECTED).join(", ");
    return `${shorten(field)} is no field of an action: it has ${known}`;
  }
  const given = issue.input === undefined ? "is missing" : `is ${shorten(issue.input)}`;
  return `"${field}" ${given}: it must be ${expected}`;
}

/** A command names an action by its title, so each title names one. */
function doubledTitles(json: readonly unknown[]): string[] {
  const titles = json.map((action) => (action as { title?: unknown } | null)?.title);
  return titles.flatMap((title, index) => {
    const first = titles.indexOf(title);
    if (typeof title !== "string" || first === index) return [];
    return [`action ${index + 1}: "title" is ${shorten(title)}, as in action ${first + 1}`];
  });
}

function mistakes(problems: readonly string[]): ActionFileResult {
  if (problems.length <= MAX_PROBLEMS) return { ok: false, problems };
  const more = `and ${problems.length - MAX_PROBLEMS} more mistakes`;
  return { ok: false, problems: [...problems.slice(0, MAX_PROBLEMS), more] };
}

/** `red card`, `redCard` and `red-card` are the same name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

function tidy(text: string): string {
  return plainText(text.toWellFormed()).trim();
}

function oneLine(text: string): string {
  return plainText(text).slice(0, 200).toWellFormed();
}

function shorten(value: unknown): string {
  const text = plainText(JSON.stringify(value) ?? String(value));
  return text.length <= 40 ? text : text.slice(0, 40).toWellFormed() + "…";
}

import { EVENT_TYPES, type EventType } from "../event/event.ts";

/**
 * The keys of the match: one for each action. Alone it is the home team's, or both teams'; with Shift the away
 * team's. The page compares `event.key.toLowerCase()`, so that a key is where its letter is on the keyboard, and
 * `event.shiftKey`, so that Caps Lock changes no team; it ignores keys with Ctrl, Alt or Meta, and those typed
 * into a field.
 */

export type ShortcutLanguage = "en" | "pt";

/** Keys that are no action's, the same in both languages. */
export const CONTROL_KEYS = {
  /** The event that was pressed last. */
  undo: "z",
  /** Starts the clock, or stops it. */
  clock: "t",
  /** To the field for free text. */
  note: "n",
} as const;

/** The keys of football's actions. */
export const ACTION_KEYS: Readonly<
  Record<ShortcutLanguage, Readonly<Record<Exclude<EventType, "note"> | "ownGoal", string>>>
> = {
  en: {
    goal: "g",
    ownGoal: "w",
    yellowCard: "y",
    redCard: "r",
    corner: "c",
    foul: "f",
    offside: "o",
    substitution: "b",
    penalty: "p",
    save: "v",
    shot: "s",
    injury: "i",
    kickOff: "k",
    halfTime: "h",
    secondHalf: "d",
    fullTime: "e",
    addedTime: "a",
  },
  pt: {
    goal: "g",
    ownGoal: "o",
    yellowCard: "a",
    redCard: "v",
    corner: "e",
    foul: "f",
    offside: "i",
    substitution: "s",
    penalty: "p",
    save: "d",
    shot: "c",
    injury: "l",
    kickOff: "j",
    halfTime: "m",
    secondHalf: "u",
    fullTime: "x",
    addedTime: "r",
  },
};

/** What decides about the key of an action. */
export interface KeyedAction {
  readonly title: string;
  readonly type: number;
  readonly countsForOpponent: boolean;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "1234567890";

/**
 * Gives each action a key; no two have the same, and none has a control's.
 *
 * An action whose type football knows has football's key, the first one of each type; the others have the first
 * free letter of their title, else any free letter, else a digit.
 *
 * @returns the keys in the order of the actions; undefined for those beyond the keys that there are.
 */
export function assignKeys(
  actions: readonly KeyedAction[],
  language: ShortcutLanguage,
): (string | undefined)[] {
  const taken = new Set<string>(Object.values(CONTROL_KEYS));
  const take = (choices: Iterable<string>) => {
    const key = [...choices].find((choice) => !taken.has(choice));
    if (key !== undefined) taken.add(key);
    return key;
  };
  const preferred = actions.map((action) => take(footballKey(action, language)));
  return actions.map(({ title }, index) =>
    preferred[index] ?? take([...lettersOf(title), ...LETTERS, ...DIGITS])
  );
}

const nameOfType = new Map<number, EventType>(
  Object.entries(EVENT_TYPES).map(([name, type]) => [type, name as EventType]),
);

function footballKey(
  { type, countsForOpponent }: KeyedAction,
  language: ShortcutLanguage,
): string[] {
  const name = countsForOpponent ? "ownGoal" : nameOfType.get(type);
  return name === undefined || name === "note" ? [] : [ACTION_KEYS[language][name]];
}

/** The letters of a title without their accents: `Pênalti` has an e. */
function lettersOf(title: string): string[] {
  return title.normalize("NFD").toLowerCase().match(/[a-z]/g) ?? [];
}

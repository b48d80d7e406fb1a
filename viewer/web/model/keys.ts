import { CONTROL_KEYS } from "../../../shared/studio/shortcuts.ts";

/** An action that has a button, and perhaps a key: a small letter or a digit. */
export interface KeyedAction {
  readonly title: string;
  /** Its number on the wire, for the icon. */
  readonly type: number;
  /** Whether it concerns both teams. */
  readonly both: boolean;
  readonly key?: string | undefined;
}

/** What the keys need to know of the match. */
export interface KeyedMatch {
  readonly home: string;
  readonly away: string;
  readonly actions: readonly KeyedAction[];
}

/** What is read of a KeyboardEvent. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "isComposing"
>;

export type KeyWish =
  | { readonly kind: "event"; readonly title: string; readonly origin: string }
  | { readonly kind: keyof typeof CONTROL_KEYS };

/** What a key asks for; undefined when nothing. Keys that are typed into a field must not come here. */
export function wishOf(press: KeyPress, setup: KeyedMatch): KeyWish | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.isComposing) {
    return undefined;
  }
  const key = letterOf(press);
  for (const kind of ["undo", "clock", "note"] as const) {
    if (CONTROL_KEYS[kind] === key) return press.shiftKey ? undefined : { kind };
  }
  const action = setup.actions.find((action) => action.key === key);
  return action && { kind: "event", title: action.title, origin: teamOf(action, press, setup) };
}

/** The team's name; "" for both. */
function teamOf(action: KeyedAction, { shiftKey }: KeyPress, { home, away }: KeyedMatch): string {
  if (action.both) return "";
  return shiftKey ? away : home;
}

/** With Shift a digit's key gives another sign, which differs between keyboards. */
function letterOf({ key, code }: KeyPress): string {
  return /^Digit(\d)$/.exec(code)?.[1] ?? key.toLowerCase();
}

/** The key as it is shown: `G`, `⇧G`; "" when there is none. */
export function keyLabel({ key }: KeyedAction, isAway: boolean): string {
  return key === undefined ? "" : `${isAway ? "⇧" : ""}${key.toUpperCase()}`;
}

/** The same for screen readers (`aria-keyshortcuts`). */
export function keyShortcut({ key }: KeyedAction, isAway: boolean): string | undefined {
  return key === undefined ? undefined : `${isAway ? "Shift+" : ""}${key.toUpperCase()}`;
}

import type { KeyPress } from "./keys.ts";

/** What a key asks of the sound: to begin or end it, to mute it, or so many steps louder. */
export type SoundWish =
  | { readonly kind: "toggle" | "mute" }
  | { readonly kind: "volume"; readonly steps: number };

/** What has the focus: nothing, a slider, or something else that may want Space for itself, as a button does. */
export type Focus = "nothing" | "slider" | "other";

const ARROWS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1 };

/** What a key asks for; undefined when nothing. Keys that are typed into a field must not come here. */
export function soundWishOf(press: KeyPress, focus: Focus): SoundWish | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing) return undefined;
  const steps = ARROWS[press.key];
  // A slider moves at its arrows by itself.
  if (steps !== undefined && press.shiftKey && focus !== "slider") return { kind: "volume", steps };
  if (press.repeat || press.shiftKey) return undefined;
  if (press.key === " " && focus !== "other") return { kind: "toggle" };
  return press.key.toLowerCase() === "m" ? { kind: "mute" } : undefined;
}

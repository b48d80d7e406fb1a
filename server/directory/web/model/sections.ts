import type { Broadcast } from "../../../../shared/directory/forms.ts";

/** What the list shows without a search, each in the order in which it is shown. */
export interface Sections {
  readonly live: readonly Broadcast[];
  readonly soon: readonly Broadcast[];
  /** Their hosts were silent already when the page was loaded. */
  readonly away: readonly Broadcast[];
}

export const NO_SECTIONS: Sections = { live: [], soon: [], away: [] };

/** The most of a section that are over and stay in their places. */
const MOST_OVER = 50;

/**
 * The sections with what is known now. What is shown keeps its place, also when it is over, so that nothing moves
 * under a finger; what is new comes last. Only what begins, or comes back, moves up to what is on.
 *
 * @param isWhole whether what is absent from `fetched` is over; else it may only be further down the list.
 */
export function refreshSections(
  shown: Sections,
  fetched: readonly Broadcast[],
  isWhole: boolean,
): Sections {
  const waiting = new Map(fetched.map((broadcast) => [broadcast.id, broadcast]));
  const keep = (section: keyof Sections) =>
    shown[section].flatMap((old): readonly Broadcast[] => {
      const now = waiting.get(old.id);
      if (!now) return isWhole && section !== "away" ? [over(old)] : [];
      if (now.state === "live" && section !== "live") return [];
      waiting.delete(old.id);
      return [now];
    });
  const kept = { live: keep("live"), soon: keep("soon"), away: keep("away") };
  const added = (section: keyof Sections) =>
    waiting.values().filter(({ state }) => SECTION_OF[state] === section);
  return {
    live: withoutTooManyOver([...kept.live, ...added("live")]),
    soon: withoutTooManyOver([...kept.soon, ...added("soon")]),
    away: [...kept.away, ...added("away")],
  };
}

/** The same for what a search has found. */
export function refreshFound(
  shown: readonly Broadcast[],
  fetched: readonly Broadcast[],
  isWhole: boolean,
): readonly Broadcast[] {
  const waiting = new Map(fetched.map((broadcast) => [broadcast.id, broadcast]));
  const kept = shown.flatMap((old): readonly Broadcast[] => {
    const now = waiting.get(old.id) ?? (isWhole ? over(old) : undefined);
    waiting.delete(old.id);
    return now ? [now] : [];
  });
  return withoutTooManyOver([...kept, ...waiting.values()]);
}

const SECTION_OF = { live: "live", soon: "soon", gone: "away", ended: "away" } as const;

function over(broadcast: Broadcast): Broadcast {
  return { ...broadcast, state: "ended" };
}

function withoutTooManyOver(broadcasts: readonly Broadcast[]): readonly Broadcast[] {
  let spare = broadcasts.filter(({ state }) => state === "ended").length - MOST_OVER;
  if (spare <= 0) return broadcasts;
  return broadcasts.filter(({ state }) => state !== "ended" || spare-- <= 0);
}

import type {
  MatchAction,
  PastEvent,
  WaitingEvent,
} from "../../../../shared/studio/match_messages.ts";
import type { Change } from "./desk.ts";

/**
 * What a correction says: only what differs. A text that was not touched is left out, so that the host writes the
 * one that fits the new event; an action of both teams has no team.
 */
export function changeOf(
  event: PastEvent | WaitingEvent,
  wanted: Required<Change>,
  actions: readonly MatchAction[],
): Change {
  const action = actions.find(({ title }) => title === wanted.title);
  const origin = action?.both ? "" : wanted.origin;
  return {
    ...(wanted.title !== event.title && { title: wanted.title }),
    ...(origin !== event.origin && { origin }),
    ...(wanted.text !== event.text && { text: wanted.text }),
    ...(wanted.clock !== event.clock && { clock: wanted.clock }),
  };
}

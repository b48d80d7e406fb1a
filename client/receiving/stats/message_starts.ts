import { parseFragment } from "../../../shared/data/fragments.ts";
import type { Arrival } from "./arrival.ts";
import type { PathTiming, Timed } from "./frame_starts.ts";

/**
 * Finds the packets of a stream of messages whose arrival tells how long the path takes. All fragments of a message
 * have its timestamp, but large messages leave over some time, and others in between: only a message's first
 * fragment was sent at that time.
 */
export class MessageStarts implements PathTiming {
  onOriginal(arrival: Arrival): Timed | undefined {
    const fragment = parseFragment(arrival.payload);
    const isFirst = fragment.ok && fragment.value.offset === 0;
    return isFirst ? { arrival, isAnew: false } : undefined;
  }
}

import { Counters } from "../core/counters.ts";
import type { JunkName } from "../core/parsed.ts";
import type { ReceivingCount } from "./lane_receiver.ts";
import type { SendingCount } from "./lane_sender.ts";

/** The names under which a lane counts what is unusual. */
export type LaneCount = SendingCount | ReceivingCount | "otherSession";

/** What no honest end sends, or finds no room. The others happen on any network that loses packets. */
const JUNK: Partial<Record<LaneCount, JunkName>> = {
  otherSession: "unknownSsrc",
  forgedAck: "implausibleSequence",
  beyondWindow: "implausibleSequence",
  brokenMessage: "malformedMessage",
  overRate: "overflow",
  queueFull: "overflow",
  tooLarge: "overflow",
};

/** The counts of one or many lanes; what people should know of is counted as junk too. */
export class LaneCounts extends Counters<LaneCount> {
  readonly #junk: Counters<JunkName>;

  constructor(junk: Counters<JunkName>) {
    super();
    this.#junk = junk;
  }

  override add(name: LaneCount, amount = 1): void {
    super.add(name, amount);
    const known = JUNK[name];
    if (known) this.#junk.add(known, amount);
  }
}

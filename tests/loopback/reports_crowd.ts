import assert from "node:assert/strict";
import { pick, type Rng, SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import {
  type Confirmed,
  countErrors,
  drawMatch,
  type Happening,
  type MatchCounts,
  pressesOf,
} from "../server/origin/reports/simulated_stands.ts";
import { hostTimeline, MINUTE, openStands, SECOND, timelineOf } from "./reports_scene.ts";

export interface CrowdOptions {
  readonly seed: number;
  readonly reporters: number;
  /** The share of reports that say something that did not happen. */
  readonly wrong: number;
  readonly millis: Millis;
  /** Each listener sends and gets its control packets in clear, which takes a third of the time. */
  readonly isPlain?: boolean;
}

/** A mobile network in a full stadium. */
const STADIUM: NetemOptions = {
  ...{ loss: 0.05, duplicate: 0.02, duplicateMillis: 5, reorder: 0.03, reorderMillis: 80 },
  ...{ delayMillis: 25, jitterMillis: 15, harms: "everything" },
};

interface Press extends Happening {
  readonly reporter: number;
}

/**
 * A match that a crowd reports through real edge and listeners, over a network that loses, doubles and reorders
 * everything; some have clocks that are wrong. Holds every listener's timeline against the host's.
 */
export function playCrowd(options: CrowdOptions): MatchCounts {
  const { seed, reporters, wrong, millis, isPlain = false } = options;
  const rng = new SeededRng(seed);
  const happenings = drawMatch(rng, millis);
  const paths = { towardsListener: () => STADIUM, towardsHost: () => STADIUM };
  const clocks = { clockAhead: (index: number) => index % 3 === 0 ? 40 * SECOND * index : 0 };
  const { world, host, listeners } = openStands(
    reporters,
    { isPlain, keepaliveMillis: 10 * SECOND },
    { seed, ...paths, ...clocks },
  );
  const presses = pressesOfAll(rng, happenings, { reporters, wrong });
  for (const { time, reporter, title, origin } of presses) {
    if (time > world.now) world.run(time - world.now);
    world.report(listeners[reporter]!, { title, origin });
  }
  world.run(2 * MINUTE);
  const told = hostTimeline(host);
  for (const listener of listeners) assertSame(listener, told);
  const confirmed = told.map(({ event: { title, origin, time, agreement } }): Confirmed => ({
    ...{ title, origin, time, agreement: agreement! },
  }));
  return countErrors(happenings, confirmed, host.said("report").length);
}

function pressesOfAll(
  rng: Rng,
  happenings: readonly Happening[],
  { reporters, wrong }: { readonly reporters: number; readonly wrong: number },
): Press[] {
  const all = Array.from({ length: reporters }, (_, reporter) => reporter);
  // Who is in the stands has no order.
  const first = pick(rng, all);
  const order = [...all.slice(first), ...all.slice(0, first)];
  return happenings.flatMap((happening) =>
    order.flatMap((reporter) =>
      pressesOf(rng, happening, wrong).map((press) => ({ ...press, reporter }))
    )
  ).sort((one, other) => one.time - other.time);
}

function assertSame(listener: VirtualListener, told: readonly TimelineEvent[]): void {
  assert.deepEqual(timelineOf(listener), told, `listener ${listener.index}`);
  const pending = listener.said("report").filter(({ state }) => state === "sent").length -
    listener.said("report").filter(({ state }) => state !== "sent").length;
  assert.equal(pending, 0, `listener ${listener.index} has an answer to each report`);
}

import assert from "node:assert/strict";
import { disagreements } from "../../scripts/network/agreement.ts";
import { type NetemOptions, NOTHING } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import type { VirtualWorld } from "../fakes/virtual_world.ts";
import type { NewEvent } from "../../server/origin/timeline/new_event.ts";

/** Sequence numbers around the 16-bit wrap. */
export const SEQUENCE_STARTS = [0, 1, 32_767, 65_534, 65_535];

/** A bad mobile network. Only media is affected, so that every run ends the same way. */
export const LOSSY: NetemOptions = {
  loss: 0.05,
  duplicate: 0.02,
  duplicateMillis: 3,
  reorder: 0.03,
  reorderMillis: 60,
  delayMillis: 20,
  jitterMillis: 8,
  harms: "media",
};

export function foul(minute: number): NewEvent {
  return {
    type: 1,
    content: `Foul in midfield, minute ${minute}.`,
    score: "0 x 0",
    event: {
      type: "event",
      title: "Foul",
      origin: "Home",
      clock: `${String(minute % 90).padStart(2, "0")}:00`,
      period: 1,
    },
  };
}

/** Lets `seconds` pass, with `perSecond` events in each. */
export function runWithEvents(world: VirtualWorld, seconds: number, perSecond = 5): void {
  for (let index = 0; index < seconds * perSecond; index++) {
    world.sendEvent(foul(index));
    world.run(1000 / perSecond);
  }
}

/** Compares the ledger of each channel with what the path really did. */
export function assertExact(world: VirtualWorld, listener: VirtualListener): void {
  const streams = world.towardsListener(listener).streams;
  for (const ledger of world.ledger(listener).channels) {
    const network = streams.get(ledger.ssrc) ?? NOTHING;
    assert.deepEqual(disagreements(ledger, network), [], `${ledger.channel}`);
  }
}

/** The frames that a listener played, by the number in each. */
export function playedFrames(listener: VirtualListener): number[] {
  const sound = listener.said("audio").filter(({ channel }) => channel === "audio");
  return sound.flatMap(({ frames }) => frames).map(({ bytes }) =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(40)
  );
}

export function hasJoined(listener: VirtualListener): boolean {
  return listener.said("joined").length > 0;
}

import type { StreamPlan } from "../../server/origin/numbered_stream.ts";
import { serializeEvent } from "../../shared/event/event.ts";
import { sampleEvent } from "../client/scripted_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import type { VirtualWorld } from "../fakes/virtual_world.ts";

/** Channels that no version has yet: another one of each kind. */
export const SCREEN: StreamPlan = { name: "screen", kind: "paced", codec: "opus", aheadMillis: 0 };
export const DATA: StreamPlan = { name: "data", kind: "ordered", codec: "json", aheadMillis: 0 };

/** The host begins a channel. @returns its id. */
export function begin(world: VirtualWorld, plan: StreamPlan): number {
  let id = -1;
  world.tell(({ core }) => id = core.openChannel(plan, world.now));
  return id;
}

export function end(world: VirtualWorld, id: number): void {
  world.tell(({ core }) => core.endChannel(id, world.now));
}

/** A picture is an Opus packet of 20 ms here, with its number inside. */
export function sendPicture(world: VirtualWorld, id: number, index: number): void {
  const payload = Uint8Array.of(0xf8, index >> 8, index & 0xff);
  world.tell(({ core }) => core.pushItem(id, payload, world.now));
}

export function sendData(world: VirtualWorld, id: number, count: number): void {
  const payload = serializeEvent(sampleEvent(count));
  world.tell(({ core }) => core.pushItem(id, payload, world.now));
}

/** The counts of the items of an ordered channel, as they were given out. */
export function countsOf(listener: VirtualListener, channel: string): number[] {
  return listener.said("event").filter((output) => output.channel === channel)
    .map(({ event }) => event.count);
}

/** Which channels began and ended, in order: "+screen", "-screen". */
export function changesOf(listener: VirtualListener): string[] {
  return listener.outputs.flatMap((output) =>
    output.kind === "channel-started"
      ? [`+${output.channel}`]
      : output.kind === "channel-ended"
      ? [`-${output.channel}`]
      : []
  );
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

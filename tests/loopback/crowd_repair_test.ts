import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { numberedFrames } from "../fakes/numbered_frames.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";

const SECONDS = 4;
/** How long an end stands still at a time, and how often. */
const STALL_MILLIS = 150;
const STALL_EVERY_MILLIS = 500;

interface Crowd {
  readonly listeners: number;
  readonly loss: number;
  /** Stops one end now and again. */
  readonly stall?: (world: VirtualWorld) => void;
}

/** Sound to a crowd whose paths all lose packets, in both directions. */
function play({ listeners, loss, stall }: Crowd) {
  const path: NetemOptions = { loss, delayMillis: 10, jitterMillis: 5 };
  const world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
  const host = world.startHost({ waitFor: listeners, capacity: listeners }, numberedFrames());
  for (let index = 0; index < listeners; index++) world.addListener({ latency: 210 });
  world.runUntil(() => host.said("started").length > 0, 20_000, "the start");
  for (let spent = 0; spent < SECONDS * 1000; spent += STALL_EVERY_MILLIS) {
    stall?.(world);
    world.run(STALL_EVERY_MILLIS - (stall ? STALL_MILLIS : 0));
  }
  const audio = world.listeners.map((listener) => world.channel(listener, "audio"));
  const sum = (of: (ledger: typeof audio[number]) => number) =>
    audio.reduce((all, ledger) => all + of(ledger), 0);
  return {
    again: host.core.stats().retransmitted,
    lost: sum(({ networkLost }) => networkLost),
    residual: sum(({ residualLost }) => residualLost),
    unanswered: host.core.stats().unanswered,
  };
}

for (const [listeners, loss] of [[20, 0.1], [100, 0.05], [100, 0.1]] as const) {
  Deno.test(`${listeners} listeners that lose ${loss * 100} % get no more retransmissions than one, for each loss`, () => {
    const { again, lost, residual } = play({ listeners, loss });
    assert.ok(lost > listeners * SECONDS * 38 * loss * 0.7, `${lost} lost`);
    assert.ok(again <= 1.3 * lost, `${again} for ${lost} losses`);
    assert.ok(residual <= lost * 0.002, `${residual} left`);
  });
}

function stallHost(readsFirst: boolean) {
  return (world: VirtualWorld) => {
    world.suspendHost();
    world.run(STALL_MILLIS);
    world.resumeHost(readsFirst);
  };
}

function stallListeners(readsFirst: boolean) {
  return (world: VirtualWorld) => {
    for (const listener of world.listeners) world.suspend(listener);
    world.run(STALL_MILLIS);
    for (const listener of world.listeners) world.resume(listener, readsFirst);
  };
}

for (const [order, readsFirst] of [["its socket", true], ["its clock", false]] as const) {
  Deno.test(`a host that stands still sends nothing again that is only late; it looks at ${order} first`, () => {
    const { again, unanswered } = play({ listeners: 10, loss: 0, stall: stallHost(readsFirst) });
    assert.ok(again <= 10, `${again} times`);
    assert.ok(unanswered.tooEarly! > 20, `${unanswered.tooEarly} requests for what had just left`);
  });

  Deno.test(`a host that stands still repairs losses as before, with ${order} first`, () => {
    const { again, lost } = play({ listeners: 20, loss: 0.05, stall: stallHost(readsFirst) });
    assert.ok(again <= 1.3 * lost, `${again} for ${lost} losses`);
  });

  Deno.test(`listeners that stand still request nothing that waits in their sockets; ${order} first`, () => {
    const { again } = play({ listeners: 10, loss: 0, stall: stallListeners(readsFirst) });
    assert.equal(again, 0);
  });
}

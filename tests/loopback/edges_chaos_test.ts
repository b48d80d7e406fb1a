import assert from "node:assert/strict";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { NOTHING } from "../../scripts/network/netem.ts";
import { seedsOf } from "../runs.ts";
import { assertExact, foul, LOSSY } from "./scenario.ts";

const EDGES = [{ linkMillis: 2, clockAhead: -3000 }, { linkMillis: 40, clockAhead: 7000 }];

/** Counts each use of a key with a nonce that was used before. */
class Watched {
  readonly #seen = new Set<string>();
  uses = 0;
  twice = 0;

  note(key: Uint8Array, nonce: Uint8Array): void {
    const use = `${key.toHex()} ${nonce.toHex()}`;
    if (this.#seen.has(use)) this.twice++;
    this.#seen.add(use);
    this.uses++;
  }

  get ciphers(): Ciphers {
    const watch = this.note.bind(this);
    return Object.assign(Object.create(nodeCiphers) as Ciphers, {
      seal(...[key, nonce, ...rest]: Parameters<Ciphers["seal"]>) {
        watch(key, nonce);
        return nodeCiphers.seal(key, nonce, ...rest);
      },
    });
  }
}

/** As in edges_test.ts: what was sent while no edge had its session counts as lost. */
function assertAddsUp(world: VirtualWorld, listener: VirtualListener): void {
  const { streams } = world.towardsListener(listener);
  for (const ledger of world.ledger(listener).channels) {
    const { offered, lost, duplicated } = streams.get(ledger.ssrc) ?? NOTHING;
    const { packetsExpected, networkLost, packetsDuplicated } = ledger;
    assert.equal(packetsExpected - networkLost, offered - lost, ledger.channel);
    assert.equal(packetsDuplicated, duplicated, ledger.channel);
  }
}

for (const seed of seedsOf({ short: 2, long: 4 })) {
  Deno.test(`edges restart, listeners come, move, leave and are put out: all adds up, seed ${seed}`, () => {
    const rng = new SeededRng(seed);
    const below = (count: number) => Math.floor(rng.float() * count);
    const watched = new Watched();
    const world = new VirtualWorld({
      seed,
      towardsListener: () => LOSSY,
      towardsHost: () => LOSSY,
    });
    const host = world.startHost({ edges: EDGES, ciphers: watched.ciphers, waitFor: 2 });
    const split = host.core as unknown as SplitHost;
    const moved = new Set<VirtualListener>();
    const gone = new Set<VirtualListener>();
    const edgeOf = new Map<VirtualListener, number>();
    const join = () => {
      const index = world.listeners.length;
      const edge = below(2);
      split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, edge);
      edgeOf.set(world.addListener(), edge);
    };
    const restart = (edge: number) => {
      split.startEdge(edge, world.now);
      for (const listener of world.listeners) {
        if (edgeOf.get(listener) === edge) moved.add(listener);
      }
    };
    for (let count = 0; count < 4; count++) join();
    // While the broadcast starts: the listeners of this edge are not counted any more.
    world.run(150);
    restart(1);
    world.runUntil(() => host.said("started").length > 0, 30_000, "the start");
    let events = 0;
    for (let step = 0; step < 40; step++) {
      world.sendEvent(foul(events++));
      const listener = world.listeners[below(world.listeners.length)]!;
      const what = below(10);
      if (what === 0) restart(below(2));
      else if (what === 1) join();
      else if (what <= 4 && !gone.has(listener)) {
        const edge = 1 - edgeOf.get(listener)!;
        split.route(listener.address, edge);
        edgeOf.set(listener, edge);
        moved.add(listener);
      } else if (what === 5 && step % 2 === 0) {
        gone.add(listener);
        world.leave(listener);
      } else if (what === 6 && step % 4 === 0) {
        const [said] = listener.said("joined").slice(-1);
        if (said) world.tell(() => split.origin.putOut(said.connectionId, 1403, "put out"));
        if (said) gone.add(listener);
      }
      world.run(below(2500));
    }
    world.run(30_000);
    world.finish();
    assert.ok(watched.uses > 3000 && watched.twice === 0, `${watched.twice} of ${watched.uses}`);
    assert.equal(host.said("ended").length, 2, "both edges have ended");
    for (const listener of world.listeners) {
      if (gone.has(listener)) continue;
      assert.ok(listener.hasEnded, `${listener.index} has heard of the end`);
      const counts = listener.said("event").map(({ event }) => event.count);
      assert.deepEqual(counts, Array.from({ length: events }, (_, index) => index + 1));
      if (moved.has(listener)) assertAddsUp(world, listener);
      else assertExact(world, listener);
    }
  });
}

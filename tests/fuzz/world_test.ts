import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { Millis } from "../../shared/core/units.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { foul } from "../loopback/scenario.ts";
import { runs } from "../runs.ts";
import { junkDatagrams } from "./junk.ts";

const STRANGER = { hostname: "10.6.6.6", port: 666 };
const MAX_LISTENERS = 5;
const TOKEN = "right";
const MAX_CAPTURED = 1000;
const HARMLESS: NetemOptions = { delayMillis: 20, jitterMillis: 5 };

interface StoryOptions {
  readonly path: NetemOptions;
  readonly isPlain: boolean;
  readonly seed: number;
  /** The capacity of the host. */
  readonly capacity: number;
}

/** A broadcast under random inputs, and its invariants. */
class Story {
  readonly world: VirtualWorld;
  readonly #options: StoryOptions;
  readonly #captured: Uint8Array[] = [];
  /** Key and nonce of all that the hosts have sealed: AES-GCM fails if a pair is used twice. */
  readonly #nonces = new Set<string>();
  #events = 0;

  constructor(options: StoryOptions) {
    const { path, seed } = options;
    this.#options = options;
    this.world = new VirtualWorld({
      seed,
      towardsListener: () => path,
      towardsHost: () => path,
    });
    this.world.net.watch((datagram) => {
      if (this.#captured.length < MAX_CAPTURED) this.#captured.push(datagram.slice());
    });
    this.restartHost();
  }

  restartHost(): void {
    if (this.world.host) this.world.killHost();
    const access = { kind: "tokens", tokens: [TOKEN] } as const;
    const { isPlain, capacity } = this.#options;
    this.world.startHost({ access, isPlain, capacity, ciphers: this.#watched() });
  }

  #watched(): Ciphers {
    return {
      ...nodeCiphers,
      seal: (key, nonce, plaintext, associated) => {
        const use = `${key} ${nonce}`;
        assert.ok(!this.#nonces.has(use), "a nonce is used twice under one key");
        this.#nonces.add(use);
        return nodeCiphers.seal(key, nonce, plaintext, associated);
      },
    };
  }

  listen(token: string): void {
    if (this.world.listeners.length < MAX_LISTENERS) this.world.addListener({ token });
  }

  listener(pick: number): VirtualListener | undefined {
    return this.world.listeners[pick % Math.max(this.world.listeners.length, 1)];
  }

  event(): void {
    if (this.world.host) this.world.sendEvent(foul(this.#events++));
  }

  /**
   * Replays any earlier datagram from any address to any other, and sends junk. Without encryption a
   * forger at the right address is believed, so it has none there.
   */
  disturb(pick: number, isToHost: boolean): void {
    const { world } = this;
    const victim = this.listener(pick);
    if (!victim || this.#captured.length === 0) return;
    const [from, to] = isToHost ? [victim.address, HOST] : [HOST, victim.address];
    const isForged = !this.#options.isPlain && pick % 2 === 0;
    const junk = junkDatagrams(new SeededRng(pick), this.#captured);
    for (let count = 0; count < 3; count++) {
      const copy = this.#captured[(pick + count) % this.#captured.length]!;
      for (const datagram of [copy, junk.next().value!]) {
        if (datagram.length > 0) {
          world.net.send(datagram, isForged ? from : STRANGER, to, world.now);
        }
      }
    }
  }

  cut(pick: number, millis: Millis): void {
    const listener = this.listener(pick);
    const paths = listener
      ? [this.world.towardsListener(listener), this.world.towardsHost(listener)]
      : [];
    for (const path of paths) path.isCut = true;
    this.world.run(millis);
    for (const path of paths) path.isCut = false;
  }

  check(): void {
    for (const listener of this.world.listeners) {
      for (const ledger of this.world.ledger(listener).channels) {
        assert.equal(brokenIdentity(ledger), undefined);
        const { networkLost, packetsDiscarded, residualLost, packetsRepaired } = ledger;
        for (
          const count of [
            networkLost,
            packetsDiscarded,
            residualLost,
            packetsRepaired.nack,
            packetsRepaired.fec,
          ]
        ) {
          assert.ok(count >= 0, `${ledger.channel} counts ${count}`);
        }
      }
      assertTimeline(listener);
      const ends = listener.outputs.filter(({ kind }) => kind === "ended").length;
      assert.ok(ends === 0 || (ends === 1 && listener.outputs.at(-1)?.kind === "ended"));
    }
    const { host } = this.world;
    if (host) assert.ok(host.core.stats().listeners <= this.#options.capacity);
  }
}

/** Events count up from 1 without a gap; they begin again from 1 only after this was told. */
function assertTimeline(listener: VirtualListener): void {
  let count = 0;
  for (const output of listener.outputs) {
    if (output.kind === "timeline-reset") count = 0;
    if (output.kind === "event") assert.equal(output.event.count, ++count);
  }
}

type Turn = (story: Story) => void;

const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.nat(3000).map((millis): Turn => ({ world }) => world.run(millis)),
  fc.nat(60).map((millis): Turn => ({ world }) => world.run(millis)),
  fc.constantFrom(TOKEN, TOKEN, TOKEN, "wrong").map((token): Turn => (story) =>
    story.listen(token)
  ),
  fc.constant<Turn>((story) => story.event()),
  fc.tuple(fc.nat(), fc.boolean()).map(([pick, isToHost]): Turn => (story) =>
    story.disturb(pick, isToHost)
  ),
  fc.tuple(fc.nat(), fc.nat(9000)).map(([pick, millis]): Turn => (story) =>
    story.cut(pick, millis)
  ),
  fc.nat().map((pick): Turn => (story) => {
    const listener = story.listener(pick);
    if (listener && !listener.hasEnded) story.world.leave(listener);
  }),
  fc.nat().map((pick): Turn => (story) => {
    const listener = story.listener(pick);
    if (listener) story.world.killListener(listener);
  }),
  fc.nat().map((pick): Turn => (story) => {
    const listener = story.listener(pick);
    if (listener) story.world.rebind(listener);
  }),
  fc.constant<Turn>((story) => story.restartHost()),
  fc.constant<Turn>(({ world }) => world.host && world.killHost()),
);

const path = fc.record({
  loss: fc.constantFrom(0, 0.02, 0.3),
  duplicate: fc.constantFrom(0, 0.1),
  duplicateMillis: fc.nat(100),
  reorder: fc.constantFrom(0, 0.1),
  reorderMillis: fc.nat(200),
  delayMillis: fc.nat(150),
  jitterMillis: fc.nat(30),
});

Deno.test("whatever happens to a host and its listeners, ledgers add up, timelines have no gap, and an end is final", () => {
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 40, size: "large" }),
      path,
      fc.boolean(),
      fc.nat(),
      (turns, path, isPlain, seed) => {
        const story = new Story({ path, isPlain, seed, capacity: MAX_LISTENERS - 1 });
        story.listen(TOKEN);
        for (const take of turns) {
          take(story);
          story.check();
        }
        story.world.run(3000);
        story.check();
      },
    ),
    runs(60),
  );
});

Deno.test("after the disturbance, every remaining listener receives everything again", () => {
  fc.assert(
    fc.property(
      fc.array(turn, { maxLength: 25, size: "large" }),
      fc.boolean(),
      fc.nat(),
      (turns, isPlain, seed) => {
        // A listener that rejoins a full host waits for a place, possibly in vain.
        const story = new Story({ path: HARMLESS, isPlain, seed, capacity: Infinity });
        for (const take of turns) take(story);
        const { world } = story;
        if (!world.host) story.restartHost();
        world.run(25_000);
        const listeners = world.listeners.filter(({ hasEnded }) => !hasEnded);
        const before = listeners.map((listener) => world.channel(listener, "audio"));
        for (let count = 0; count < 5; count++) {
          story.event();
          world.run(1000);
        }
        story.check();
        for (const [index, listener] of listeners.entries()) {
          const after = world.channel(listener, "audio");
          assert.ok(after.packetsReceived > before[index]!.packetsReceived + 150);
          assert.equal(after.residualLost, before[index]!.residualLost);
          const events = listener.said("event");
          assert.equal(events.at(-1)!.event.count, world.host!.core.timeline.head.count);
        }
      },
    ),
    runs(30),
  );
});

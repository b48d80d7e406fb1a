import assert from "node:assert/strict";
import type { NewEvent } from "../../server/origin/timeline/new_event.ts";
import { pick, SeededRng } from "../../shared/core/rng.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import { brokenIdentity } from "../network/agreement.ts";
import { MemoryStore } from "../../tests/fakes/memory_store.ts";
import type { NetemOptions } from "../network/netem.ts";
import { VirtualWorld } from "../../tests/fakes/virtual_world.ts";
import { Follower } from "./follower.ts";
import { SLOW_MP3, slowFrames } from "./slow_sound.ts";

export interface SoakOptions {
  readonly seed: number;
  /** About how many listeners there are at a time. */
  readonly listeners: number;
  /** The length of a match; matches follow one another, each a broadcast of its own. */
  readonly matchMinutes: number;
}

/** What has happened so far. */
export interface SoakCounts {
  matches: number;
  listeners: number;
  events: number;
  eventsHeard: number;
  joins: number;
  leaves: number;
  crashes: number;
  rebindings: number;
  outages: number;
  rejoins: number;
  moves: number;
}

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const LATENCIES = ["low", "normal", "safe"] as const;

/** Chances per second of the whole broadcast. */
const CHANCES = { event: 1 / 20, come: 1 / 30, rebind: 1 / 20, outage: 1 / 20, crash: 1 / 2400 };
/** Most outages are shorter than a listener's timeout, some longer than the host's. */
const LONGEST_OUTAGE: Millis = 30 * SECOND;
/** Longer than an outage, a rejoin and the repair after it together. */
const SETTLING: Millis = 90 * SECOND;

/**
 * A broadcast of any length with everything that can happen to it: bursts of loss, outages, NATs that
 * lose their mappings, listeners that join and leave, hosts that are killed and restarted, one match
 * after the other. It checks that events and ledgers are right.
 */
export class Soak {
  readonly counts: SoakCounts = {
    matches: 0,
    listeners: 0,
    events: 0,
    eventsHeard: 0,
    joins: 0,
    leaves: 0,
    crashes: 0,
    rebindings: 0,
    outages: 0,
    rejoins: 0,
    moves: 0,
  };
  readonly #options: SoakOptions;
  readonly #rng: SeededRng;
  readonly #world: VirtualWorld;
  readonly #startedAt: Millis;
  #outages: { readonly follower: Follower; readonly until: Millis }[] = [];
  /** Addresses to remove once no packet is under way to or from them. */
  readonly #abandoned: { readonly address: Address; readonly at: Millis }[] = [];
  #followers: Follower[] = [];
  #store = new MemoryStore();
  #matchEndsAt: Millis = 0;

  constructor(options: SoakOptions) {
    const { seed } = options;
    this.#options = options;
    this.#rng = new SeededRng(seed);
    this.#world = new VirtualWorld({
      seed,
      server: { capacity: 10_000, intervalMillis: SECOND, audio: SLOW_MP3 },
      towardsListener: (index) => rough(index),
      towardsHost: (index) => rough(index + 7),
      skew: (index) => (index % 21 - 10) * 1e-5,
    });
    this.#startedAt = this.#world.now;
    this.#beginMatch();
  }

  /** The virtual time since the beginning. */
  get elapsed(): Millis {
    return this.#world.now - this.#startedAt;
  }

  /** Lets a minute pass, with everything that happens in it. */
  passMinute(): void {
    for (let second = 0; second < 60; second++) {
      this.#happen();
      this.#passSecond();
    }
  }

  /**
   * Ends all outages and waits, then checks that every listener is connected and has all events, and that
   * the ledgers add up.
   */
  check(): void {
    const end = this.#world.now + SETTLING;
    while (this.#world.now < end && !this.#isWhole) this.#passSecond();
    for (const { listener, count, isConnected } of this.#followers) {
      const who = `listener ${listener.index} at ${this.elapsed / MINUTE} minutes`;
      assert.ok(isConnected, `${who} is not connected: ${listener.core.deadline}`);
      assert.equal(count, this.#store.entries.length, `${who} lacks events`);
    }
    this.#checkLedgers();
    if (this.#world.now >= this.#matchEndsAt) this.#changeMatch();
  }

  get #isWhole(): boolean {
    const { length } = this.#store.entries;
    return this.#followers.every(({ count, isConnected }) => isConnected && count === length);
  }

  #happen(): void {
    if (this.#happens("event")) this.#sendEvent();
    if (this.#happens("come")) this.#someoneComesAndAnotherGoes();
    if (this.#happens("crash")) this.#crash();
    // Only joined listeners are affected, because a join must succeed in eight seconds at one address.
    const settled = this.#followers.filter(({ isConnected }) => isConnected);
    if (settled.length === 0) return;
    if (this.#happens("rebind")) this.#rebind(pick(this.#rng, settled));
    if (this.#happens("outage")) this.#cut(pick(this.#rng, settled));
  }

  #passSecond(): void {
    this.#world.run(SECOND);
    this.#mend();
    this.#follow();
  }

  #follow(): void {
    const { now, host } = this.#world;
    for (const follower of this.#followers) {
      const { count, rejoins } = follower;
      follower.follow(this.#store.entries, now);
      this.counts.eventsHeard += Math.max(0, follower.count - count);
      this.counts.rejoins += follower.rejoins - rejoins;
      assert.equal(follower.end, undefined, `listener ${follower.listener.index} ended`);
    }
    this.counts.moves += host!.said("listener-moved").length;
    host!.outputs.length = 0;
  }

  #beginMatch(): void {
    this.counts.matches++;
    this.#matchEndsAt = this.#world.now + this.#options.matchMinutes * MINUTE;
    this.#store = new MemoryStore(this.#rng.bytes(8).toHex());
    this.#world.startHost({ store: this.#store }, slowFrames());
    while (this.#followers.length < this.#options.listeners) this.#join();
  }

  /** Ends the match; all listeners leave, and the next match begins with others. */
  #changeMatch(): void {
    this.#world.finish();
    const { length } = this.#store.entries;
    let deaf = 0;
    for (const follower of this.#followers) {
      follower.follow(this.#store.entries, this.#world.now);
      assert.equal(follower.count, length, `listener ${follower.listener.index} lacks events`);
      if (follower.end?.reason !== "bye") deaf++;
    }
    // A burst may drop all three BYEs.
    assert.ok(deaf <= 1 + this.#followers.length / 50, `${deaf} did not hear the end`);
    this.#checkLedgers();
    for (const follower of this.#followers) this.#forget(follower);
    this.#followers = [];
    this.#world.killHost();
    this.#beginMatch();
  }

  #checkLedgers(): void {
    for (const { listener } of this.#followers) {
      for (const ledger of this.#world.ledger(listener).channels) {
        assert.equal(brokenIdentity(ledger), undefined, `listener ${listener.index}`);
        assert.ok(ledger.channel !== "events" || ledger.residualLost === 0);
      }
    }
  }

  #sendEvent(): void {
    const { counts } = this;
    const content = `event ${++counts.events}: ${
      "goal ".repeat(Math.floor(this.#rng.float() * 40))
    }`;
    const event: NewEvent = {
      type: 17,
      content,
      score: "0 x 0",
      event: { type: "event", title: "Note", origin: "", clock: "00:00", period: 1 },
    };
    this.#world.sendEvent(event);
  }

  #someoneComesAndAnotherGoes(): void {
    this.#join();
    const leaver = pick(this.#rng, this.#followers);
    if (this.#rng.float() < 0.7) this.#world.leave(leaver.listener);
    this.#forget(leaver);
    this.#followers = this.#followers.filter((other) => other !== leaver);
    this.counts.leaves++;
  }

  #join(): void {
    const latency = pick(this.#rng, LATENCIES);
    this.#followers.push(new Follower(this.#world.addListener({ latency })));
    this.counts.joins++;
    this.counts.listeners = this.#followers.length;
  }

  #rebind({ listener }: Follower): void {
    this.counts.rebindings++;
    const before = listener.address;
    this.#world.rebind(listener);
    this.#abandoned.push({ address: before, at: this.#world.now });
  }

  #cut(follower: Follower): void {
    const until = this.#world.now + this.#rng.float() * LONGEST_OUTAGE;
    this.#outages.push({ follower, until });
    this.counts.outages++;
    this.#setCut(follower, true);
  }

  /** Cuts all paths of a listener, also one that a rebinding makes during the outage. */
  #mend(): void {
    const { now, net } = this.#world;
    for (const outage of this.#outages.splice(0)) {
      const isOver = now >= outage.until;
      this.#setCut(outage.follower, !isOver);
      if (!isOver) this.#outages.push(outage);
    }
    while (this.#abandoned[0] && now - this.#abandoned[0].at > MINUTE) {
      net.forget(this.#abandoned.shift()!.address);
    }
  }

  #setCut({ listener }: Follower, isCut: boolean): void {
    this.#world.towardsListener(listener).isCut = isCut;
    this.#world.towardsHost(listener).isCut = isCut;
  }

  /** Kills the host and starts it again with the same store. */
  #crash(): void {
    this.counts.crashes++;
    this.#world.killHost();
    this.#world.run(SECOND);
    this.#world.startHost({ store: this.#store }, slowFrames());
  }

  #forget(follower: Follower): void {
    const { listener } = follower;
    this.#outages = this.#outages.filter((outage) => outage.follower !== follower);
    this.#world.killListener(listener);
    this.#abandoned.push({ address: listener.address, at: this.#world.now });
  }

  #happens(what: keyof typeof CHANCES): boolean {
    return this.#rng.float() < CHANCES[what];
  }
}

/** Paths from good to bad: delay, jitter, loss in bursts, duplicates, reordering. */
function rough(index: number): NetemOptions {
  return {
    delayMillis: 5 + index % 5 * 20,
    jitterMillis: index % 4 * 5,
    burst: { toBad: 0.002 * (index % 4), toGood: 0.3, lossInBad: 0.8 },
    loss: index % 3 * 0.01,
    duplicate: 0.001,
    reorder: 0.002,
    reorderMillis: 40,
  };
}

import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { PacketNews } from "../../client/interface/packet_watch.ts";
import { RequestCounts } from "../../scripts/bench/lossy_crowd/request_counts.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { BusyProcess } from "../fakes/busy_process.ts";
import { numberedFrames } from "../fakes/numbered_frames.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { seedsOf } from "../runs.ts";

const LOSS = 0.05;
const IN_A_PROCESS = 20;
const SECONDS = 4;
/** How long the host runs between two stalls. */
const HOST_RUNS_MILLIS = 100;

interface Lateness {
  readonly name: string;
  /** The time that a process needs for a datagram; absent: the listeners are never late. */
  readonly workMillis?: number;
  /** How long the processes do not run at a time, at most, and how long they run in between. */
  readonly stallMillis?: number;
  readonly runMillis?: number;
  /** Whether all processes stall at the same times. */
  readonly isTogether?: boolean;
  /** How long the host does not run at a time, at most. */
  readonly hostStallMillis?: number;
  readonly jitterMillis?: number;
  /** Retransmissions for each packet that the network lost. */
  readonly most: number;
  /** Requested packets that were not lost, for each that was. */
  readonly mostNeedless: number;
  /** Lost packets that were not repaired, for each that was lost; absent: whatever the lateness leaves. */
  readonly mostLeft?: number;
}

const LATENESSES: readonly Lateness[] = [
  { name: "nobody is late", most: 1.3, mostNeedless: 0.01, mostLeft: 0.02 },
  {
    name: "listeners stall up to 50 ms",
    ...{ workMillis: 0.1, stallMillis: 50, runMillis: 100 },
    ...{ most: 1.3, mostNeedless: 0.1 },
  },
  {
    name: "listeners stall up to 150 ms, all at once",
    ...{ workMillis: 0.1, stallMillis: 150, runMillis: 100, isTogether: true },
    ...{ most: 1.4, mostNeedless: 0.4 },
  },
  {
    name: "listeners stall up to 300 ms",
    ...{ workMillis: 0.2, stallMillis: 300, runMillis: 200 },
    ...{ most: 1.4, mostNeedless: 1 },
  },
  {
    name: "listeners have more to read than they have time for",
    ...{ workMillis: 0.6, stallMillis: 100, runMillis: 100 },
    ...{ most: 1.8, mostNeedless: 3 },
  },
  {
    name: "the host stalls up to 200 ms",
    ...{ hostStallMillis: 200, most: 1.4, mostNeedless: 7 },
  },
  // What only the path makes late is requested while there is time: who waits for it longer repairs less.
  {
    name: "packets take up to 60 ms longer",
    ...{ jitterMillis: 60, most: 6, mostNeedless: 8, mostLeft: 0.05 },
  },
  // No more than half the bytes of the stream, which is ten retransmissions for each loss of 5 %.
  { name: "packets take up to 150 ms longer", jitterMillis: 150, most: 10, mostNeedless: 10 },
];

/** What a crowd requested, and what became of it. */
class Crowd {
  readonly #world: VirtualWorld;
  readonly #host: ReturnType<VirtualWorld["startHost"]>;
  readonly #requests: RequestCounts[] = [];

  constructor(listeners: number, { jitterMillis = 5 }: Lateness) {
    const path: NetemOptions = { loss: LOSS, delayMillis: 10, jitterMillis };
    this.#world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
    const host = { waitFor: listeners, capacity: listeners };
    this.#host = this.#world.startHost(host, numberedFrames());
    for (let index = 0; index < listeners; index++) {
      this.#world.addListener({ latency: 210, packetWatch: this.#watchOne() });
    }
    this.#world.runUntil(() => this.#host.said("started").length > 0, 20_000, "the start");
    this.#world.run(1000);
  }

  run({ workMillis, stallMillis = 0, runMillis = 1e9, isTogether, hostStallMillis }: Lateness) {
    const world = this.#world;
    const processes: BusyProcess[] = [];
    for (let from = 0; workMillis && from < world.listeners.length; from += IN_A_PROCESS) {
      const own = world.listeners.slice(from, from + IN_A_PROCESS);
      const seed = isTogether ? 1 : from + 1;
      processes.push(new BusyProcess(world, own, { seed, workMillis, stallMillis, runMillis }));
    }
    const stalls = new HostStalls(world, hostStallMillis);
    for (const end = world.now + SECONDS * 1000; world.now < end;) {
      stalls.run();
      world.run(1);
      for (const process of processes) process.run(1);
    }
  }

  /** The packets of sound that the network lost. */
  get lost(): number {
    const { ssrc } = this.#host.core.channels[0]!;
    const paths = this.#world.listeners.map((one) => this.#world.towardsListener(one));
    return paths.reduce((sum, { streams }) => sum + streams.get(ssrc)!.lost, 0);
  }

  get retransmitted(): number {
    return this.#host.core.stats().retransmitted;
  }

  /** What is missing in the end. */
  get left(): number {
    const ledgers = this.#world.listeners.map((one) => this.#world.ledger(one).channels[0]!);
    return ledgers.reduce((sum, { residualLost }) => sum + residualLost, 0);
  }

  /** Requested packets that were not lost. */
  get needless(): number {
    return this.#requests.reduce((sum, { counts }) => sum + counts.needless, 0);
  }

  #watchOne(): (news: PacketNews) => void {
    const requests = new RequestCounts();
    this.#requests.push(requests);
    return (news) => requests.take(news);
  }
}

/** A host that often does not run. */
class HostStalls {
  readonly #rng = new SeededRng(1);
  readonly #world: VirtualWorld;
  readonly #longest: number | undefined;
  #stallsAt: number;
  #runsAt = Infinity;

  constructor(world: VirtualWorld, longest: number | undefined) {
    this.#world = world;
    this.#longest = longest;
    this.#stallsAt = longest === undefined ? Infinity : world.now;
  }

  run(): void {
    const { now } = this.#world;
    if (now >= this.#runsAt) {
      this.#runsAt = Infinity;
      this.#world.resumeHost(this.#rng.float() < 0.5);
    }
    if (now < this.#stallsAt) return;
    this.#world.suspendHost();
    this.#runsAt = now + 1 + this.#rng.float() * this.#longest!;
    this.#stallsAt = this.#runsAt + HOST_RUNS_MILLIS;
  }
}

for (const run of seedsOf({ short: 1, long: 3 })) {
  const listeners = [40, 100, 300][run - 1]!;
  for (const lateness of LATENESSES) {
    const { name, most, mostNeedless, mostLeft = Infinity } = lateness;
    Deno.test(`${listeners} listeners, ${name}: at most ${most} retransmissions for a loss`, () => {
      const crowd = new Crowd(listeners, lateness);
      crowd.run(lateness);
      const { lost, retransmitted, needless, left } = crowd;
      assert.ok(lost > listeners * SECONDS * 38 * LOSS * 0.7, `${lost} lost`);
      console.log(`${retransmitted} for ${lost} lost, ${needless} needless, ${left} left`);
      assert.ok(retransmitted <= most * lost, `${retransmitted} for ${lost} losses`);
      assert.ok(needless <= mostNeedless * lost, `${needless} needless for ${lost} losses`);
      assert.ok(left <= mostLeft * lost, `${left} left of ${lost} losses`);
    });
  }
}

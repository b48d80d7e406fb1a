import assert from "node:assert/strict";
import fc from "fast-check";
import type { RepairWays } from "../../server/interface/config.ts";
import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import { type NetemOptions, NOTHING } from "../../scripts/network/netem.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { runs } from "../runs.ts";
import { assertExact, SEQUENCE_STARTS } from "./scenario.ts";

/** One way of repair, and its guarantees besides those that all ways have. */
interface Scheme {
  readonly name: string;
  readonly repair: RepairWays;
  readonly asks: boolean;
  readonly hasParity: boolean;
}

const SCHEMES: readonly Scheme[] = [
  {
    name: "no protection",
    repair: { isRtxOffered: false, parity: "never" },
    asks: false,
    hasParity: false,
  },
  { name: "NACK", repair: { isRtxOffered: true, parity: "never" }, asks: true, hasParity: false },
  {
    name: "FEC",
    repair: { isRtxOffered: false, parity: { columns: 3, rows: 2, hasRowParity: false } },
    asks: false,
    hasParity: true,
  },
  {
    name: "FEC of columns and rows",
    repair: { isRtxOffered: false, parity: { columns: 2, rows: 3, hasRowParity: true } },
    asks: false,
    hasParity: true,
  },
  {
    name: "NACK and FEC",
    repair: { isRtxOffered: true, parity: { columns: 3, rows: 2, hasRowParity: false } },
    asks: true,
    hasParity: true,
  },
];

const CALM: NetemOptions = { delayMillis: 20, jitterMillis: 5, harms: "media" };
const CASES: Readonly<Record<string, NetemOptions>> = {
  "a path that harms nothing": CALM,
  "single losses": { ...CALM, loss: 0.05 },
  "heavy loss": { ...CALM, loss: 0.25 },
  "bursts": { ...CALM, burst: { toBad: 0.03, toGood: 0.4, lossInBad: 1 } },
  "copies": { ...CALM, duplicate: 0.2, duplicateMillis: 7 },
  "reordering": { ...CALM, reorder: 0.1, reorderMillis: 40 },
  "late packets": { ...CALM, reorder: 0.1, reorderMillis: 300 },
  "everything at once": {
    ...CALM,
    loss: 0.1,
    duplicate: 0.1,
    duplicateMillis: 60,
    reorder: 0.1,
    reorderMillis: 90,
  },
};

const FRAME_NUMBER_AT = 40;
/** MPEG-1 layer III, 64 kbit/s: one frame per packet, each different from the others in all bytes. */
function frame(index: number): EncodedFrame {
  const { bytes, ...shape } = mp3Frame(index);
  const noise = new SeededRng(index).bytes(bytes.length - FRAME_NUMBER_AT - 4);
  bytes.set(noise, FRAME_NUMBER_AT + 4);
  return { bytes, ...shape };
}

function* frames(): Generator<EncodedFrame> {
  for (let index = 0;; index++) yield frame(index);
}

interface RunOptions {
  readonly seed?: number;
  readonly sequenceStart?: number;
  readonly millis?: Millis;
  /** What else happens. */
  readonly during?: (world: VirtualWorld, listener: VirtualListener) => void;
}

/** Runs a scheme over a path, then checks the guarantees that every scheme has. */
function run(scheme: Scheme, path: NetemOptions, options: RunOptions = {}): ChannelLedger {
  const { seed = 1, sequenceStart, millis = 8000, during } = options;
  const world = new VirtualWorld({ seed, towardsListener: () => path });
  world.startHost(
    { hasEvents: false, waitFor: 1, repair: scheme.repair, sequenceStart },
    frames(),
  );
  const listener = world.addListener({ latency: 200 });
  during?.(world, listener);
  world.run(millis);
  world.finish();
  assertPromises(world, listener, scheme);
  return world.channel(listener, "audio");
}

function assertPromises(world: VirtualWorld, listener: VirtualListener, scheme: Scheme): void {
  assertExact(world, listener);
  for (const { ledger } of listener.said("stats")) {
    for (const channel of ledger.channels) assert.equal(brokenIdentity(channel), undefined);
  }
  const ledger = world.channel(listener, "audio");
  const { packetsRepaired, nackCount, retransmittedPacketsReceived } = ledger;
  if (!scheme.asks) {
    assert.deepEqual([packetsRepaired.nack, nackCount, retransmittedPacketsReceived], [0, 0, 0]);
  }
  if (!scheme.hasParity) assert.deepEqual([packetsRepaired.fec, ledger.fecPacketsReceived], [0, 0]);
  assertParityCounted(world, listener, ledger);
  assertPlayed(listener, ledger);
  assert.deepEqual(world.ledger(listener).junk, {});
}

function assertParityCounted(
  world: VirtualWorld,
  listener: VirtualListener,
  ledger: ChannelLedger,
): void {
  const { info } = listener.said("joined").at(-1)!;
  const { fec } = info.channels.find(({ channel }) => channel === "audio")!;
  const { forwarded, duplicated } = world.towardsListener(listener).streams.get(fec!.ssrc) ??
    NOTHING;
  assert.equal(ledger.fecPacketsReceived, forwarded - duplicated);
}

/** Each frame at most once, in order and bit for bit as sent; missing ones are told. */
function assertPlayed(listener: VirtualListener, ledger: ChannelLedger): void {
  const played = listener.said("audio").flatMap(({ frames }) => frames);
  let before = -1;
  for (const { bytes } of played) {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(FRAME_NUMBER_AT);
    assert.ok(number > before, `${number} was played after ${before}`);
    before = number;
    assert.deepEqual(bytes, frame(number).bytes);
  }
  assert.equal(played.length, ledger.packetsExpected - ledger.residualLost);
}

for (const scheme of SCHEMES) {
  for (const [name, path] of Object.entries(CASES)) {
    Deno.test(`${scheme.name}, ${name}: exact, once, in order, nothing invented`, () => {
      run(scheme, path);
    });
  }

  for (const sequenceStart of SEQUENCE_STARTS) {
    Deno.test(`${scheme.name} across the wrap, from ${sequenceStart}`, () => {
      run(scheme, CASES["everything at once"]!, { sequenceStart, seed: sequenceStart + 2 });
    });
  }

  Deno.test(`${scheme.name} through two outages, after one of which the listener joins again`, () => {
    const cut = (world: VirtualWorld, listener: VirtualListener, millis: Millis) => {
      world.towardsListener(listener).isCut = true;
      world.run(millis);
      world.towardsListener(listener).isCut = false;
    };
    run(scheme, { ...CALM, loss: 0.02 }, {
      during: (world, listener) => {
        world.run(3000);
        cut(world, listener, 1000);
        world.run(3000);
        cut(world, listener, 7000);
      },
    });
  });

  Deno.test(`${scheme.name} over any path`, () => {
    const share = fc.double({ min: 0, max: 0.3, noNaN: true });
    // Together within the half second after the BYE in which late packets count: a later one
    // leaves the network, but no listener counts it.
    const path = fc.record({
      loss: share,
      duplicate: share,
      reorder: share,
      duplicateMillis: fc.integer({ min: 0, max: 90 }),
      reorderMillis: fc.integer({ min: 0, max: 400 }),
      delayMillis: fc.integer({ min: 0, max: 150 }),
      jitterMillis: fc.integer({ min: 0, max: 60 }),
    });
    const start = fc.constantFrom(...SEQUENCE_STARTS);
    fc.assert(
      fc.property(path, fc.nat(), start, (path, seed, sequenceStart) => {
        run(scheme, { ...path, harms: "media" }, { seed, sequenceStart, millis: 3000 });
      }),
      runs(10),
    );
  });
}

Deno.test("FEC: waiting parity is sent before the goodbye, so that late parity is counted", () => {
  const late = { ...CALM, reorder: 0.04, reorderMillis: 370, delayMillis: 58, jitterMillis: 56 };
  run(SCHEMES[2]!, late, { seed: 633843595, sequenceStart: 0, millis: 3000 });
});

function residualOf(scheme: Scheme, path: NetemOptions): number {
  let [lost, expected] = [0, 0];
  for (const seed of [1, 2, 3]) {
    const ledger = run(scheme, path, { seed, millis: 20_000 });
    lost += ledger.residualLost;
    expected += ledger.packetsExpected;
  }
  return lost / expected;
}

Deno.test("each scheme leaves fewer packets missing than no repair", () => {
  const [none, nack, columns, both2d, both] = SCHEMES;
  for (const path of [CASES["single losses"]!, CASES.bursts!]) {
    const without = residualOf(none!, path);
    assert.ok(residualOf(nack!, path) < without / 20);
    assert.ok(residualOf(columns!, path) < without / 2);
    assert.ok(residualOf(both2d!, path) < without / 2);
    assert.ok(residualOf(both!, path) < without / 20);
  }
});

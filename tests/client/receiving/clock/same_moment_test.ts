import assert from "node:assert/strict";
import type { ChannelInfo } from "../../../../shared/admission/admission.ts";
import { RoundTrip } from "../../../../shared/rtcp/round_trip.ts";
import { middleBits, toNtp } from "../../../../shared/rtcp/ntp.ts";
import type { SenderReport } from "../../../../shared/rtcp/rtcp.ts";
import { toSequenceNumber, toTimestamp } from "../../../../shared/core/seq.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { SharedLatency } from "../../../../client/receiving/clock/shared_latency.ts";
import type { Latency } from "../../../../client/interface/config.ts";
import { StreamSet } from "../../../../client/receiving/stream_set.ts";
import { lengthOf } from "../../../runs.ts";
import { audioChannel } from "../../scripted_host.ts";
import { T0 } from "../../starts.ts";

const PACKET_MILLIS = 20;
const REPORT_MILLIS = 4500;

interface Path {
  readonly down: number;
  readonly up: number;
}

interface EarOptions {
  /** What its clock shows at a time of the host's. */
  readonly clock: (hostTime: number) => number;
  readonly path: (hostTime: number) => Path;
  readonly latency: Latency;
  readonly jitter?: number;
  readonly loss?: number;
  readonly seed: number;
}

/** Two paced channels with different clock rates, whose timestamps begin shortly before they wrap. */
const CHANNELS: readonly ChannelInfo[] = [
  audioChannel(65_000, { ssrc: 1, timestampBase: 2 ** 32 - 90_000 * 20 }),
  audioChannel(300, {
    ssrc: 2,
    channel: "events",
    codec: "opus",
    payloadType: 97,
    clockRate: 48_000,
    timestampBase: 2 ** 32 - 48_000 * 31,
    aheadMillis: 0,
  }),
];

/** A listener's streams and its clock, on a network of its own. `played` is by channel and media time. */
class Ear {
  readonly played = new Map<number, Map<number, number>>(
    CHANNELS.map(({ ssrc }) => [ssrc, new Map()]),
  );
  readonly latency: SharedLatency;
  readonly streams = new StreamSet();
  readonly #roundTrip = new RoundTrip();
  readonly #options: EarOptions;
  readonly #rng: SeededRng;
  /** What is under way to it, by the host's clock. */
  #underWay: { readonly at: number; readonly deliver: (own: number) => void }[] = [];
  #reportsAt = T0;

  constructor(options: EarOptions, hostNow: number, channels = CHANNELS) {
    this.#options = options;
    this.#rng = new SeededRng(options.seed);
    this.latency = new SharedLatency(options.latency);
    this.#reportsAt = hostNow;
    this.adopt(channels, hostNow);
  }

  adopt(channels: readonly ChannelInfo[], hostNow: number): void {
    const { latency } = this;
    const options = {
      latency,
      roundTrip: this.#roundTrip,
      verifier: () => undefined,
      knownEvents: new Map(),
      doesTimelineGoOn: true,
    };
    this.streams.adopt(channels, options, this.#options.clock(hostNow));
  }

  send(info: ChannelInfo, index: number, mediaMillis: number, hostNow: number): void {
    const { loss = 0, jitter = 0, path } = this.#options;
    const delay = path(hostNow).down + jitter * this.#rng.float();
    if (this.#rng.float() < loss) return;
    const number = info.sequenceBase + index;
    const timestamp = toTimestamp(info.timestampBase + mediaMillis * info.clockRate / 1000);
    const media = {
      payloadType: info.payloadType,
      sequenceNumber: toSequenceNumber(number),
      timestamp,
      ssrc: info.ssrc,
      marker: false,
      payload: Uint8Array.of(1),
    };
    this.#underWay.push({
      at: hostNow + delay,
      deliver: (own) =>
        void this.streams.get(info.ssrc)!.take(
          { way: "original", media, number },
          own,
          () => false,
        ),
    });
  }

  /** Sends its report when it is due; the host echoes it with its clock. */
  report(hostNow: number, reportsAt: (now: number) => SenderReport[]): void {
    if (hostNow < this.#reportsAt) return;
    this.#reportsAt += REPORT_MILLIS;
    const { loss = 0, jitter = 0, path, clock } = this.#options;
    if (this.#rng.float() < loss) return;
    const told = middleBits(toNtp(clock(hostNow)));
    const there = hostNow + path(hostNow).up + jitter * this.#rng.float();
    const reports = reportsAt(there);
    this.#underWay.push({
      at: there + path(there).down + jitter * this.#rng.float(),
      deliver: (own) => {
        const roundTrip = this.#roundTrip.onEcho(told, 0, own);
        if (roundTrip !== undefined) this.latency.onExchange(roundTrip, reports, own);
      },
    });
  }

  run(hostNow: number): void {
    const own = this.#options.clock(hostNow);
    const due = this.#underWay.filter(({ at }) => at <= hostNow).sort((one, two) =>
      one.at - two.at
    );
    this.#underWay = this.#underWay.filter(({ at }) => at > hostNow);
    for (const { at, deliver } of due) deliver(this.#options.clock(at));
    for (const stream of this.streams) {
      const times = this.played.get(stream.info.ssrc)!;
      for (;;) {
        const at = stream.jitterBuffer.deadline;
        const released = at !== undefined && at <= own && stream.jitterBuffer.pop(own);
        if (!released) break;
        // The deadline is exact, where this loop is not.
        times.set(Math.round(1000 * stream.mediaTime(released.arrival)), hostNow - (own - at));
      }
    }
  }
}

interface RunOptions {
  readonly seconds: number;
  readonly from?: number;
  /** The host's program stands still in this span of seconds; then it sends what is overdue at once. */
  readonly standstill?: readonly [from: number, to: number];
}

/** The host sends a packet of each channel every 20 ms, at its media time. */
class Studio {
  #sent = 0;

  constructor(readonly ears: Ear[]) {}

  run({ seconds, from = 0, standstill = [0, 0] }: RunOptions): void {
    for (let millis = from * 1000; millis < (from + seconds) * 1000; millis += 5) {
      const now = T0 + millis;
      const stands = millis >= standstill[0] * 1000 && millis < standstill[1] * 1000;
      for (; !stands && this.#sent * PACKET_MILLIS <= millis; this.#sent++) {
        for (const ear of this.ears) {
          for (const info of CHANNELS) ear.send(info, this.#sent, this.#sent * PACKET_MILLIS, now);
        }
      }
      for (const ear of this.ears) {
        if (!stands) ear.report(now, reportsAt);
        ear.run(now);
      }
    }
  }
}

function reportsAt(now: number): SenderReport[] {
  return CHANNELS.map(({ ssrc, timestampBase, clockRate }) => ({
    type: "senderReport",
    ssrc,
    ntpTime: toNtp(now),
    rtpTimestamp: toTimestamp(timestampBase + (now - T0) * clockRate / 1000),
    packetCount: 0,
    octetCount: 0,
  }));
}

/** How far the moments lie apart at which all channels of all listeners play the same media time. */
function apart(ears: readonly Ear[], from: number, to: number): { most: number; count: number } {
  const all = ears.flatMap(({ played }) => [...played.values()]);
  let [most, count] = [0, 0];
  for (const media of all[0]!.keys()) {
    if (media < from * 1000 || media >= to * 1000) continue;
    const times = all.map((times) => times.get(media)).filter((at) => at !== undefined);
    if (times.length < all.length) continue;
    most = Math.max(most, Math.max(...times) - Math.min(...times));
    count++;
  }
  return { most, count };
}

function pair(options: Partial<EarOptions> = {}, skew = 0, later = () => 0): Ear[] {
  const near: EarOptions = {
    clock: (time) => time - 3000 + (time - T0) * skew,
    path: () => ({ down: 5, up: 5 }),
    latency: 200,
    seed: 1,
    ...options,
  };
  const far: EarOptions = {
    ...near,
    clock: (time) => time + 3000 - (time - T0) * skew,
    path: (time) => {
      const oneWay = 80 + (time >= T0 + 60_000 ? later() : 0);
      return { down: oneWay, up: oneWay };
    },
    seed: 2,
  };
  return [new Ear(near, T0), new Ear(far, T0)];
}

Deno.test("paths of 5 and 80 ms, clocks 6 s apart: four channels play the same moment, from the first packet on", () => {
  const ears = pair();
  new Studio(ears).run({ seconds: 60 });
  const { most, count } = apart(ears, 0, 59);
  assert.ok(count > 2900, `${count} of 2950 packets`);
  assert.ok(most < 0.1, `${most} ms apart`);
  const first = ears[1]!.played.get(1)!.get(0)!;
  assert.ok(Math.abs(first - (T0 + 200)) < 0.1, `the first was played after ${first - T0} ms`);
});

Deno.test("10 % loss and jitter of 5 ms: within 2 ms once 90 seconds have passed", () => {
  for (const seed of [1, 2, 3]) {
    const ears = pair({ loss: 0.1, jitter: 5, seed });
    new Studio(ears).run({ seconds: 180 });
    const { most, count } = apart(ears, 90, 179);
    assert.ok(count > 2500, `${count}`);
    assert.ok(most < 2, `${most} ms apart, seed ${seed}`);
  }
});

const MINUTES = lengthOf({ short: 15, long: 60 });

for (const ppm of [-100, 100]) {
  Deno.test(`clocks that drift by ${ppm} ppm against the host's, and apart, for ${MINUTES} minutes`, () => {
    const ears = pair({ jitter: 2 }, ppm / 1e6);
    const studio = new Studio(ears);
    for (let minute = 0; minute < MINUTES; minute++) {
      for (const { played } of ears) for (const times of played.values()) times.clear();
      studio.run({ from: minute * 60, seconds: 60 });
      if (minute < 3) continue;
      const { most, count } = apart(ears, minute * 60, minute * 60 + 59);
      assert.ok(count > 2000 && most < 2, `${most} ms apart in minute ${minute}, ${count} packets`);
    }
  });
}

Deno.test("a host that stands still for 3 s: what comes after it is played at the same moment again", () => {
  const ears = pair();
  new Studio(ears).run({ seconds: 60, standstill: [20, 23] });
  const { most, count } = apart(ears, 23.1, 59);
  assert.ok(count > 1700 && most < 0.1, `${most} ms apart, ${count} packets`);
});

Deno.test("a path that becomes 60 ms slower for good is no reason to play later", () => {
  const ears = pair({ latency: 250 }, 0, () => 60);
  new Studio(ears).run({ seconds: 300 });
  const { most, count } = apart(ears, 0, 299);
  assert.ok(count > 14_800 && most < 0.1, `${most} ms apart, ${count} packets`);
});

Deno.test("a listener that joins later, or again after an outage, plays the same moment", () => {
  const ears = pair();
  const studio = new Studio(ears);
  studio.run({ seconds: 20 });
  const again = CHANNELS.map((info) => ({ ...info, nextSequence: info.sequenceBase + 1000 }));
  ears[1]!.adopt(again, T0 + 20_000);
  const options: EarOptions = {
    clock: (time) => time - 86_400_000,
    path: () => ({ down: 40, up: 40 }),
    latency: 200,
    seed: 5,
  };
  ears.push(new Ear(options, T0 + 20_000, again));
  studio.run({ from: 20, seconds: 40 });
  const { most, count } = apart(ears, 20, 59);
  assert.ok(count > 1900 && most < 0.1, `${most} ms apart, ${count} packets`);
});

Deno.test("sound that began before the host's clock was known glides there without a gap or a jump", () => {
  const [, far] = pair({ latency: 150 });
  const studio = new Studio([far!]);
  const { report } = far!;
  far!.report = () => {};
  studio.run({ seconds: 5 });
  far!.report = report;
  studio.run({ from: 5, seconds: 20 });
  for (const times of far!.played.values()) {
    const delays = [...times].map(([media, at]) => at - T0 - media);
    assert.equal(
      delays.length,
      [...times.keys()].at(-1)! / PACKET_MILLIS + 1,
      "no packet is missing",
    );
    assert.ok(Math.abs(delays[0]! - 230) < 0.1 && Math.abs(delays.at(-1)! - 150) < 0.1);
    const steps = delays.slice(1).map((delay, index) => delay - delays[index]!);
    assert.ok(Math.max(...steps.map(Math.abs)) < 1, `${Math.max(...steps.map(Math.abs))}`);
  }
});

Deno.test("a fixed latency that the path does not allow: what comes late is late, and one notice says so", () => {
  const [near, far] = pair({ latency: 50 });
  new Studio([near!, far!]).run({ seconds: 30 });
  assert.equal(near!.latency.takeNotice(), undefined);
  assert.match(far!.latency.takeNotice()!, /--latency 85ms/);
  assert.equal(far!.latency.takeNotice(), undefined);
  assert.ok(Math.max(...far!.played.get(1)!.keys()) < 5000, "late packets are not played");
});

Deno.test("with a preset all channels rise together, and play the same moment at one listener", () => {
  const uneven = (time: number) => ({
    down: time > T0 + 10_000 && time % 500 < 20 ? 190 : 5,
    up: 5,
  });
  const ear = new Ear({ clock: (time) => time, path: uneven, latency: "low", seed: 1 }, T0);
  new Studio([ear]).run({ seconds: 60 });
  const [one, other] = [...ear.streams];
  assert.ok(one!.jitterBuffer.targetMillis > 150);
  assert.equal(one!.jitterBuffer.targetMillis, other!.jitterBuffer.targetMillis);
  const { most, count } = apart([ear], 20, 59);
  assert.ok(count > 1800 && most < 0.1, `${most} ms apart, ${count} packets`);
});

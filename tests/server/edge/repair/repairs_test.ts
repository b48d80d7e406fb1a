import assert from "node:assert/strict";
import type { Channel } from "../../../../server/edge/sending/channel.ts";
import { Repairs } from "../../../../server/edge/repair/repairs.ts";
import { History } from "../../../../server/edge/sending/history.ts";
import type { Outbox } from "../../../../server/edge/sending/outbox.ts";
import { RepairStream } from "../../../../server/edge/sending/repair_stream.ts";
import type { Session, SessionTable } from "../../../../server/edge/sessions/sessions.ts";
import type { RepairWays } from "../../../../server/interface/config.ts";
import { Packetizer } from "../../../../server/edge/sending/packetizer.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { CHANNEL_KINDS, type ChannelKind } from "../../../../shared/media/channel_kinds.ts";
import { parseParity } from "../../../../shared/rtp/fec.ts";
import { parseRtp } from "../../../../shared/rtp/rtp.ts";

const PROTECTION = { columns: 1, rows: 2, hasRowParity: false };
const LATENCY = 1500;
/** A report that nothing was lost. */
const NO_LOSS = {
  type: "postRepairLoss",
  ssrc: 1,
  first: 0,
  last: 1,
  lost: 0,
  repaired: 0,
} as const;
const rng = new SeededRng(1);

/** A channel of that kind; its name and codec have no effect. */
function channelOf(kind: ChannelKind): Channel {
  const [ssrc, clockRate] = [rng.uint32(), 48_000];
  const sequenceBase = rng.uint32() % 65_536;
  const numbers = { payloadType: 97, sequenceBase, timestampBase: rng.uint32() };
  const packetizer = new Packetizer({ ssrc, clockRate, ...numbers });
  const history = new History(CHANNEL_KINDS[kind].history);
  const rtx = new RepairStream({ ssrc: rng.uint32(), payloadType: 110 });
  const fec = new RepairStream({ ssrc: rng.uint32(), payloadType: 120 });
  return { kind, ssrc, clockRate, packetizer, history, rtx, fec } as unknown as Channel;
}

/** The repairs of some channels for one listener, and the SSRCs of channels whose parity it got. */
function open(
  channels: readonly Channel[],
  parity: RepairWays["parity"] = PROTECTION,
) {
  const got: number[] = [];
  const session = { hasLeft: false, latencyMillis: LATENCY } as Session;
  const outbox: Pick<Outbox, "sendParity" | "waiting"> = {
    waiting: () => 0,
    sendParity: (_to, datagram) => {
      const packet = parseRtp(datagram);
      const read = packet.ok ? parseParity(packet.value) : packet;
      assert.ok(read.ok);
      got.push(read.value.mediaSsrc);
    },
  };
  const repairs = new Repairs({
    ways: { isRtxOffered: true, parity },
    sessions: { all: [session], count: 1, watchEnds: () => {} } as unknown as SessionTable,
    outbox: outbox as Outbox,
    protect: ({ datagram }) => datagram,
    rateOf: () => Infinity,
    wishKeyFrame: () => {},
    now: 0,
  });
  for (const channel of channels) repairs.addChannel(channel, 0);
  const send = (channel: Channel, index: number) => {
    const [ticks, now] = [960 * index, 20 * index];
    const packet = channel.packetizer.packetize(new Uint8Array(100), ticks);
    channel.history.put(packet, now);
    repairs.onPacket({ ...packet, channel, ticks, readyAt: now }, now);
  };
  return { repairs, session, got, send };
}

Deno.test("every channel of a kind with parity gets its own, and no other channel any", () => {
  const [audio, screen, events, data] = [
    channelOf("paced"),
    channelOf("paced"),
    channelOf("ordered"),
    channelOf("ordered"),
  ] as const;
  const channels = [audio, screen, events, data];
  const { repairs, got, send } = open(channels);
  for (let index = 0; index < 4; index++) {
    for (const channel of channels) send(channel, index);
    repairs.advance(20 * index + 19);
  }
  repairs.end();
  const times = channels.map(({ ssrc }) => got.filter((other) => other === ssrc).length);
  assert.deepEqual(times, [2, 2, 0, 0]);
  assert.equal(repairs.deadline, Infinity);
});

Deno.test("what is repaired until playout is kept for twice a listener's latency, also for a late channel", () => {
  const audio = channelOf("paced");
  const { repairs, send } = open([audio]);
  const screen = channelOf("paced");
  repairs.addChannel(screen, 0);
  for (const channel of [audio, screen]) {
    send(channel, 0);
    const { sequenceBase } = channel.packetizer.stream;
    assert.ok(channel.history.get(sequenceBase, 2 * LATENCY));
    assert.equal(channel.history.get(sequenceBase, 2 * LATENCY + 1), undefined);
  }
});

Deno.test("a late channel gets parity for all who are in, and an ended one sends what waits, then no more", () => {
  const audio = channelOf("paced");
  const { repairs, session, got, send } = open([audio]);
  const screen = channelOf("paced");
  repairs.addChannel(screen, 0);
  for (let index = 0; index < 2; index++) {
    send(audio, index);
    send(screen, index);
  }
  repairs.endChannel(screen, 40);
  assert.deepEqual(got, [screen.ssrc], "the parity of the other channel waits for its time");
  const { ssrc: mediaSsrc } = screen;
  const nack = { type: "nack", ssrc: 1, mediaSsrc, sequences: [] } as const;
  repairs.advance(10_039);
  assert.equal(repairs.retransmitter.onNack(session, nack, 10_039), true, "still repaired");
  repairs.advance(10_040);
  assert.equal(repairs.retransmitter.onNack(session, nack, 10_040), false);
  assert.equal(repairs.onPostRepairLoss(session, { ...NO_LOSS, mediaSsrc }, 100), false);
  assert.equal(repairs.onPostRepairLoss(session, { ...NO_LOSS, mediaSsrc: audio.ssrc }, 100), true);
  repairs.end();
  assert.deepEqual(got, [screen.ssrc, audio.ssrc]);
});

Deno.test("no parity is sent where none is wanted, and reports about it are still known", () => {
  const audio = channelOf("paced");
  const { repairs, session, got, send } = open([audio], "never");
  for (let index = 0; index < 4; index++) send(audio, index);
  repairs.end();
  assert.deepEqual(got, []);
  assert.equal(repairs.onPostRepairLoss(session, { ...NO_LOSS, mediaSsrc: audio.ssrc }, 1), true);
});

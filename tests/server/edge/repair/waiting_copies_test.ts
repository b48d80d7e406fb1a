import assert from "node:assert/strict";
import { ChannelOpener } from "../../../../server/edge/sending/channel.ts";
import { Outbox } from "../../../../server/edge/sending/outbox.ts";
import { Retransmitter } from "../../../../server/edge/repair/retransmit.ts";
import type { StreamPacket } from "../../../../server/edge/sending/packetizer.ts";
import { Session } from "../../../../server/edge/sessions/sessions.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { StreamOpener } from "../../../../server/origin/numbered_stream.ts";
import { MP3, START } from "../../kit.ts";
import { SHORTEST_BODY } from "../../../shared/admission/accept_bodies.ts";

/** All their copies fit a listener's own budget. */
const PACKETS = 15;

/** What a host sends again when this many listeners request all its packets at once. */
function askedBy(listeners: number) {
  const outbox = new Outbox();
  const rng = new SeededRng(1);
  const plan = { name: "audio", kind: "paced", codec: "mp3", aheadMillis: 0, audio: MP3 } as const;
  const audio = new ChannelOpener(rng).open(new StreamOpener(rng).open(plan).setup);
  const { packetizer, history, ssrc: mediaSsrc } = audio;
  for (let index = 0; index < PACKETS; index++) {
    history.put(packetizer.packetize(new Uint8Array(417), 0), START);
  }
  const everyone = Array.from({ length: listeners * 100 }, (_, index) => sessionOf(index));
  const options = { outbox, channels: [audio], everyone: () => everyone, now: START };
  const listenerCount = () => everyone.length;
  const lateJoiners = { request: () => undefined };
  const protect = ({ datagram }: StreamPacket) => datagram;
  const retransmitter = new Retransmitter({ ...options, listenerCount, protect, lateJoiners });
  const sequences = Array.from(
    { length: PACKETS },
    (_, index) => packetizer.nextSequence - 1 - index,
  )
    .reverse();
  const send = () => {
    for (let next = outbox.poll(); next; next = outbox.poll()) outbox.onSent(next, next.to.length);
  };
  for (const session of everyone.slice(0, listeners)) {
    retransmitter.onNack(session, { type: "nack", ssrc: 0, mediaSsrc, sequences }, START);
    send();
  }
  retransmitter.advance(START + 100);
  send();
  assert.deepEqual(retransmitter.unanswered, {});
  return { sent: outbox.repairsSent, overflowed: outbox.overflowed };
}

function sessionOf(listenerSsrc: number): Session {
  const { connectionId: _id, ...told } = SHORTEST_BODY;
  const info = { ...told, listenerSsrc, keepaliveMillis: 5000 };
  const admission = {
    cookieIssuedAt: START,
    cookieAge: 0,
    latencyMillis: 20,
    info,
    accept: new Uint8Array(0),
  };
  const address = { hostname: "10.0.0.9", port: listenerSsrc };
  const fields = { connectionId: 1n, address, clientId: "00", listenerSsrc, admission };
  return new Session(fields, START);
}

Deno.test("copies that find the queue full are counted", () => {
  const one = askedBy(1);
  assert.ok(one.sent > 2 * PACKETS && one.overflowed === 0);
  const many = askedBy(120);
  assert.ok(many.overflowed > 0);
  assert.equal(many.sent + many.overflowed, 120 * one.sent);
});

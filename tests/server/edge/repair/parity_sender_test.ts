import assert from "node:assert/strict";
import { RepairStream } from "../../../../server/edge/sending/repair_stream.ts";
import type { Outbox, Recipient } from "../../../../server/edge/sending/outbox.ts";
import { ParitySender } from "../../../../server/edge/repair/parity_sender.ts";
import type { Channel } from "../../../../server/edge/sending/channel.ts";
import { Packetizer } from "../../../../server/edge/sending/packetizer.ts";
import type { Session } from "../../../../server/edge/sessions/sessions.ts";

const PROTECTION = { columns: 1, rows: 2, hasRowParity: false };

/** A sender of parity to all listeners, and the receivers of each packet. */
function senderToAll() {
  const sent: (readonly Recipient[])[] = [];
  const leftOut: number[] = [];
  const outbox: Pick<Outbox, "sendParity" | "leaveOut"> = {
    sendParity: (to) => void sent.push(to),
    leaveOut: (copies) => leftOut.push(copies),
  };
  const [ssrc, clockRate] = [5, 90_000];
  const numbers = { payloadType: 14, sequenceBase: 65_530, timestampBase: 0xffff_0000 };
  const packetizer = new Packetizer({ ssrc, clockRate, ...numbers });
  const sender = new ParitySender({
    channel: { ssrc, clockRate, packetizer } as Channel,
    stream: new RepairStream({ ssrc: 7, payloadType: 120 }),
    outbox: outbox as Outbox,
    protect: ({ datagram }) => datagram,
    fixed: PROTECTION,
  });
  const take = (index: number) => {
    const now = 26 * index;
    const ticks = 90 * now;
    sender.onPacket(packetizer.packetize(new Uint8Array(100), ticks), { ticks, readyAt: now }, now);
  };
  const push = (index: number) => {
    take(index);
    sender.advance(26 * index + 25);
  };
  return { sender, take, push, sent, leftOut };
}

Deno.test("a listener that has left is dropped from the lists of receivers of parity", () => {
  const { sender, push, sent } = senderToAll();
  const sessions = Array.from({ length: 3 }, () => ({ hasLeft: false }) as Session);
  for (const session of sessions) sender.onAdmitted(session);
  for (let index = 0; index < 4; index++) push(index);
  assert.deepEqual(sent.map((to) => to.length), [3, 3]);
  for (const session of sessions.slice(1)) {
    session.hasLeft = true;
    sender.onLeft(session);
  }
  for (let index = 4; index < 8; index++) push(index);
  assert.deepEqual(sent.slice(2), [[sessions[0]], [sessions[0]]]);
});

Deno.test("parity that finds the queue full is counted, once for each receiver", () => {
  const { sender, take, sent, leftOut } = senderToAll();
  for (let index = 0; index < 3; index++) sender.onAdmitted({ hasLeft: false } as Session);
  // Nothing is sent in between.
  for (let index = 0; index < 2 * 258; index++) take(index);
  sender.end();
  assert.deepEqual([sent.length, leftOut], [256, [3, 3]]);
});

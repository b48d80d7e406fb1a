import assert from "node:assert/strict";
import { Outbox, type Recipient } from "../../../../server/edge/sending/outbox.ts";

const recipient = (port: number) => ({ address: { hostname: "10.0.0.1", port }, hasLeft: false });
const datagram = (byte: number) => Uint8Array.of(byte);

function drain(outbox: Outbox): string[] {
  const sent: string[] = [];
  for (let next = outbox.poll(); next; next = outbox.poll()) {
    sent.push(`${next.datagram[0]}>${next.to.port}`);
  }
  return sent;
}

Deno.test("a datagram goes to each receiver in turn, in the order of arrival", () => {
  const outbox = new Outbox();
  const both = [recipient(1), recipient(2)];
  outbox.sendMedia(both, datagram(7));
  outbox.sendControl([both[0]!], datagram(8));
  outbox.sendMedia(both, datagram(9));
  assert.deepEqual(drain(outbox), ["7>1", "7>2", "8>1", "9>1", "9>2"]);
  assert.equal(outbox.mediaSent, 4);
  assert.equal(outbox.mediaBytesSent, 4);
});

Deno.test("all listeners share the very same bytes", () => {
  const outbox = new Outbox();
  const bytes = datagram(1);
  outbox.sendMedia([recipient(1), recipient(2)], bytes);
  assert.equal(outbox.poll()?.datagram, bytes);
  assert.equal(outbox.poll()?.datagram, bytes);
});

Deno.test("a listener that has left gets nothing of what was queued for it", () => {
  const outbox = new Outbox();
  const leaver = recipient(1);
  outbox.sendMedia([leaver, recipient(2)], datagram(1));
  outbox.sendMedia([leaver], datagram(2));
  leaver.hasLeft = true;
  assert.deepEqual(drain(outbox), ["1>2"]);
});

Deno.test("a full outbox drops new datagrams, counts each copy, and goes on", () => {
  const outbox = new Outbox(4);
  const all: Recipient[] = [recipient(1), recipient(2), recipient(3)];
  for (let index = 0; index < 6; index++) outbox.sendMedia(all, datagram(index));
  assert.equal(outbox.overflowed, 6);
  assert.equal(drain(outbox).length, 12);
  for (let index = 0; index < 3; index++) outbox.sendMedia(all, datagram(index));
  assert.equal(drain(outbox).length, 9);
  assert.equal(outbox.overflowed, 6);
});

Deno.test("answers to strangers never crowd out media", () => {
  const outbox = new Outbox(8);
  for (let port = 0; port < 100; port++) {
    outbox.answerStranger({ hostname: "10.9.9.9", port }, datagram(0));
  }
  assert.equal(outbox.overflowed, 96);
  for (let index = 0; index < 4; index++) outbox.sendMedia([recipient(1)], datagram(index));
  assert.equal(outbox.overflowed, 96);
  assert.equal(drain(outbox).length, 8);
});

Deno.test("neither retransmissions nor parity crowd out first transmissions", () => {
  for (const kind of ["sendRepair", "sendParity"] as const) {
    const outbox = new Outbox(8);
    for (let index = 0; index < 100; index++) {
      outbox[kind]([recipient(2), recipient(3)], datagram(0));
    }
    assert.equal(outbox.overflowed, 2 * 96);
    for (let index = 0; index < 4; index++) outbox.sendMedia([recipient(1)], datagram(index));
    assert.equal(outbox.overflowed, 2 * 96);
    assert.equal(drain(outbox).filter((sent) => sent.endsWith(">1")).length, 4);
  }
});

Deno.test("a datagram without receivers takes no room", () => {
  const outbox = new Outbox(1);
  outbox.sendMedia([], datagram(1));
  outbox.sendMedia([recipient(1)], datagram(2));
  assert.deepEqual(drain(outbox), ["2>1"]);
});

import assert from "node:assert/strict";
import { Outbox, type Recipient } from "../../../../server/edge/sending/outbox.ts";
import { MAX_DESTINATIONS, type Transmit } from "../../../../shared/driver/driver.ts";
import { Destination } from "../../../../shared/driver/socket.ts";

const place = (port: number) => new Destination({ hostname: "10.0.0.1", port });
const recipient = (port: number) => ({ destination: place(port), hasLeft: false });
const crowd = (count: number) => Array.from({ length: count }, (_, index) => recipient(index));
const datagram = (byte: number) => Uint8Array.of(byte);
const ports = ({ to }: Transmit) => to.map(({ address }) => address.port);

/** Sends all that is queued; a copy to one of the ports in `refused` is refused. */
function drain(outbox: Outbox, refused: readonly number[] = []): string[] {
  const sent: string[] = [];
  for (let next = outbox.poll(); next; next = outbox.poll()) {
    assert.ok(next.to.length > 0 && next.to.length <= MAX_DESTINATIONS);
    const accepted = ports(next).filter((port) => !refused.includes(port));
    for (const port of accepted) sent.push(`${next.datagram[0]}>${port}`);
    outbox.onSent(next, accepted.length);
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
  const everyone = crowd(MAX_DESTINATIONS + 1);
  outbox.sendMedia(everyone, bytes);
  const parts = [outbox.poll()!, outbox.poll()!];
  assert.deepEqual(parts.map((part) => part.to.length), [MAX_DESTINATIONS, 1]);
  for (const part of parts) assert.equal(part.datagram, bytes);
});

Deno.test("each copy goes to the destination that its receiver keeps, which is encoded once", () => {
  const outbox = new Outbox();
  const one = recipient(1);
  for (let round = 0; round < 3; round++) outbox.sendMedia([one], datagram(round));
  for (let round = 0; round < 3; round++) assert.equal(outbox.poll()!.to[0], one.destination);
});

Deno.test("a datagram for thousands leaves in parts of a bounded size, and to each once, in order", () => {
  const outbox = new Outbox();
  const everyone = crowd(4000);
  outbox.sendMedia(everyone, datagram(1));
  outbox.sendControl([everyone[7]!], datagram(2));
  outbox.sendMedia(everyone, datagram(3));
  const to = (byte: number) => everyone.map((_, port) => `${byte}>${port}`);
  assert.deepEqual(drain(outbox), [...to(1), "2>7", ...to(3)]);
  assert.equal(outbox.mediaSent, 8000);
});

Deno.test("a listener that leaves or moves between two parts is gone or moved in the second one", () => {
  const outbox = new Outbox();
  const everyone = crowd(MAX_DESTINATIONS + 3);
  outbox.sendMedia(everyone, datagram(1));
  outbox.onSent(outbox.poll()!, MAX_DESTINATIONS);
  everyone[0]!.hasLeft = true;
  everyone[MAX_DESTINATIONS]!.hasLeft = true;
  everyone[MAX_DESTINATIONS + 1]!.destination = place(9000);
  assert.deepEqual(drain(outbox), ["1>9000", `1>${MAX_DESTINATIONS + 2}`]);
  assert.equal(outbox.mediaSent, MAX_DESTINATIONS + 2);
});

Deno.test("when all that are left of a datagram's receivers have left, the next datagram is given", () => {
  const outbox = new Outbox();
  const everyone = crowd(3 * MAX_DESTINATIONS);
  outbox.sendMedia(everyone, datagram(1));
  outbox.sendMedia([recipient(5000)], datagram(2));
  outbox.onSent(outbox.poll()!, MAX_DESTINATIONS);
  for (const one of everyone) one.hasLeft = true;
  assert.deepEqual(drain(outbox), ["2>5000"]);
});

Deno.test("what was sent is counted when it was accepted, and by its kind", () => {
  const outbox = new Outbox();
  const three = crowd(3);
  outbox.sendMedia(three, new Uint8Array(100));
  outbox.sendRepair(three, new Uint8Array(10));
  outbox.sendParity(three, new Uint8Array(1));
  outbox.sendControl(three, new Uint8Array(1000));
  const parts = Array.from({ length: 4 }, () => outbox.poll()!);
  assert.equal(outbox.mediaSent, 0, "nothing was accepted so far");
  parts.forEach((part, index) => outbox.onSent(part, [3, 2, 1, 0][index]!));
  const { mediaSent, mediaBytesSent, repairsSent, paritySent, refused, overflowed } = outbox;
  assert.deepEqual({ mediaSent, mediaBytesSent, repairsSent, paritySent, refused, overflowed }, {
    mediaSent: 3 + 2 + 1,
    mediaBytesSent: 3 * 100 + 2 * 10 + 1,
    repairsSent: 2,
    paritySent: 1,
    refused: 0 + 1 + 2 + 3,
    overflowed: 0,
  });
});

Deno.test("refused copies are counted by the name of their error", () => {
  const outbox = new Outbox();
  outbox.sendControl(crowd(3), new Uint8Array(10));
  const part = outbox.poll()!;
  const refused = [90, 1, 90].map((number, index) => ({
    to: part.to[index]!,
    error: new Error(`Not sent (os error ${number})`),
  }));
  outbox.onSent(part, 0, refused);
  assert.equal(outbox.refused, 3);
  assert.deepEqual(outbox.errors, { EMSGSIZE: 2, EPERM: 1 });
});

Deno.test("a refused copy is dropped for its receiver alone, and is not tried again", () => {
  const outbox = new Outbox();
  const everyone = crowd(MAX_DESTINATIONS + 2);
  for (const byte of [1, 2]) outbox.sendMedia(everyone, datagram(byte));
  const sent = drain(outbox, [3, MAX_DESTINATIONS + 1]);
  assert.equal(sent.length, 2 * MAX_DESTINATIONS);
  assert.ok(!sent.includes("1>3") && sent.includes("2>4"));
  assert.equal(outbox.mediaSent, 2 * MAX_DESTINATIONS);
  assert.equal(outbox.refused, 4);
});

Deno.test("a full queue stays full until the last part of its first datagram was given", () => {
  const outbox = new Outbox(2);
  const everyone = crowd(2 * MAX_DESTINATIONS);
  for (const byte of [1, 2, 3]) outbox.sendMedia(everyone, datagram(byte));
  assert.equal(outbox.overflowed, everyone.length);
  outbox.poll();
  outbox.sendMedia(everyone, datagram(4));
  assert.equal(outbox.overflowed, 2 * everyone.length);
  assert.equal(drain(outbox).length, 3 * MAX_DESTINATIONS);
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
    outbox.answerStranger(place(port), datagram(0));
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

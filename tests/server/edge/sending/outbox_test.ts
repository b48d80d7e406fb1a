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

const T0 = 1_763_600_000_000;

/** Two listeners in each of the slots 0, 5 and 9. */
function slotted() {
  return [0, 5, 9].flatMap((slot) =>
    [slot, slot + 100].map((port) => ({ ...recipient(port), slot }))
  );
}

function spreading(): Outbox {
  const outbox = new Outbox();
  outbox.advance(T0);
  outbox.spreadMillis = 10;
  return outbox;
}

Deno.test("a packet for a crowd leaves slot by slot, and is counted as it leaves", () => {
  const outbox = spreading();
  outbox.sendMedia(slotted(), datagram(1));
  assert.deepEqual(drain(outbox), ["1>0", "1>100"]);
  assert.equal(outbox.deadline, T0 + 5);
  assert.equal(outbox.mediaSent, 2);
  outbox.advance(T0 + 5);
  assert.deepEqual(drain(outbox), ["1>5", "1>105"]);
  outbox.advance(T0 + 9);
  assert.deepEqual(drain(outbox), ["1>9", "1>109"]);
  assert.equal(outbox.deadline, Infinity);
});

Deno.test("what is for one listener leaves between the slots, before those that are due", () => {
  const outbox = spreading();
  outbox.sendMedia(slotted(), datagram(1));
  outbox.poll();
  outbox.advance(T0 + 9);
  outbox.sendControl([recipient(7)], datagram(2));
  outbox.sendRepair([recipient(7)], datagram(3));
  outbox.answerStranger(place(8), datagram(4));
  assert.deepEqual(drain(outbox), ["2>7", "3>7", "4>8", "1>5", "1>105", "1>9", "1>109"]);
});

Deno.test("however much is for single listeners, slots that are due have their turn", () => {
  const outbox = spreading();
  outbox.advance(T0);
  outbox.sendMedia(slotted(), datagram(1));
  outbox.advance(T0 + 10);
  for (let index = 0; index < 500; index++) outbox.sendControl([recipient(7)], datagram(2));
  const sent = drain(outbox);
  assert.deepEqual(["1>100", "1>105", "1>109"].map((copy) => sent.indexOf(copy)), [65, 131, 197]);
  assert.equal(sent.length, 506);
});

Deno.test("a report is written for each slot when it leaves, behind what was sent before", () => {
  const outbox = spreading();
  const everyone = slotted();
  outbox.sendMedia(everyone, datagram(1), 77);
  const written: string[] = [];
  outbox.sendReport(everyone, (slot, now) => {
    written.push(`${slot} at ${now - T0}: ${outbox.waiting(slot, 77)} wait`);
    return datagram(2);
  });
  drain(outbox);
  outbox.advance(T0 + 3);
  outbox.sendMedia(everyone, datagram(3), 77);
  drain(outbox);
  outbox.advance(T0 + 5);
  assert.deepEqual(drain(outbox), ["1>5", "1>105", "2>5", "2>105"]);
  outbox.advance(T0 + 20);
  assert.deepEqual(drain(outbox).slice(-4), ["2>9", "2>109", "3>9", "3>109"]);
  assert.deepEqual(written, ["0 at 0: 0 wait", "5 at 5: 1 wait", "9 at 20: 1 wait"]);
});

Deno.test("parity goes by slots however few get it; other repair only if it goes to many", () => {
  const outbox = spreading();
  const few = slotted();
  const many = crowd(100).map((one, index) => ({ ...one, slot: index % 10 }));
  outbox.sendParity(few, datagram(1));
  outbox.sendRepair(few, datagram(2));
  outbox.sendRepair(many, datagram(3));
  const sent = drain(outbox);
  assert.equal(sent.filter((copy) => copy.startsWith("1>")).length, 2);
  assert.equal(sent.filter((copy) => copy.startsWith("2>")).length, 6);
  assert.equal(sent.filter((copy) => copy.startsWith("3>")).length, 10);
});

Deno.test("when the crowd has gone nothing overtakes what still waits for its slot", () => {
  const outbox = spreading();
  const everyone = slotted();
  outbox.sendMedia(everyone, datagram(1));
  outbox.spreadMillis = 0;
  outbox.sendMedia(everyone, datagram(2));
  outbox.advance(T0 + 30);
  const sent = drain(outbox);
  for (const port of [0, 5, 9]) {
    assert.ok(sent.indexOf(`1>${port}`) < sent.indexOf(`2>${port}`));
  }
  outbox.sendMedia(everyone, datagram(3));
  assert.equal(drain(outbox).length, 6, "nothing waits any more, so it leaves at once");
});

Deno.test("whoever leaves before its slot gets nothing, and whoever comes is not sent what was before", () => {
  const outbox = spreading();
  const everyone = slotted();
  outbox.sendMedia(everyone, datagram(1));
  everyone[2]!.hasLeft = true;
  const more = [...everyone, { ...recipient(50), slot: 9 }];
  outbox.sendMedia(more, datagram(2));
  outbox.advance(T0 + 10);
  const sent = drain(outbox);
  assert.ok(!sent.includes("1>5") && !sent.includes("2>5"));
  assert.ok(!sent.includes("1>50") && sent.includes("2>50"));
});

Deno.test("at the end nothing waits for its slot", () => {
  const outbox = spreading();
  outbox.sendMedia(slotted(), datagram(1));
  outbox.endSlots();
  assert.equal(drain(outbox).length, 6);
  assert.equal(outbox.deadline, Infinity);
});

Deno.test("slots too are bounded, and count when what can wait should wait", () => {
  const outbox = new Outbox(4);
  outbox.advance(T0);
  outbox.spreadMillis = 10;
  for (const byte of [1, 2]) outbox.sendMedia(slotted(), datagram(byte));
  assert.ok(outbox.isHalfFull);
  for (const byte of [3, 4, 5]) outbox.sendMedia(slotted(), datagram(byte));
  assert.equal(outbox.overflowed, 6);
  outbox.advance(T0 + 10);
  assert.equal(drain(outbox).length, 24);
});

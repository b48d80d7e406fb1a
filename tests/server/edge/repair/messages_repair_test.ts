import assert from "node:assert/strict";
import type { Millis } from "../../../../shared/core/units.ts";
import type { RtpPacket } from "../../../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../../../shared/rtp/rtx.ts";
import { messagesIn, pushAll } from "../../data_messages.ts";
import { Guest, Stage } from "../../kit.ts";
import { numbered, withNoise } from "../../origin/data/messages.ts";

interface Change {
  readonly sequenceStart?: number;
  readonly latencyMillis?: Millis;
}

/** A host that sends data to one guest. */
function onAir({ sequenceStart = 1000, latencyMillis }: Change = {}) {
  const stage = new Stage({ hasData: true, hasEvents: false, waitFor: 1, sequenceStart });
  const guest = new Guest(stage);
  guest.join({ ...(latencyMillis !== undefined && { latencyMillis }) });
  return { stage, guest };
}

function nack(guest: Guest, sequences: readonly number[]): void {
  const { ssrc: mediaSsrc } = guest.channel("data");
  guest.tell({ type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc, sequences });
}

/** The retransmissions since the last call, with the original sequence numbers. */
function takeAgain(guest: Guest): RtpPacket[] {
  const { rtx, ssrc, payloadType } = guest.channel("data");
  const again = guest.listen().rtp.filter((packet) => packet.ssrc === rtx!.ssrc);
  guest.rtp.length = 0;
  return again.map((packet) => {
    const original = unpackRtx(packet, { ssrc, payloadType });
    assert(original.ok);
    return original.value;
  });
}

/** The packets since the last call. */
function takeSent(guest: Guest): RtpPacket[] {
  const packets = guest.packets("data");
  guest.rtp.length = 0;
  return packets;
}

const numbersOf = (packets: readonly RtpPacket[]) =>
  packets.map(({ sequenceNumber }) => sequenceNumber);

for (const sequenceStart of [0, 65_500, 65_535]) {
  Deno.test(`a message of which every other packet was lost is made whole by requests, from ${sequenceStart} on`, () => {
    const { stage, guest } = onAir({ sequenceStart });
    pushAll(stage, [withNoise(0, 300_000)], 200);
    const sent = takeSent(guest);
    const lost = sent.filter((_, index) => index % 2 === 1);
    // More than the burst of other channels.
    assert.ok(lost.length * 1150 > 140_000);
    nack(guest, numbersOf(lost));
    const again = takeAgain(guest);
    assert.deepEqual(numbersOf(again), numbersOf(lost));
    assert.equal(messagesIn([...sent.filter((_, index) => index % 2 === 0), ...again]).length, 1);
    assert.deepEqual(stage.core.stats().unanswered, {});
  });
}

Deno.test("packets are sent again for five seconds, those of the last message for ever", () => {
  const { stage, guest } = onAir();
  pushAll(stage, [withNoise(0, 3000), withNoise(1, 3000)], 100);
  const sent = numbersOf(takeSent(guest));
  stage.run(4600);
  nack(guest, sent);
  assert.deepEqual(numbersOf(takeAgain(guest)), sent);
  for (let seconds = 0; seconds < 60; seconds += 5) {
    stage.run(5000);
    guest.report();
  }
  nack(guest, sent);
  assert.deepEqual(numbersOf(takeAgain(guest)), sent.slice(sent.length / 2));
  assert.equal(stage.core.stats().unanswered.gone, sent.length / 2);
});

Deno.test("with a long latency packets are sent again for longer", () => {
  const { stage, guest } = onAir({ latencyMillis: 8000 });
  pushAll(stage, [numbered(1), numbered(2)], 100);
  const sent = numbersOf(takeSent(guest));
  stage.run(7500);
  nack(guest, sent);
  assert.deepEqual(numbersOf(takeAgain(guest)), sent);
});

Deno.test("a message is due as a whole: its last packets have more copies, since there is less time", () => {
  const copies = (wait: Millis) => {
    const { stage, guest } = onAir({ latencyMillis: 100 });
    // The last packet leaves about 55 ms after the first.
    pushAll(stage, [withNoise(0, 160_000)], wait);
    nack(guest, numbersOf(takeSent(guest)).slice(-1));
    stage.run(15);
    return takeAgain(guest).length;
  };
  assert.deepEqual([copies(58), copies(85)], [1, 2]);
});

Deno.test("after its time a message may still be shown, so it is sent again as without haste", () => {
  const { stage, guest } = onAir({ latencyMillis: 50 });
  pushAll(stage, [numbered(1)], 80);
  const [only] = numbersOf(takeSent(guest));
  nack(guest, [only!]);
  stage.run(19);
  assert.equal(takeAgain(guest).length, 1);
  stage.run(2);
  nack(guest, [only!]);
  stage.run(19);
  assert.equal(takeAgain(guest).length, 2);
});

Deno.test("what is requested beyond half of the stream and the largest message is left out", () => {
  const { stage, guest } = onAir();
  let [bytes, again] = [0, 0];
  for (let index = 0; index < 10; index++) {
    pushAll(stage, [withNoise(index, 200_000)], 120);
    const sent = takeSent(guest);
    for (let time = 0; time < 4; time++) {
      nack(guest, numbersOf(sent));
      stage.run(40);
      again += takeAgain(guest).reduce((sum, { payload }) => sum + payload.length, 0);
    }
    bytes += sent.reduce((sum, { payload }) => sum + payload.length, 0);
  }
  assert.ok(again > 0.5 * bytes && again < 0.5 * bytes + 230_000, `${again} of ${bytes}`);
  assert.ok(stage.core.stats().unanswered.overBudget! > 0);
});

import assert from "node:assert/strict";
import { PutOutNotices } from "../../../../server/edge/admission/session_removal.ts";
import { Destination } from "../../../../shared/driver/socket.ts";
import { Outbox } from "../../../../server/edge/sending/outbox.ts";

const DENY = Uint8Array.of(1);
const SOUND = Uint8Array.of(2);

const at = (port: number) => ({
  destination: new Destination({ hostname: "10.0.0.9", port }),
  hasLeft: false,
});

function drain(outbox: Outbox) {
  const sent: { port: number; datagram: Uint8Array }[] = [];
  for (let next = outbox.poll(); next; next = outbox.poll()) {
    for (const { address } of next.to) sent.push({ port: address.port, datagram: next.datagram });
  }
  return sent;
}

Deno.test("a put-out notice is sent three times, 100 ms apart, although the listener has left", () => {
  const outbox = new Outbox();
  const notices = new PutOutNotices(outbox);
  notices.send({ ...at(7), hasLeft: true }, DENY, 1000);
  assert.deepEqual(drain(outbox), [{ port: 7, datagram: DENY }]);
  const times: number[] = [];
  for (let now = 1000; notices.deadline < Infinity; now++) {
    notices.repeat(now);
    times.push(...drain(outbox).map(() => now));
  }
  assert.deepEqual(times, [1100, 1200]);
});

Deno.test("however many listeners are put out at once, the sound of the others has room", () => {
  const outbox = new Outbox(20);
  const notices = new PutOutNotices(outbox);
  const putOut = Array.from({ length: 50 }, (_, index) => at(index));
  for (const one of putOut) notices.send(one, DENY, 0);
  outbox.sendMedia([at(100)], SOUND);
  const first = drain(outbox);
  assert.deepEqual(first.at(-1), { port: 100, datagram: SOUND });
  assert.equal(
    first.length + outbox.overflowed,
    putOut.length + 1,
    "notices that were left out are counted",
  );
  notices.repeat(100);
  outbox.sendMedia([at(100)], SOUND);
  assert.deepEqual(drain(outbox).at(-1), { port: 100, datagram: SOUND });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { COOKIE_LIFETIME_MILLIS } from "../../../../server/edge/admission/cookies.ts";
import { SILENCE_MILLIS } from "../../../../server/edge/sessions/sessions.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { addressKey } from "../../../../shared/driver/socket.ts";
import {
  parseAdmission,
  RejectCode,
  serializeAdmission,
} from "../../../../shared/admission/admission.ts";
import { toNtp } from "../../../../shared/rtcp/ntp.ts";
import { serializeRtcp } from "../../../../shared/rtcp/rtcp.ts";
import { goal, Guest, MP3, Stage } from "../../kit.ts";
import { runs } from "../../../runs.ts";

const TOKENS = { kind: "tokens", tokens: ["open sesame", "another"] } as const;

function rejection(answer: ReturnType<Guest["join"]>): number {
  assert.equal(answer?.type, "reject");
  return (answer as Extract<typeof answer, { type: "reject" }>).code;
}

Deno.test("a HELLO is answered by a shorter cookie, and nothing is stored for it", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  stage.receive(
    serializeAdmission({ type: "hello", clientRandom: guest.clientRandom }),
    guest.address,
  );
  const [retry, ...rest] = stage.take(guest.address);
  assert.equal(rest.length, 0);
  assert(retry!.length < 100);
  stage.tell((core) => core.pushEvent(goal(), stage.now)).run(5000);
  assert.deepEqual(stage.take(guest.address), []);
});

Deno.test("each valid token is accepted, a wrong or missing one is refused, and no answer contains one", () => {
  const stage = new Stage({ access: TOKENS });
  assert.equal(new Guest(stage).join({ token: "open sesame" })?.type, "accept");
  assert.equal(new Guest(stage).join({ token: "another" })?.type, "accept");
  assert.equal(rejection(new Guest(stage).join({ token: "sesame" })), RejectCode.unauthorized);
  assert.equal(rejection(new Guest(stage).join()), RejectCode.unauthorized);
  assert.equal(rejection(new Guest(stage).join({ token: "" })), RejectCode.unauthorized);
  assert.deepEqual(stage.said("rejected").map(({ code }) => code), [1401, 1401, 1401]);
  assert(!JSON.stringify(stage.outputs).includes("sesame"));
});

Deno.test("when all places are taken the next listener is refused, and admitted once a place is free", () => {
  const stage = new Stage({ capacity: 3 });
  const inside = [1, 2, 3].map(() => new Guest(stage));
  for (const guest of inside) assert.equal(guest.join()?.type, "accept");
  const fourth = new Guest(stage);
  const answer = fourth.join();
  assert.equal(rejection(answer), RejectCode.overload);
  assert(answer?.type === "reject" && answer.retryAfterMillis > 0);
  inside[1]!.leave();
  stage.run(1);
  assert.equal(fourth.join()?.type, "accept");
});

Deno.test("a place is taken from the ACCEPT on, though the listener counts only once it has reported", () => {
  const stage = new Stage({ capacity: 1 });
  const first = new Guest(stage);
  assert.equal(first.joinWith(first.hello())?.type, "accept");
  assert.deepEqual(stage.said("listener-joined"), []);
  assert.equal(rejection(new Guest(stage).join()), RejectCode.overload);
  first.report();
  first.report();
  assert.equal(stage.said("listener-joined").length, 1);
});

Deno.test("a repeated JOIN gets the same ACCEPT, whatever was sent since", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const cookie = guest.hello();
  const first = guest.joinWith(cookie);
  stage.tell((core) => core.advance(stage.now));
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  stage.run(50);
  guest.listen();
  guest.answers.length = 0;
  assert.deepEqual(guest.joinWith(cookie), first);
  assert.equal(guest.packets("events").length, 1);
});

Deno.test("each copy of a refused JOIN is answered, and the refusal is told once", () => {
  const stage = new Stage({ access: TOKENS });
  const guest = new Guest(stage);
  const cookie = guest.hello();
  for (let copy = 0; copy < 3; copy++) {
    assert.equal(rejection(guest.joinWith(cookie)), RejectCode.unauthorized);
  }
  assert.equal(stage.said("rejected").length, 1);
});

Deno.test("an expired or forged cookie, or one from another address, gets no answer", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const cookie = guest.hello();
  assert.equal(new Guest(stage, undefined, guest.clientRandom).joinWith(cookie), undefined);
  assert.equal(new Guest(stage, guest.address).joinWith(cookie), undefined);
  assert.equal(guest.joinWith(cookie.map((byte) => byte ^ 1)), undefined);
  stage.run(COOKIE_LIFETIME_MILLIS + 1);
  assert.equal(guest.joinWith(cookie), undefined);
  const { junk } = stage.core.stats();
  assert.deepEqual([junk.badCookie, junk.expiredCookie], [3, 1]);
});

Deno.test("a client that joins from another address keeps its place", () => {
  const stage = new Stage({ capacity: 1 });
  const before = new Guest(stage);
  before.join({ name: "Ann" });
  const after = new Guest(stage, undefined, before.clientRandom);
  assert.equal(after.join({ name: "Ann" })?.type, "accept");
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["rejoined"]);
  assert.deepEqual(stage.said("listener-joined").map(({ listeners }) => listeners), [1, 1]);
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  assert.equal(before.packets("events").length, 0);
  assert.equal(after.packets("events").length, 1);
});

Deno.test("another client at the same address replaces the earlier one", () => {
  const stage = new Stage({ capacity: 1 });
  const before = new Guest(stage);
  before.join();
  const after = new Guest(stage, before.address);
  assert.equal(after.join()?.type, "accept");
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["rejoined"]);
});

Deno.test("a late copy of a JOIN admits neither a listener that left nor one that moved", () => {
  const stage = new Stage();
  const leaver = new Guest(stage);
  const oldCookie = leaver.hello();
  leaver.joinWith(oldCookie);
  leaver.report();
  stage.run(100);
  leaver.leave();
  leaver.listen();
  assert.equal(leaver.joinWith(oldCookie), undefined);
  stage.run(100);
  assert.equal(leaver.join()?.type, "accept");

  const mover = new Guest(stage);
  const before = mover.hello();
  mover.joinWith(before);
  mover.report();
  stage.run(100);
  const moved = new Guest(stage, undefined, mover.clientRandom);
  moved.join();
  mover.listen();
  assert.equal(mover.joinWith(before), undefined);
  assert.equal(stage.core.stats().junk.expiredCookie, 2);
});

Deno.test("a late copy of a JOIN admits nobody, even if more have left since than are stored", () => {
  const stage = new Stage();
  const at = (index: number) => ({ hostname: `10.1.${index >> 8}.${index & 255}`, port: 4000 });
  const leaver = new Guest(stage);
  const cookie = leaver.hello();
  leaver.joinWith(cookie);
  stage.run(100);
  leaver.leave();
  for (let index = 0; index < 4096; index++) {
    const other = new Guest(stage, at(index));
    other.joinWith(other.hello());
    other.leave();
    stage.run(1);
  }
  leaver.listen();
  assert.equal(leaver.joinWith(cookie), undefined);
  assert.equal(stage.core.stats().junk.expiredCookie, 1);
  assert.equal(leaver.join()?.type, "accept", "a new one is as good as ever");
});

Deno.test("a listener that is silent for twenty seconds is removed; one report prevents that", () => {
  const stage = new Stage();
  const silent = new Guest(stage);
  const awake = new Guest(stage);
  silent.join();
  awake.join();
  stage.run(SILENCE_MILLIS - 2000);
  awake.report();
  stage.run(3000);
  const left = stage.said("listener-left");
  assert.deepEqual(left.map(({ reason, listeners }) => [reason, listeners]), [["silent", 1]]);
  assert.equal(addressKey(left[0]!.address), addressKey(silent.address));
  silent.listen().rtcp.length = 0;
  stage.run(3000);
  assert.deepEqual(silent.heard("receiverReport"), []);
});

Deno.test("a listener that was told to report seldom may be silent for four of its intervals", () => {
  const stage = new Stage({ keepaliveMillis: 15_000 });
  new Guest(stage).join();
  stage.run(59_000);
  assert.deepEqual(stage.said("listener-left"), []);
  stage.run(2000);
  assert.equal(stage.said("listener-left").length, 1);
});

Deno.test("with more listeners each echo tells to report more seldom, and with fewer more often again", () => {
  const stage = new Stage({ keepaliveMillis: 100, capacity: 200 });
  const guests = Array.from({ length: 87 }, () => new Guest(stage));
  for (const guest of guests) guest.join();
  const first = guests[0]!;
  const pace = () => {
    first.listen().rtcp.length = 0;
    first.report({ type: "referenceTime", ssrc: first.info!.listenerSsrc, ntpTime: toNtp(1000) });
    assert.equal(first.heard("referenceTimeEcho").length, 1);
    return first.heard("reportPace").map(({ keepaliveMillis }) => keepaliveMillis);
  };
  assert.equal(first.info?.keepaliveMillis, 100);
  assert.deepEqual(pace(), [199], "87 of them every 174 ms");
  for (const guest of guests.slice(1)) guest.leave();
  assert.deepEqual([pace(), pace()], [[100], [100]], "again and again, for one may be lost");
  const late = new Guest(stage);
  late.join();
  late.report({ type: "referenceTime", ssrc: late.info!.listenerSsrc, ntpTime: toNtp(1000) });
  assert.deepEqual(late.heard("reportPace"), [], "its ACCEPT said so");
});

Deno.test("a listener that is accepted and never reports loses its place, and is not told of", () => {
  const stage = new Stage({ capacity: 1 });
  const ghost = new Guest(stage);
  ghost.joinWith(ghost.hello());
  stage.run(SILENCE_MILLIS + 1000);
  assert.equal(new Guest(stage).join()?.type, "accept");
  assert.deepEqual(stage.said("listener-left"), []);
});

Deno.test("a HELLO of another version is answered in no more bytes than it had; other messages are not", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const hello = serializeAdmission({ type: "hello", clientRandom: guest.clientRandom });
  hello[1] = 9;
  stage.receive(hello, guest.address);
  stage.receive(hello.subarray(0, 20), guest.address);
  const answers = stage.take(guest.address);
  assert.equal(answers.length, 1);
  assert.equal(rejection(read(answers[0]!)), RejectCode.version);
  const reject = answers[0]!;
  reject[1] = 9;
  stage.receive(reject, guest.address);
  assert.deepEqual(stage.take(guest.address), []);
});

Deno.test("after the end each JOIN is told that the broadcast is over", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const cookie = guest.hello();
  stage.tell((core) => core.shutdown("test", stage.now));
  assert.equal(rejection(guest.joinWith(cookie)), RejectCode.noSuchBroadcast);
});

Deno.test("a name cannot move the cursor of a terminal", () => {
  const stage = new Stage();
  new Guest(stage).join({ name: "\x1b[2JEve\r\n\u2028admin\u202e" });
  assert.equal(stage.said("listener-joined")[0]!.name, "[2JEve admin");
});

Deno.test("a flood of handshakes is answered in part, and the rest is counted", () => {
  const stage = new Stage();
  const rng = new SeededRng(1);
  const address = { hostname: "10.6.6.6", port: 666 };
  for (let index = 0; index < 10_000; index++) {
    stage.receive(serializeAdmission({ type: "hello", clientRandom: rng.bytes(16) }), address);
  }
  const answered = stage.take(address).length;
  assert.equal(answered + stage.core.stats().junk.overflow!, 10_000);
  assert(answered <= 4000);
  stage.run(1000);
  assert.equal(new Guest(stage).join()?.type, "accept");
});

Deno.test("a flood of junk keeps nobody out", () => {
  const stage = new Stage();
  const rng = new SeededRng(1);
  for (let index = 0; index < 10_000; index++) {
    const datagram = rng.bytes(40);
    datagram[0] = 64 + index % 16;
    stage.receive(datagram, { hostname: "10.6.6.6", port: 666 });
  }
  assert.equal(new Guest(stage).join()?.type, "accept");
});

/** Real datagrams of all kinds, as seeds to be mutated. */
function seeds(): Uint8Array[] {
  const stage = new Stage();
  const guest = new Guest(stage);
  const cookie = guest.hello();
  const { clientRandom } = guest;
  guest.joinWith(cookie);
  const ssrc = guest.info!.listenerSsrc;
  return [
    serializeAdmission({ type: "hello", clientRandom }),
    serializeAdmission({ type: "join", clientRandom, cookie, info: { name: "x", token: "y" } }),
    serializeAdmission({ type: "retry", clientRandom, cookie }),
    serializeRtcp([{ type: "receiverReport", ssrc, reports: [] }]),
    serializeRtcp([{ type: "referenceTime", ssrc, ntpTime: { seconds: 1, fraction: 2 } }]),
    serializeRtcp([{ type: "goodbye", ssrcs: [ssrc] }]),
    Uint8Array.of(0x80, 14, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9),
  ];
}

const mutated = fc.tuple(
  fc.constantFrom(...seeds()),
  fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }),
  fc.nat({ max: 1300 }),
).map(([seed, changes, length]) => {
  const datagram = seed.slice(0, Math.max(1, length));
  for (const [position, byte] of changes) datagram[position % datagram.length] = byte;
  return datagram;
});

Deno.test("no datagram makes the host throw, and none gets more bytes than it has", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 1400 }), mutated), { maxLength: 30 }),
      (datagrams) => {
        const stage = new Stage({ access: TOKENS });
        const address = { hostname: "10.6.6.6", port: 666 };
        let received = 0;
        let sent = 0;
        for (const datagram of datagrams) {
          stage.receive(datagram, address);
          received += datagram.length;
          for (const answer of stage.take(address)) sent += answer.length;
          assert(sent <= received, `${sent} bytes sent for ${received}`);
        }
        assert.equal(stage.core.stats().listeners, 0);
      },
    ),
    runs(300),
  );
});

Deno.test("junk is counted, and changes nothing for listeners", () => {
  fc.assert(fc.property(fc.array(mutated, { maxLength: 40 }), (datagrams) => {
    const stage = new Stage({ audio: MP3 }).pushFrames(40);
    const guest = new Guest(stage);
    guest.join();
    const stranger = { hostname: "10.6.6.6", port: 666 };
    for (const datagram of datagrams) stage.receive(datagram, stranger);
    stage.run(500);
    const received = guest.packets("audio").map(({ sequenceNumber }) => sequenceNumber);
    const { nextSequence } = guest.channel("audio");
    assert.deepEqual(received, received.map((_, index) => (nextSequence + index) % 65_536));
    assert.equal(stage.core.stats().listeners, 1);
  }));
});

function read(datagram: Uint8Array) {
  const message = parseAdmission(datagram);
  assert(message.ok);
  return message.value;
}

Deno.test("a flood from one address keeps nobody else out", () => {
  const stage = new Stage();
  const flood = new Guest(stage, { hostname: "192.0.2.66", port: 1 });
  const { clientRandom } = flood;
  const hello = serializeAdmission({ type: "hello", clientRandom });
  for (let millis = 0; millis < 3000; millis++) {
    for (let copy = 0; copy < 10; copy++) {
      stage.receive(hello, { hostname: "192.0.2.66", port: 1 + copy });
    }
    stage.sent.length = 0;
    stage.run(1);
  }
  assert(stage.core.stats().junk.overflow! > 19_000);
  assert.equal(new Guest(stage, { hostname: "192.0.2.67", port: 1 }).join()?.type, "accept");
});

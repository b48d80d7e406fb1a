import assert from "node:assert/strict";
import { Handshake } from "../../../client/joining/handshake.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import {
  ADMISSION_VERSION,
  type AdmissionMessage,
  RejectCode,
  serializeAdmission,
} from "../../../shared/admission/admission.ts";
import { acceptInfo, COOKIE, inAccept } from "../scripted_host.ts";
import { T0 } from "../starts.ts";

const INFO = { token: "evening" };

class Fixture {
  readonly handshake = new Handshake(new SeededRng(7), nodeCiphers);
  now = T0;
  constructor() {
    this.handshake.start(this.now);
  }
  /** The messages sent within the next `millis`, with type and time. */
  sends(millis: number): { type: string; at: number; message: AdmissionMessage }[] {
    const end = this.now + millis;
    const sent = [];
    while ((this.handshake.deadline ?? Infinity) <= end) {
      this.now = Math.max(this.now, this.handshake.deadline!);
      const step = this.handshake.poll(INFO, this.now);
      assert.ok(step?.kind === "send", "a deadline in the past must send something");
      const { message } = step;
      sent.push({ type: message.type, at: this.now - T0, message });
    }
    this.now = end;
    return sent;
  }
  receive(message: Partial<AdmissionMessage> & { type: string }) {
    const clientRandom = this.handshake.clientRandom;
    const whole = { clientRandom, ...message } as AdmissionMessage;
    return this.handshake.receive(serializeAdmission(whole), this.now);
  }
}

Deno.test("a HELLO is repeated with growing waits until an answer comes", () => {
  const sent = new Fixture().sends(8000);
  assert.ok(sent.every(({ type }) => type === "hello"));
  const waits = sent.slice(1).map(({ at }, index) => at - sent[index]!.at);
  for (const [index, wait] of waits.entries()) {
    const middle = Math.min(60 * 1.25 ** index, 2000);
    assert.ok(Math.abs(wait - middle) <= middle / 4, `${wait}, not ${middle}`);
  }
  assert.ok(sent.length >= 12 && sent.length <= 20, `${sent.length} in 8 s`);
});

Deno.test("a RETRY is answered at once by a JOIN with its cookie and the listener's token", () => {
  const fixture = new Fixture();
  fixture.sends(100);
  assert.deepEqual(fixture.receive({ type: "retry", cookie: COOKIE }), {
    ok: true,
    value: undefined,
  });
  const [join] = fixture.sends(0);
  assert.ok(join?.message.type === "join");
  assert.deepEqual(join.message.cookie, COOKIE);
  assert.deepEqual(join.message.info, INFO);
});

Deno.test("a JOIN without an answer is repeated for a second, then a new cookie is requested", () => {
  const fixture = new Fixture();
  fixture.sends(0);
  fixture.receive({ type: "retry", cookie: COOKIE });
  const sent = fixture.sends(2000);
  const joins = sent.findIndex(({ type }) => type === "hello");
  assert.ok(joins >= 6 && sent.slice(0, joins).every(({ type }) => type === "join"));
  const hellos = sent.slice(joins);
  assert.ok(hellos.every(({ type }) => type === "hello"));
  // At once and as often as at the beginning: the waits between JOINs do not count here.
  assert.equal(hellos[0]!.at, 1000);
  assert.ok(hellos[1]!.at <= 1000 + 60 * 1.25);
  fixture.receive({ type: "retry", cookie: Uint8Array.of(9) });
  const [join] = fixture.sends(0);
  assert.ok(join?.message.type === "join");
  assert.deepEqual(join.message.cookie, Uint8Array.of(9));
});

Deno.test("each cookie is tried for longer than the one before, until the handshake starts again", () => {
  const fixture = new Fixture();
  const trial = () => {
    fixture.sends(0);
    fixture.receive({ type: "retry", cookie: COOKIE });
    const since = fixture.now - T0;
    return fixture.sends(6000).find(({ type }) => type === "hello")!.at - since;
  };
  assert.deepEqual([trial(), trial(), trial()], [1000, 4000, 4000]);
  fixture.handshake.start(fixture.now);
  assert.equal(trial(), 1000);
});

Deno.test("a copy of a RETRY causes no further JOIN", () => {
  const fixture = new Fixture();
  fixture.sends(0);
  fixture.receive({ type: "retry", cookie: COOKIE });
  fixture.sends(0);
  fixture.receive({ type: "retry", cookie: COOKIE });
  assert.deepEqual(fixture.sends(40), []);
});

Deno.test("ACCEPT and REJECT end the handshake and are returned", () => {
  for (
    const answer of [
      { type: "accept", connectionId: 5n, info: inAccept(acceptInfo()) },
      { type: "reject", code: 1402, reason: "full", retryAfterMillis: 10 },
    ] as const
  ) {
    const fixture = new Fixture();
    fixture.sends(0);
    const result = fixture.receive(answer);
    assert.ok(result.ok && result.value?.type === answer.type);
    assert.equal(fixture.handshake.deadline, undefined);
    assert.deepEqual(
      fixture.receive(answer),
      { ok: true, value: undefined },
      "a copy of the answer",
    );
  }
});

Deno.test("an answer with another client random is junk", () => {
  const fixture = new Fixture();
  const clientRandom = new Uint8Array(16).fill(1);
  const result = fixture.receive({
    type: "accept",
    clientRandom,
    connectionId: 5n,
    info: inAccept(acceptInfo()),
  });
  assert.deepEqual(result, { ok: false, junk: "unknownSender" });
  assert.equal(fixture.handshake.isRunning, true);
});

Deno.test("the listener's own messages, truncated messages and empty datagrams are junk", () => {
  const fixture = new Fixture();
  assert.deepEqual(fixture.receive({ type: "hello" }), { ok: false, junk: "wrongDirection" });
  assert.deepEqual(fixture.receive({ type: "join", cookie: COOKIE, info: INFO }), {
    ok: false,
    junk: "wrongDirection",
  });
  const cut = Uint8Array.of(67, ADMISSION_VERSION, ...fixture.handshake.clientRandom, 1, 2);
  assert.deepEqual(fixture.handshake.receive(cut, T0), { ok: false, junk: "malformedAdmission" });
  assert.equal(fixture.handshake.receive(new Uint8Array(0), T0).ok, false);
});

Deno.test("an answer in another protocol version is a rejection", () => {
  const fixture = new Fixture();
  const other = Uint8Array.of(
    68,
    ADMISSION_VERSION + 1,
    ...fixture.handshake.clientRandom,
    5,
    5,
    5,
  );
  const result = fixture.handshake.receive(other, T0);
  assert.ok(result.ok && result.value?.type === "reject");
  assert.equal(result.value.code, RejectCode.version);
});

Deno.test("a listener that was in before may ask again when the host is full, and a few times with its token", () => {
  const { handshake } = new Fixture();
  const rejected = (
    code: number,
  ) => ({ type: "reject", code, reason: "", retryAfterMillis: 0 } as const);
  for (let times = 0; times < 10; times++) {
    assert.equal(handshake.mayAskAgain(rejected(RejectCode.overload)), true);
    handshake.askAgain(rejected(RejectCode.overload), T0);
  }
  let tries = 0;
  while (handshake.mayAskAgain(rejected(RejectCode.unauthorized))) {
    handshake.askAgain(rejected(RejectCode.unauthorized), T0);
    assert.ok(++tries < 10);
  }
  assert.equal(tries, 3);
  assert.equal(handshake.mayAskAgain(rejected(RejectCode.forbidden)), false);
});

Deno.test("the next request waits as long as the host says, within limits", () => {
  const { handshake } = new Fixture();
  const waits = [0, 4000, 4_000_000_000].map((retryAfterMillis) => {
    handshake.askAgain(
      { type: "reject", code: RejectCode.overload, reason: "", retryAfterMillis },
      T0,
    );
    return handshake.deadline! - T0;
  });
  assert.deepEqual(waits, [1000, 4000, 10_000]);
});

Deno.test("a key that becomes known later drops the earlier cookie, so that no token is sent in clear", () => {
  const fixture = new Fixture();
  fixture.sends(0);
  fixture.receive({ type: "retry", cookie: COOKIE });
  fixture.handshake.pinKey(new Uint8Array(32).fill(1));
  const types = fixture.sends(8000).map(({ type }) => type);
  assert.ok(types.length > 0 && types.every((type) => type === "hello"), `${types}`);
});

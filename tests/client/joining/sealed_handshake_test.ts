import assert from "node:assert/strict";
import { Handshake, type HandshakeStep } from "../../../client/joining/handshake.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { sealAnswer } from "../../../shared/secrecy/answer_seal.ts";
import type { SealedJoin } from "../../../shared/secrecy/join_sealing.ts";
import {
  type AcceptMessage,
  answerAssociated,
  parseJoinInfo,
  type RejectMessage,
  serializeAdmission,
  serializeSealedAnswer,
} from "../../../shared/admission/admission.ts";
import { FakeOpener, FakeSealer } from "../../fakes/fake_sealing.ts";
import { acceptInfo, COOKIE, inAccept } from "../scripted_host.ts";
import { T0 } from "../starts.ts";

const INFO = { token: "evening" };
const UNAUTHENTIC = { ok: false, junk: "unauthentic" };
const KEYS = {
  signingKey: new Uint8Array(32),
  epochs: [{ epoch: 1, key: new Uint8Array(28) }],
};
const REFUSAL = { type: "reject", code: 1402, reason: "full", retryAfterMillis: 0 } as const;

/** A handshake, with the host's side written by hand. */
class Fixture {
  readonly host = new FakeOpener(new SeededRng(1));
  readonly #sealer = new FakeSealer(new SeededRng(2));
  readonly handshake: Handshake;
  now = T0;

  constructor(pinnedKey?: (host: FakeOpener) => Uint8Array) {
    this.handshake = new Handshake(new SeededRng(7), nodeCiphers, pinnedKey?.(this.host));
    this.handshake.start(this.now);
    this.poll();
  }

  poll(): HandshakeStep | undefined {
    return this.handshake.poll(INFO, this.now);
  }

  retry(hostKey: Uint8Array | undefined = this.host.hostKey, cookie = COOKIE) {
    return this.give({ type: "retry", cookie, ...(hostKey && { hostKey }) });
  }

  give(message: object) {
    const { clientRandom } = this.handshake;
    const datagram = serializeAdmission({ clientRandom, ...message } as never);
    return this.handshake.receive(datagram, this.now);
  }

  /** Seals the requested JOIN. */
  seal(): SealedJoin {
    const step = this.poll();
    assert.ok(step?.kind === "seal");
    const { id, hostKey, plaintext, associated } = step.join;
    assert.ok(plaintext instanceof Uint8Array);
    assertSays(plaintext);
    const sealed = this.#sealer.seal(hostKey, plaintext, associated);
    this.handshake.onSealed(id, sealed, this.now);
    return sealed;
  }

  answer({ secrets }: SealedJoin, message: Omit<AcceptMessage | RejectMessage, "clientRandom">) {
    const { clientRandom } = this.handshake;
    const nonce = new SeededRng(5).bytes(16);
    const said = serializeSealedAnswer({ clientRandom, ...message } as AcceptMessage);
    const associated = answerAssociated(clientRandom);
    const ciphertext = sealAnswer(nodeCiphers, secrets, nonce, said, associated);
    return this.give({ type: "answer", nonce, ciphertext });
  }
}

/** What every JOIN carries, with the value by which the host recognises the listener. */
function assertSays(plaintext: Uint8Array): void {
  const said = parseJoinInfo(plaintext);
  assert.ok(said.ok);
  const { resume, ...info } = said.value;
  assert.deepEqual(info, INFO);
  assert.match(resume!, /^[\w-]{22}$/);
}

const KEYLESS = { type: "accept", connectionId: 5n, info: inAccept(acceptInfo()) } as const;

function accept() {
  return { ...KEYLESS, keys: KEYS };
}

function sent(step: HandshakeStep | undefined): Uint8Array {
  assert.ok(step?.kind === "send");
  return serializeAdmission(step.message);
}

for (const isPinned of [false, true]) {
  const where = isPinned ? "link" : "RETRY";
  Deno.test(`a JOIN is sealed once to the key of the ${where} and repeated unchanged`, () => {
    const fixture = new Fixture(isPinned ? ({ hostKey }) => hostKey : undefined);
    fixture.retry();
    const { secrets } = fixture.seal();
    const first = sent(fixture.poll());
    fixture.now = fixture.handshake.deadline!;
    assert.deepEqual(sent(fixture.poll()), first);
    const step = fixture.host.open(
      secrets.encapsulated,
      first.subarray(18 + 1 + COOKIE.length + 1 + 32),
      first.subarray(0, 18 + 1 + COOKIE.length + 1),
    );
    assertSays(step!.plaintext);
  });

  Deno.test(`a sealed answer is accepted and one in clear is not, key from the ${where}`, () => {
    const fixture = new Fixture(isPinned ? ({ hostKey }) => hostKey : undefined);
    fixture.retry();
    assert.deepEqual(fixture.give(REFUSAL), UNAUTHENTIC, "before the JOIN is sealed");
    const sealed = fixture.seal();
    assert.deepEqual(fixture.give(REFUSAL), UNAUTHENTIC);
    assert.deepEqual(fixture.give(accept()), UNAUTHENTIC);
    const answer = fixture.answer(sealed, accept());
    assert.ok(answer.ok && answer.value?.type === "accept");
    assert.deepEqual(answer.value.secrets, sealed.secrets);
    assert.equal(fixture.handshake.isRunning, false);
  });
}

Deno.test("a sealed REJECT is a rejection", () => {
  const fixture = new Fixture();
  fixture.retry();
  const answer = fixture.answer(fixture.seal(), REFUSAL);
  assert.ok(answer.ok && answer.value?.type === "reject" && answer.value.code === 1402);
});

Deno.test("an answer sealed with other secrets, or before there are any, is junk", () => {
  const fixture = new Fixture();
  const other = new FakeSealer(new SeededRng(9));
  const stranger = other.seal(fixture.host.hostKey, new Uint8Array(), new Uint8Array());
  fixture.retry();
  assert.deepEqual(fixture.answer(stranger, accept()), UNAUTHENTIC);
  fixture.seal();
  assert.deepEqual(fixture.answer(stranger, accept()), UNAUTHENTIC);
  assert.equal(fixture.handshake.isRunning, true);
});

Deno.test("an ACCEPT with keys in clear and a sealed ACCEPT without keys are junk", () => {
  const malformed = { ok: false, junk: "malformedAdmission" };
  const plain = new Fixture();
  plain.give({ type: "retry", cookie: COOKIE });
  plain.poll();
  assert.deepEqual(plain.give(accept()), malformed);
  const secret = new Fixture();
  secret.retry();
  assert.deepEqual(secret.answer(secret.seal(), KEYLESS), malformed);
});

Deno.test("a host with another key than the link's is reported, and no JOIN is sealed to that key", () => {
  const fixture = new Fixture(({ hostKey }) => hostKey);
  fixture.retry(new Uint8Array(32).fill(9));
  assert.equal(fixture.handshake.showsForeignKey, true);
  const step = fixture.poll();
  assert.ok(step?.kind === "seal");
  assert.deepEqual(step.join.hostKey, fixture.host.hostKey);
});

Deno.test("with a key in the link a JOIN is sealed even if the host shows no key", () => {
  const fixture = new Fixture(({ hostKey }) => hostKey);
  fixture.give({ type: "retry", cookie: COOKIE });
  assert.equal(fixture.handshake.showsForeignKey, true);
  assert.equal(fixture.poll()?.kind, "seal");
});

Deno.test("with an invalid key the cookie is dropped and a new one requested", () => {
  const fixture = new Fixture();
  fixture.retry();
  const step = fixture.poll();
  assert.ok(step?.kind === "seal");
  fixture.handshake.onSealed(step.join.id, undefined, fixture.now);
  fixture.now = fixture.handshake.deadline!;
  const next = fixture.poll();
  assert.ok(next?.kind === "send" && next.message.type === "hello");
});

Deno.test("a JOIN sealed too late, for an earlier cookie, is not used", () => {
  const fixture = new Fixture();
  fixture.retry();
  const step = fixture.poll();
  assert.ok(step?.kind === "seal");
  fixture.handshake.start(fixture.now);
  fixture.poll();
  fixture.retry(undefined, Uint8Array.of(9));
  const sealer = new FakeSealer(new SeededRng(3));
  const { id, hostKey, plaintext, associated } = step.join;
  fixture.handshake.onSealed(id, sealer.seal(hostKey, plaintext, associated), fixture.now);
  assert.equal(fixture.poll()?.kind, "seal");
});

Deno.test("while a JOIN is being sealed nothing is sent, and the deadlines continue", () => {
  const fixture = new Fixture();
  fixture.retry();
  assert.equal(fixture.poll()?.kind, "seal");
  let deadlines = 0;
  for (; deadlines < 100; deadlines++) {
    fixture.now = fixture.handshake.deadline!;
    const step = fixture.poll();
    if (step) {
      assert.ok(step.kind === "send" && step.message.type === "hello");
      break;
    }
  }
  assert.ok(deadlines > 5 && deadlines < 50, `${deadlines} deadlines`);
});

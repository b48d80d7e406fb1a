import assert from "node:assert/strict";
import fc from "fast-check";
import { Handshake } from "../../client/joining/handshake.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { sealAnswer } from "../../shared/secrecy/answer_seal.ts";
import type { JoinSecrets } from "../../shared/secrecy/join_sealing.ts";
import {
  answerAssociated,
  MAX_COOKIE_BYTES,
  parseAdmission,
  serializeAdmission,
  serializeSealedAnswer,
} from "../../shared/admission/admission.ts";
import { acceptInfo, inAccept } from "../client/scripted_host.ts";
import { T0 } from "../client/starts.ts";
import { FakeOpener, FakeSealer } from "../fakes/fake_sealing.ts";
import { runs } from "../runs.ts";
import { junkDatagrams } from "./junk.ts";

const KEYS = [1, 2].map((seed) => new FakeOpener(new SeededRng(seed)).hostKey);
const ACCEPT_KEYS = {
  signingKey: new Uint8Array(32).fill(7),
  epochs: [{ epoch: 1, key: new Uint8Array(28).fill(8) }],
};

/** A handshake, and a network on which any datagram may arrive at any time. */
class Scene {
  now = T0;
  readonly handshake: Handshake;
  /** All datagrams so far, to be replayed and mutated. */
  readonly said: Uint8Array[] = [Uint8Array.of(67)];
  readonly #rng: SeededRng;
  readonly #sealer: FakeSealer;
  readonly #cookies = new Set<string>();
  /** The secrets of the newest sealed JOIN, and the host key it was sealed to. */
  #sealed: { readonly secrets: JoinSecrets; readonly hostKey: Uint8Array } | undefined;
  #pendingSeal: { readonly id: number; readonly hostKey: Uint8Array } | undefined;
  #pinned: Uint8Array | undefined;

  constructor(seed: number) {
    this.#rng = new SeededRng(seed);
    this.#sealer = new FakeSealer(this.#rng);
    this.handshake = new Handshake(this.#rng, nodeCiphers);
  }

  pin(key: Uint8Array | undefined): void {
    this.#pinned = key;
    this.handshake.pinKey(key);
  }

  /** Does what is due, and checks each message against what was received. */
  run(millis: number): void {
    const end = this.now + millis;
    for (let turns = 0; (this.handshake.deadline ?? Infinity) <= end; turns++) {
      assert.ok(turns < 1000, "a deadline that is past stays past");
      this.now = Math.max(this.now, this.handshake.deadline!);
      const step = this.handshake.poll({ token: "t" }, this.now);
      if (step?.kind === "seal") this.#pendingSeal = step.join;
      if (step?.kind !== "send") continue;
      const { message } = step;
      if (message.type !== "hello") {
        assert.ok(
          "cookie" in message && this.#cookies.has(message.cookie.join()),
          "a cookie that came",
        );
      }
      if (this.#pinned) {
        assert.notEqual(message.type, "join", "a token in clear beside a known key");
      }
      this.said.push(serializeAdmission(message));
    }
    this.now = end;
  }

  seal(isGood: boolean): void {
    const pending = this.#pendingSeal;
    if (!pending) return;
    const { id, hostKey } = pending;
    const sealed = isGood
      ? this.#sealer.seal(hostKey, new Uint8Array(8), new Uint8Array(4))
      : undefined;
    if (sealed) this.#sealed = { secrets: sealed.secrets, hostKey };
    this.handshake.onSealed(id, sealed, this.now);
  }

  retry(cookie: Uint8Array, hostKey?: Uint8Array): void {
    const { clientRandom } = this.handshake;
    this.give(
      serializeAdmission({ type: "retry", clientRandom, cookie, ...(hostKey && { hostKey }) }),
    );
  }

  acceptInClear(): void {
    const { clientRandom } = this.handshake;
    const answer = this.give(
      serializeAdmission({
        type: "accept",
        clientRandom,
        connectionId: 5n,
        info: inAccept(acceptInfo()),
      }),
    );
    if (this.#pinned) assert.equal(answer, undefined, "believed in clear, though a key is known");
  }

  /** An answer sealed by a host that knows the secrets of the newest JOIN, or has others. */
  acceptSealed(isRight: boolean): void {
    const secrets = this.#sealed?.secrets;
    if (!secrets) return;
    const { clientRandom } = this.handshake;
    const said = serializeSealedAnswer({
      type: "accept",
      clientRandom,
      connectionId: 5n,
      info: inAccept(acceptInfo()),
      keys: ACCEPT_KEYS,
    });
    const nonce = this.#rng.bytes(16);
    const others = isRight ? secrets : { ...secrets, answer: this.#rng.bytes(16) };
    const ciphertext = sealAnswer(nodeCiphers, others, nonce, said, answerAssociated(clientRandom));
    const answer = this.give(
      serializeAdmission({ type: "answer", clientRandom, nonce, ciphertext }),
    );
    if (!isRight) assert.equal(answer, undefined, "opened with other secrets");
  }

  junk(seed: number): void {
    const junk = junkDatagrams(new SeededRng(seed), this.said);
    for (let count = 0; count < 10; count++) {
      const datagram = junk.next().value!;
      // An answer with another client random is not read at all.
      if (datagram.length >= 18 && seed % 2) datagram.set(this.handshake.clientRandom, 2);
      this.give(datagram, false);
    }
  }

  /** @returns the ACCEPT that the datagram was accepted as, if any. */
  give(datagram: Uint8Array, remember = true): unknown {
    if (remember) this.said.push(datagram);
    const message = parseAdmission(datagram);
    if (message.ok && message.value.type === "retry") {
      this.#cookies.add(message.value.cookie.join());
    }
    const wasRunning = this.handshake.isRunning;
    const answer = this.handshake.receive(datagram, this.now);
    if (!answer.ok || !answer.value) return undefined;
    assert.ok(wasRunning, "answers nothing that was not asked");
    assert.equal(this.handshake.isRunning, false);
    return answer.value.type === "accept" ? answer.value : undefined;
  }

  check(): void {
    const { isRunning, deadline } = this.handshake;
    assert.equal(deadline === undefined, !isRunning);
  }
}

type Deed = (scene: Scene) => void;

const cookie = fc.uint8Array({ minLength: 1, maxLength: MAX_COOKIE_BYTES });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.nat(5000).map((millis): Deed => (scene) => scene.run(millis)),
  fc.nat(50).map((millis): Deed => (scene) => scene.run(millis)),
  fc.constant<Deed>((scene) => scene.handshake.start(scene.now)),
  fc.constant<Deed>((scene) => scene.handshake.stop()),
  fc.tuple(cookie, fc.constantFrom(undefined, ...KEYS)).map(([cookie, key]): Deed => (scene) =>
    scene.retry(cookie, key)
  ),
  fc.boolean().map((isGood): Deed => (scene) => scene.seal(isGood)),
  fc.constantFrom(undefined, ...KEYS).map((key): Deed => (scene) => scene.pin(key)),
  fc.constant<Deed>((scene) => scene.acceptInClear()),
  fc.boolean().map((isRight): Deed => (scene) => scene.acceptSealed(isRight)),
  fc.nat().map((seed): Deed => (scene) => scene.junk(seed)),
  fc.nat(20_000).map((retryAfterMillis): Deed => (scene) =>
    scene.handshake.askAgain(
      { type: "reject", code: 1402, reason: "", retryAfterMillis },
      scene.now,
    )
  ),
);

Deno.test("no order of operations makes a handshake throw, spin, or believe a forged answer", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60, size: "large" }), fc.nat(), (deeds, seed) => {
      const scene = new Scene(seed);
      scene.handshake.start(scene.now);
      for (const act of deeds) {
        act(scene);
        scene.check();
      }
    }),
    runs(300),
  );
});

Deno.test("after any such sequence it still joins when the host answers correctly", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40, size: "large" }), fc.nat(), (deeds, seed) => {
      const scene = new Scene(seed);
      for (const act of deeds) act(scene);
      scene.pin(KEYS[0]);
      scene.handshake.start(scene.now);
      scene.run(10);
      scene.retry(Uint8Array.of(1, 2, 3), KEYS[0]);
      scene.run(10);
      scene.seal(true);
      scene.run(10);
      scene.acceptSealed(true);
      assert.equal(scene.handshake.isRunning, false);
    }),
    runs(100),
  );
});

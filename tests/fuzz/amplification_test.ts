import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../shared/core/rng.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import { ADMISSION_VERSION, serializeAdmission } from "../../shared/admission/admission.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { runWithEvents } from "../loopback/scenario.ts";
import { runs } from "../runs.ts";
import { junkDatagrams } from "./junk.ts";

/** Addresses from which no valid cookie is ever sent. */
const STRANGERS: readonly Address[] = [1, 2, 3].map((last) => ({
  hostname: `10.6.6.${last}`,
  port: 600 + last,
}));

/** A running host with two listeners, all their datagrams, and the bytes sent to each stranger. */
class Street {
  readonly world = new VirtualWorld();
  /** All datagrams from and to the listeners, handshakes included. */
  readonly captured: Uint8Array[] = [];
  readonly #received = new Map<string, number>();
  readonly #sent = new Map<string, number>();

  constructor(isPlain: boolean) {
    const { world } = this;
    world.startHost({ access: { kind: "tokens", tokens: ["right"] }, isPlain });
    for (const stranger of STRANGERS) world.net.attach(stranger, () => {});
    world.net.watch((datagram, _, to) => {
      const key = addressKey(to);
      this.#sent.set(key, (this.#sent.get(key) ?? 0) + datagram.length);
      if (this.captured.length < 2000) this.captured.push(datagram.slice());
    });
    for (let count = 0; count < 2; count++) world.addListener({ token: "right" });
    world.run(300);
    runWithEvents(world, 2);
  }

  /** Delivers a datagram to the host, with the address that it claims to come from. */
  say(datagram: Uint8Array, from: Address): void {
    if (datagram.length === 0) return;
    const key = addressKey(from);
    this.#received.set(key, (this.#received.get(key) ?? 0) + datagram.length);
    this.world.tell(({ core }) => core.receive(datagram, from, this.world.now));
  }

  /** Bytes sent for each byte received. */
  factor(stranger: Address): number {
    const received = this.#received.get(addressKey(stranger)) ?? 0;
    const sent = this.#sent.get(addressKey(stranger)) ?? 0;
    return sent === 0 ? 0 : sent / received;
  }

  check(): void {
    for (const stranger of STRANGERS) {
      assert.ok(this.factor(stranger) <= 1, `${this.factor(stranger)} bytes for each`);
    }
  }
}

type Deed = (street: Street) => void;

const stranger = fc.constantFrom(...STRANGERS);
const clientRandom = fc.uint8Array({ minLength: 16, maxLength: 16 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(stranger, clientRandom).map(([from, clientRandom]): Deed => (street) =>
    street.say(serializeAdmission({ type: "hello", clientRandom }), from)
  ),
  fc.tuple(stranger, fc.integer({ min: 1, max: 1300 }), fc.nat(255)).map((
    [from, length, version],
  ): Deed =>
  (street) => {
    const hello = new Uint8Array(length).fill(1);
    hello.set([64, version].slice(0, length));
    street.say(hello, from);
  }),
  // A listener's JOIN, reports and BYE from another address; and the host's answers.
  fc.tuple(stranger, fc.nat()).map(([from, pick]): Deed => (street) =>
    street.say(street.captured[pick % street.captured.length]!, from)
  ),
  fc.tuple(stranger, fc.nat()).map(([from, seed]): Deed => (street) => {
    const junk = junkDatagrams(new SeededRng(seed), street.captured);
    for (let count = 0; count < 20; count++) street.say(junk.next().value!, from);
  }),
  fc.nat(1500).map((millis): Deed => ({ world }) => world.run(millis)),
  fc.constant<Deed>(({ world }) => world.listeners[0] && world.killListener(world.listeners[0])),
  fc.constant<Deed>(({ world }) => void world.addListener({ token: "wrong" })),
);

for (const isPlain of [false, true]) {
  Deno.test(`an address that has not been verified never receives more bytes than were sent from it, ${isPlain ? "plain" : "sealed"}`, () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const street = new Street(isPlain);
        for (const act of deeds) {
          act(street);
          street.check();
        }
        street.world.run(22_000);
        street.check();
      }),
      runs(12),
    );
  });

  Deno.test(`no captured datagram that is replayed from another address causes a longer answer, ${isPlain ? "plain" : "sealed"}`, () => {
    const street = new Street(isPlain);
    for (const datagram of [...street.captured]) {
      street.say(datagram, STRANGERS[0]!);
      street.check();
    }
    street.world.run(5000);
    street.check();
  });
}

Deno.test("the answer to a HELLO is much shorter than it; to a HELLO of another version, never longer", () => {
  const street = new Street(false);
  const clientRandom = new Uint8Array(16).fill(1);
  for (let count = 0; count < 100; count++) {
    street.say(serializeAdmission({ type: "hello", clientRandom }), STRANGERS[0]!);
  }
  const factor = street.factor(STRANGERS[0]!);
  assert.ok(factor > 0 && factor < 0.15, `${factor}`);
  for (let length = 1; length <= 1200; length++) {
    const hello = new Uint8Array(length);
    hello.set([64, ADMISSION_VERSION + 1].slice(0, length));
    street.say(hello, STRANGERS[1]!);
    street.check();
  }
  assert.ok(street.factor(STRANGERS[1]!) > 0, "who speaks another version is told so");
});

Deno.test("a stranger that reads at its own address gets a cookie, and nothing of the broadcast", () => {
  const street = new Street(false);
  const { world } = street;
  const heard: Uint8Array[] = [];
  world.net.attach(STRANGERS[2]!, (datagram) => heard.push(datagram.slice()));
  const clientRandom = new Uint8Array(16).fill(9);
  street.say(serializeAdmission({ type: "hello", clientRandom }), STRANGERS[2]!);
  world.run(10_000);
  assert.deepEqual(heard.map((datagram) => datagram[0]), [65]);
  assert.equal(world.net.path(HOST, STRANGERS[2]!).streams.size, 0);
});

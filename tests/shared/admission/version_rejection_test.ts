import assert from "node:assert/strict";
import { Handshake } from "../../../client/joining/handshake.ts";
import {
  ADMISSION_VERSION,
  RejectCode,
  serializeAdmission,
} from "../../../shared/admission/admission.ts";
import { rejectOtherVersion } from "../../../shared/admission/version_rejection.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { T0 } from "../../client/starts.ts";
import { clientRandom } from "./admission_messages.ts";

const REASON = "another version of the protocol is spoken here";
const HOST_KEY = new Uint8Array(32).fill(9);

/** As a listener of version 1 sends it: type, version, client random, zeros up to 1200 bytes. */
function helloOfVersion1(random: Uint8Array): Uint8Array {
  const hello = new Uint8Array(1200);
  hello.set([64, 1, ...random]);
  return hello;
}

Deno.test("a HELLO of version 1 is answered by a REJECT in version 1's layout", () => {
  const answer = rejectOtherVersion(helloOfVersion1(clientRandom), 2);
  assert.deepEqual([...answer!], [
    ...[68, 2, ...clientRandom, 0x05, 0xe1, 0, 0, 0, 0],
    ...new TextEncoder().encode(REASON),
  ]);
});

/**
 * A listener of version 1 that has sent its HELLO. Of a datagram whose version is its own it read the rest, and
 * ignored an unsealed REJECT when it seals; of another version it read no more than that. This is how today's
 * listener still treats its own version and others, so its version takes the place of version 1.
 */
function listener(pinnedKey?: Uint8Array): Handshake {
  const handshake = new Handshake(new SeededRng(7), nodeCiphers, pinnedKey);
  handshake.start(T0);
  handshake.poll({}, T0);
  return handshake;
}

/** The answer of a host one version later than the listener. */
function answerTo(handshake: Handshake): Uint8Array {
  const hello = helloOfVersion1(handshake.clientRandom);
  hello[1] = ADMISSION_VERSION;
  return rejectOtherVersion(hello, ADMISSION_VERSION + 1)!;
}

for (const [name, pinnedKey] of [["without", undefined], ["with", HOST_KEY]] as const) {
  Deno.test(`an older listener whose link is ${name} a key takes the answer for 1505`, () => {
    const handshake = listener(pinnedKey);
    const result = handshake.receive(answerTo(handshake), T0);
    assert.ok(result.ok && result.value?.type === "reject");
    assert.equal(result.value.code, RejectCode.version);
    assert.equal(handshake.isRunning, false, "it does not go on asking");
  });
}

Deno.test("a REJECT that bears the listener's own version is ignored by one that seals", () => {
  const handshake = listener(HOST_KEY);
  const answer = answerTo(handshake);
  answer[1] = ADMISSION_VERSION;
  assert.deepEqual(handshake.receive(answer, T0), { ok: false, junk: "unauthentic" });
  const open = listener();
  const result = open.receive(answer, T0);
  assert.ok(result.ok && result.value?.type === "reject");
  assert.equal(result.value.reason, REASON, "the layout is the one that it reads");
});

Deno.test("nothing but a whole HELLO of another version is answered", () => {
  const hello = helloOfVersion1(clientRandom);
  assert.equal(rejectOtherVersion(hello, 1), undefined, "the host's own version");
  for (const type of [65, 66, 67, 68, 69, 0, 128]) {
    const other = hello.slice();
    other[0] = type;
    assert.equal(rejectOtherVersion(other, 2), undefined, `type ${type}`);
  }
  for (const length of [0, 1, 2, 17, 18, 69]) {
    assert.equal(rejectOtherVersion(hello.subarray(0, length), 2), undefined, `${length} bytes`);
  }
});

Deno.test("the answer is never longer than the HELLO", () => {
  const hello = helloOfVersion1(clientRandom);
  const answers = Array.from(
    { length: 1201 },
    (_, length) => rejectOtherVersion(hello.subarray(0, length), 2)?.length ?? 0,
  );
  assert.ok(answers.every((answer, length) => answer <= length));
  assert.equal(answers.filter((answer) => answer > 0).length, 1201 - (24 + REASON.length));
});

Deno.test("today's host rejects a HELLO of a later version", () => {
  const hello = serializeAdmission({ type: "hello", clientRandom });
  assert.equal(rejectOtherVersion(hello), undefined);
  hello[1] = ADMISSION_VERSION + 1;
  assert.equal(rejectOtherVersion(hello)![1], ADMISSION_VERSION);
});

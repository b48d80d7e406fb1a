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

/** A listener of version 1 that has sent its HELLO. */
function listener(pinnedKey?: Uint8Array): Handshake {
  const handshake = new Handshake(new SeededRng(7), nodeCiphers, pinnedKey);
  handshake.start(T0);
  handshake.poll({}, T0);
  return handshake;
}

for (const [name, pinnedKey] of [["without", undefined], ["with", HOST_KEY]] as const) {
  Deno.test(`a listener of version 1 whose link is ${name} a key takes the answer for 1505`, () => {
    const handshake = listener(pinnedKey);
    const answer = rejectOtherVersion(helloOfVersion1(handshake.clientRandom), 2)!;
    const result = handshake.receive(answer, T0);
    assert.ok(result.ok && result.value?.type === "reject");
    assert.equal(result.value.code, RejectCode.version);
    assert.equal(handshake.isRunning, false, "it does not go on asking");
  });
}

Deno.test("a REJECT that bears version 1 is ignored by a listener of version 1 that seals", () => {
  const handshake = listener(HOST_KEY);
  const answer = rejectOtherVersion(helloOfVersion1(handshake.clientRandom), 2)!;
  answer[1] = 1;
  assert.deepEqual(handshake.receive(answer, T0), { ok: false, junk: "unauthentic" });
  const open = listener();
  const result = open.receive(answer, T0);
  assert.ok(result.ok && result.value?.type === "reject");
  assert.equal(result.value.reason, REASON, "the layout is the one that version 1 reads");
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

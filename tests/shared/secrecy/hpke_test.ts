import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../shared/core/rng.ts";
import { HpkeSealer, joinSuite, openHostKey } from "../../../shared/secrecy/hpke.ts";
import { flipBit, hex, toHex } from "./hex.ts";

/** RFC 9180 appendix A.1.1. */
const PUBLISHED = {
  info: hex("4f6465206f6e2061204772656369616e2055726e"),
  ikmE: hex("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234"),
  ikmR: hex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"),
  pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
  enc: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  plaintext: hex("4265617574792069732074727574682c20747275746820626561757479"),
  sealed: [
    {
      aad: hex("436f756e742d30"),
      ciphertext:
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
    },
    {
      aad: hex("436f756e742d31"),
      ciphertext:
        "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84",
    },
  ],
  exported: [
    { context: "", value: "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee" },
    { context: "00", value: "2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5" },
    {
      context: "54657374436f6e74657874",
      value: "e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931",
    },
  ],
};

const buffer = (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(bytes).buffer;
const text = (bytes: ArrayBuffer) => toHex(new Uint8Array(bytes));

Deno.test("the suite of JOINs seals and exports as RFC 9180 A.1.1 has it, and opens", async () => {
  const { info, ikmE, ikmR, pkRm, enc, plaintext, sealed, exported } = PUBLISHED;
  const pair = await joinSuite.kem.deriveKeyPair(buffer(ikmR));
  assert.equal(text(await joinSuite.kem.serializePublicKey(pair.publicKey)), pkRm);
  const sender = await joinSuite.createSenderContext({
    recipientPublicKey: pair.publicKey,
    info: buffer(info),
    ekm: buffer(ikmE),
  });
  assert.equal(text(sender.enc), enc);
  const recipient = await joinSuite.createRecipientContext({
    recipientKey: pair.privateKey,
    enc: sender.enc,
    info: buffer(info),
  });
  for (const { aad, ciphertext } of sealed) {
    assert.equal(text(await sender.seal(buffer(plaintext), buffer(aad))), ciphertext);
    const opened = await recipient.open(buffer(hex(ciphertext)), buffer(aad));
    assert.equal(text(opened), toHex(plaintext));
  }
  for (const { context, value } of exported) {
    for (const side of [sender, recipient]) {
      assert.equal(text(await side.export(buffer(hex(context)), 32)), value);
    }
  }
});

Deno.test("a host has the published key of its seed", async () => {
  assert.equal(toHex((await openHostKey(PUBLISHED.ikmR)).hostKey), PUBLISHED.pkRm);
});

const PLAINTEXT = new TextEncoder().encode('{"token":"open sesame"}');
const HEADER = Uint8Array.of(66, 1, 2, 3);

async function sealed(seed = 1, host = 1) {
  const opener = await openHostKey(new SeededRng(host).bytes(32));
  const sealer = new HpkeSealer(new SeededRng(seed));
  return { opener, ...await sealer.seal(opener.hostKey, PLAINTEXT, HEADER) };
}

Deno.test("what is sealed opens, and both ends then know the same secrets", async () => {
  const { opener, ciphertext, secrets } = await sealed();
  const opened = await opener.open(secrets.encapsulated, ciphertext, HEADER);
  assert.deepEqual(opened, { plaintext: PLAINTEXT, secrets });
  assert.deepEqual([secrets.answer.length, secrets.control.length], [16, 56]);
});

Deno.test("every JOIN has secrets of its own", async () => {
  const opener = await openHostKey(new SeededRng(1).bytes(32));
  const sealer = new HpkeSealer(new SeededRng(1));
  const [one, other] = [
    await sealer.seal(opener.hostKey, PLAINTEXT, HEADER),
    await sealer.seal(opener.hostKey, PLAINTEXT, HEADER),
  ];
  for (const secret of ["encapsulated", "answer", "control"] as const) {
    assert.notDeepEqual(one.secrets[secret], other.secrets[secret]);
  }
});

Deno.test("another host, another header, or one bit turned over: it does not open", async () => {
  const { opener, ciphertext, secrets: { encapsulated } } = await sealed();
  const stranger = await openHostKey(new SeededRng(2).bytes(32));
  assert.equal(await stranger.open(encapsulated, ciphertext, HEADER), undefined);
  assert.equal(await opener.open(encapsulated, ciphertext, flipBit(HEADER, 9)), undefined);
  for (let bit = 0; bit < ciphertext.length * 8; bit += 3) {
    assert.equal(await opener.open(encapsulated, flipBit(ciphertext, bit), HEADER), undefined);
  }
  // X25519 does not look at the last bit (RFC 7748 section 5), but the shared secret is over it too.
  for (let bit = 0; bit < 256; bit += 5) {
    assert.equal(await opener.open(flipBit(encapsulated, bit), ciphertext, HEADER), undefined);
  }
});

Deno.test("whatever the bytes, opening them never throws", async () => {
  const opener = await openHostKey(new SeededRng(1).bytes(32));
  const bytes = fc.uint8Array({ maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (encapsulated, ciphertext) => {
      assert.equal(await opener.open(encapsulated, ciphertext, HEADER), undefined);
    }),
  );
  assert.equal(await opener.open(new Uint8Array(32), PLAINTEXT, HEADER), undefined);
});

Deno.test("nothing is sealed to what is no key", async () => {
  const sealer = new HpkeSealer(new SeededRng(1));
  for (const key of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(32)]) {
    await assert.rejects(sealer.seal(key, PLAINTEXT, HEADER));
  }
});

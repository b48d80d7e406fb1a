import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../shared/core/rng.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { HpkeSealer, joinSuite } from "../../../shared/secrecy/hpke.ts";
import { HpkeRecipient, openHostKey } from "../../../shared/secrecy/hpke_opener.ts";
import { JOIN_INFO } from "../../../shared/secrecy/join_sealing.ts";
import { runs } from "../../runs.ts";
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

Deno.test("what a host opens JOINs by opens and exports as RFC 9180 A.1.1 has it", () => {
  const { info, ikmR, pkRm, enc, plaintext, sealed, exported } = PUBLISHED;
  const recipient = new HpkeRecipient(ikmR, info, nodeCiphers);
  assert.equal(toHex(recipient.publicKey), pkRm);
  const context = recipient.receive(hex(enc))!;
  for (const { aad, ciphertext } of sealed) {
    assert.equal(context.open(hex(ciphertext), hex("00")), undefined);
    assert.equal(toHex(context.open(hex(ciphertext), aad)!), toHex(plaintext));
  }
  for (const { context: name, value } of exported) {
    assert.equal(toHex(context.export(hex(name), 32)), value);
  }
});

/** How the library opens a JOIN, through WebCrypto. */
async function openByLibrary(
  seed: Uint8Array,
  encapsulated: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
) {
  const { privateKey } = await joinSuite.kem.deriveKeyPair(new Uint8Array(seed).buffer);
  const context = await joinSuite.createRecipientContext({
    recipientKey: privateKey,
    enc: new Uint8Array(encapsulated).buffer,
    info: new Uint8Array(JOIN_INFO).buffer,
  });
  const plaintext = await context.open(
    new Uint8Array(ciphertext).buffer,
    new Uint8Array(associated).buffer,
  );
  const exported = async (name: string, bytes: number) =>
    new Uint8Array(await context.export(new TextEncoder().encode(name).buffer, bytes));
  const answer = await exported("streamer answer", 16);
  const control = await exported("streamer control", 56);
  const proof = await exported("streamer proof", 32);
  const secrets = { encapsulated, answer, control, proof };
  return { plaintext: new Uint8Array(plaintext), secrets };
}

Deno.test("whoever's JOIN it is, whole or damaged, a host opens it as the library does", async () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const sent = fc.record({
    seed: bytes(32),
    entropy: fc.nat(),
    damage: fc.option(fc.nat()),
    plaintext: fc.uint8Array({ maxLength: 700 }),
    header: fc.uint8Array({ maxLength: 90 }),
  });
  await fc.assert(
    fc.asyncProperty(sent, async ({ seed, entropy, damage, plaintext, header }) => {
      const opener = openHostKey(seed, nodeCiphers);
      const sealer = new HpkeSealer(new SeededRng(entropy));
      const { ciphertext, secrets } = await sealer.seal(opener.hostKey, plaintext, header);
      const all = new Uint8Array([...secrets.encapsulated, ...ciphertext]);
      const came = damage === null ? all : flipBit(all, damage % (all.length * 8));
      const parts = [came.slice(0, 32), came.slice(32), header] as const;
      const theirs = await openByLibrary(seed, ...parts).catch(() => undefined);
      assert.deepEqual(await opener.open(...parts), theirs);
      assert.equal(theirs === undefined, damage !== null);
    }),
    runs(40),
  );
});

Deno.test("a host has the published key of its seed", () => {
  assert.equal(toHex(openHostKey(PUBLISHED.ikmR, nodeCiphers).hostKey), PUBLISHED.pkRm);
});

const PLAINTEXT = new TextEncoder().encode('{"token":"open sesame"}');
const HEADER = Uint8Array.of(66, 1, 2, 3);

async function sealed(seed = 1, host = 1) {
  const opener = openHostKey(new SeededRng(host).bytes(32), nodeCiphers);
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
  const opener = openHostKey(new SeededRng(1).bytes(32), nodeCiphers);
  const sealer = new HpkeSealer(new SeededRng(1));
  const [one, other] = [
    await sealer.seal(opener.hostKey, PLAINTEXT, HEADER),
    await sealer.seal(opener.hostKey, PLAINTEXT, HEADER),
  ];
  for (const secret of ["encapsulated", "answer", "control", "proof"] as const) {
    assert.notDeepEqual(one.secrets[secret], other.secrets[secret]);
  }
});

Deno.test("another host, another header, or one bit turned over: it does not open", async () => {
  const { opener, ciphertext, secrets: { encapsulated } } = await sealed();
  const stranger = openHostKey(new SeededRng(2).bytes(32), nodeCiphers);
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
  const opener = openHostKey(new SeededRng(1).bytes(32), nodeCiphers);
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

import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { ListenerSecrecy } from "../../../client/joining/secrecy.ts";
import { GroupEpoch } from "../../../shared/secrecy/group_epoch.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { T0 } from "../starts.ts";

const EPOCHS = [1, 2].map((epoch) => ({ epoch, key: new Uint8Array(28).fill(2 + epoch) }));
const HOST_SSRC = 0xffff_0000;

interface Said {
  readonly ssrc?: number;
  readonly epoch?: number;
  readonly at?: number;
  /** Makes two packets with the same index differ. */
  readonly other?: number;
}

/** @param next the index of the host's next control packet from the ACCEPT; undefined when it gives none. */
function open(next?: number) {
  const keys = { signingKey: new Uint8Array(32), epochs: EPOCHS };
  const bytes = (count: number) => new Uint8Array(count);
  const secrets = { encapsulated: bytes(32), answer: bytes(16), control: bytes(56) };
  const told = next === undefined ? undefined : { next, at: T0 };
  const secrecy = new ListenerSecrecy(nodeCiphers, keys, secrets, undefined, told);
  const groups = EPOCHS.map(({ epoch, key }) => new GroupEpoch(nodeCiphers, epoch, key));
  const seal = (index: number, { ssrc = HOST_SSRC, epoch = 1, other = 0 }: Said = {}) => {
    const echo = { ssrc: other, lastReferenceTime: 0, delaySince: 0 };
    const words = serializeRtcp([{ type: "referenceTimeEcho", ssrc, reports: [echo] }]);
    return groups[epoch - 1]!.rtcp.protect(words, index);
  };
  const hear = (index: number, said: Said = {}) => {
    const opened = secrecy.openControl(seal(index, said), said.at ?? T0);
    return opened.ok ? "heard" : opened.junk;
  };
  /** After another JOIN. */
  const renew = (next: number, at: number) => {
    const renewed = new ListenerSecrecy(nodeCiphers, keys, secrets, secrecy, { next, at });
    return (index: number, said: Said = {}) => {
      const opened = renewed.openControl(seal(index, said), said.at ?? at);
      return opened.ok ? "heard" : opened.junk;
    };
  };
  return { hear, renew };
}

Deno.test("the host's packets are accepted once, whatever indexes other listeners have used", () => {
  const { hear } = open(0);
  assert.equal(hear(900, { other: 1 }), "heard");
  for (let index = 0; index < 300; index++) {
    assert.equal(
      hear(index, { other: 7 }),
      "heard",
      "another listener's packet with the same index",
    );
    assert.equal(hear(index), "heard");
  }
  for (let index = 0; index < 300; index++) assert.equal(hear(index), "replayed");
});

Deno.test("endless forged senders and indexes use bounded memory, and the host's packets are still accepted", () => {
  const { hear } = open();
  assert.equal(hear(1), "heard");
  for (let made = 1; made <= 3000; made++) {
    assert.equal(hear(10_000 + made, { ssrc: made }), "heard");
    if (made % 50 === 1) assert.equal(hear(made + 1), "heard");
  }
  assert.equal(hear(1), "replayed");
  assert.equal(
    hear(2952),
    "replayed",
    "the host's packets, which have the lowest indexes, are remembered",
  );
  assert.equal(hear(13_000, { ssrc: 3000 }), "heard", "it is no longer remembered");
});

Deno.test("an index that the host cannot have reached is refused, and an hour later it is accepted", () => {
  const { hear } = open(50);
  for (const index of [2 ** 31 - 1, 100_000, 50 + 1025]) {
    assert.equal(hear(index), "implausibleIndex");
  }
  assert.equal(hear(50 + 1024), "heard");
  assert.equal(hear(50 + 3600 + 1024, { at: T0 + 3_600_000 }), "heard");
  assert.equal(hear(50 + 3600 + 1025, { at: T0 + 3_600_000 }), "implausibleIndex");
});

Deno.test("packets sealed before the first ACCEPT are refused, and a later ACCEPT changes only the upper limit", () => {
  const { hear, renew } = open(50);
  assert.equal(hear(49), "replayed");
  assert.equal(hear(60), "heard");
  const again = renew(5000, T0 + 1000);
  assert.equal(again(61), "heard", "it may have been sent before the second ACCEPT");
  assert.equal(again(60), "replayed");
  assert.equal(again(6024), "heard");
  assert.equal(again(6026), "implausibleIndex");
});

Deno.test("each epoch has its own replay check", () => {
  const { hear } = open(0);
  assert.equal(hear(5), "heard");
  assert.equal(hear(5, { epoch: 2 }), "heard");
  assert.equal(hear(5, { epoch: 2 }), "replayed");
});

Deno.test("if the ACCEPT gives no index, every index is accepted", () => {
  const { hear } = open();
  assert.equal(hear(2 ** 31 - 1), "heard");
  assert.equal(hear(3), "heard");
});

import assert from "node:assert/strict";
import { nodeCiphers } from "../../client/io/node_ciphers.ts";
import { ListenerSecrecy } from "../../client/secrecy.ts";
import { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import { serializeRtcp } from "../../shared/wire/rtcp.ts";
import { T0 } from "./starts.ts";

const EPOCH = { epoch: 1, key: new Uint8Array(28).fill(3) };
const HOST_SSRC = 0xffff_0000;

function open() {
  const keys = { signingKey: new Uint8Array(32), epochs: [EPOCH] };
  const bytes = (count: number) => new Uint8Array(count);
  const secrets = { encapsulated: bytes(32), answer: bytes(16), control: bytes(56) };
  const secrecy = new ListenerSecrecy(nodeCiphers, keys, secrets);
  const group = new GroupEpoch(nodeCiphers, EPOCH.epoch, EPOCH.key);
  const hear = (ssrc: number, index: number) => {
    const words = serializeRtcp([{ type: "receiverReport", ssrc, reports: [] }]);
    const opened = secrecy.openControl(group.rtcp.protect(words, index), T0);
    return opened.ok ? "heard" : opened.junk;
  };
  return { hear };
}

Deno.test("who makes up senders without end fills no memory, and the host's words still count once", () => {
  const { hear } = open();
  for (let ssrc = 1; ssrc <= 1000; ssrc++) {
    assert.equal(hear(ssrc, 1), "heard");
    if (ssrc % 50 === 1) assert.equal(hear(HOST_SSRC, ssrc), "heard");
  }
  assert.equal(hear(HOST_SSRC, 951), "replayed");
  assert.equal(hear(1000, 1), "replayed");
  assert.equal(hear(1, 1), "heard", "nothing is kept of it any more");
});

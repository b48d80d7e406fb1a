import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { ControlChannel } from "../../../shared/secrecy/control_channel.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { flipBit } from "./hex.ts";

const KEYS = new SeededRng(3).bytes(56);
const REPORT = serializeRtcp([{ type: "receiverReport", ssrc: 7, reports: [] }, {
  type: "goodbye",
  ssrcs: [7],
}]);

function pair(keys = KEYS) {
  return {
    host: new ControlChannel(nodeCiphers, keys, "host"),
    listener: new ControlChannel(nodeCiphers, keys, "listener"),
  };
}

Deno.test("both ends understand each other", () => {
  const { host, listener } = pair();
  for (let times = 0; times < 300; times++) {
    assert.deepEqual(host.open(listener.seal(REPORT)), { ok: true, value: REPORT });
    assert.deepEqual(listener.open(host.seal(REPORT)), { ok: true, value: REPORT });
  }
});

Deno.test("no two packets look alike, though they say the same", () => {
  const { listener } = pair();
  assert.notDeepEqual(listener.seal(REPORT), listener.seal(REPORT));
});

Deno.test("what comes again is told apart from what was never ours", () => {
  const { host, listener } = pair();
  const sealed = listener.seal(REPORT);
  assert.equal(host.open(sealed).ok, true);
  assert.deepEqual(host.open(sealed), { ok: false, junk: "replayed" });
  assert.deepEqual(host.open(flipBit(sealed, 70)), { ok: false, junk: "unauthentic" });
  assert.deepEqual(host.open(REPORT), { ok: false, junk: "unauthentic" });
});

Deno.test("what is thrown back at its sender is not taken for an answer", () => {
  const { host, listener } = pair();
  assert.deepEqual(listener.open(listener.seal(REPORT)), { ok: false, junk: "unauthentic" });
  assert.deepEqual(host.open(host.seal(REPORT)), { ok: false, junk: "unauthentic" });
});

Deno.test("another listener's keys open nothing", () => {
  const other = pair(new SeededRng(4).bytes(56));
  assert.deepEqual(other.host.open(pair().listener.seal(REPORT)), {
    ok: false,
    junk: "unauthentic",
  });
});

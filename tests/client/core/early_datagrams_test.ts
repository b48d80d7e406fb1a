import assert from "node:assert/strict";
import { EarlyDatagrams } from "../../../client/core/early_datagrams.ts";
import { parseRtp, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { packet, T0 } from "../starts.ts";

Deno.test("kept datagrams are given out once, in order, with their times, and are copies", () => {
  const early = new EarlyDatagrams();
  const buffer = Uint8Array.of(1);
  early.keep(buffer, undefined, T0);
  buffer[0] = 2;
  early.keep(buffer, undefined, T0 + 5);
  buffer[0] = 3;
  assert.deepEqual(early.takeAll(), [
    { datagram: Uint8Array.of(1), at: T0 },
    { datagram: Uint8Array.of(2), at: T0 + 5 },
  ]);
  assert.deepEqual(early.takeAll(), []);
});

Deno.test("a kept RTP header stays valid when the socket's buffer is used again", () => {
  const early = new EarlyDatagrams();
  const sent = serializeRtp(packet({ sequence: 7, payload: Uint8Array.of(4, 5, 6) }));
  // A view that does not begin where its buffer does, as sockets give.
  const socketBuffer = new Uint8Array(100);
  socketBuffer.set(sent, 10);
  const datagram = socketBuffer.subarray(10, 10 + sent.length);
  const header = parseRtp(datagram);
  assert.ok(header.ok);
  early.keep(datagram, header.value, T0);
  socketBuffer.fill(0xee);
  const [kept] = early.takeAll();
  assert.deepEqual(kept!.datagram, sent);
  assert.deepEqual(parseRtp(sent), { ok: true, value: kept!.packet });
});

Deno.test("the number of kept datagrams is bounded", () => {
  const early = new EarlyDatagrams();
  const kept = Array.from({ length: 1000 }, () => early.keep(new Uint8Array(1), undefined, T0));
  assert.equal(kept.filter(Boolean).length, 256);
  assert.equal(early.takeAll().length, 256);
  assert.equal(early.keep(new Uint8Array(1), undefined, T0), true);
});

import assert from "node:assert/strict";
import { RepairStream } from "../../../../server/edge/sending/repair_stream.ts";
import { SequenceUnwrapper } from "../../../../shared/core/seq.ts";
import { serializeRtp } from "../../../../shared/rtp/rtp.ts";

Deno.test("retransmissions are numbered one after the other, across the wrap", () => {
  const stream = new RepairStream({ ssrc: 9, payloadType: 110 });
  const original = serializeRtp({
    ssrc: 1,
    payloadType: 14,
    sequenceNumber: 5,
    timestamp: 6,
    marker: false,
    payload: Uint8Array.of(1),
  });
  const first = stream.packRtx(original);
  const unwrapper = new SequenceUnwrapper(first.sequence);
  for (let index = 1; index < 70_000; index++) {
    const { sequence, datagram } = stream.packRtx(original);
    assert.equal(sequence, first.sequence + index);
    assert.equal(unwrapper.unwrap(datagram[2]! * 256 + datagram[3]!), sequence);
  }
});

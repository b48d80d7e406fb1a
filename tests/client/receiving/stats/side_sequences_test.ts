import assert from "node:assert/strict";
import fc from "fast-check";
import { SideSequences } from "../../../../client/receiving/stats/side_sequences.ts";

const wrapped = (sequence: number) => sequence % 65_536;

Deno.test("a packet's number follows from the packets before it and from the host's reports", () => {
  const side = new SideSequences(65_530);
  assert.deepEqual(side.candidates(wrapped(65_540)), [65_540]);
  side.onPacket(65_540);
  side.onReport(400_000);
  assert.equal(
    side.candidates(wrapped(400_010))[0],
    400_010,
    "after hours without a packet for this listener",
  );
  side.onPacket(400_010);
  assert.ok(side.candidates(wrapped(400_005)).includes(400_005));
});

Deno.test("after any forged packets and reports, the next real report and packet correct the numbers", () => {
  const lie = fc.oneof(
    fc.record({ kind: fc.constant("packet"), number: fc.nat(2 ** 40) }),
    fc.record({ kind: fc.constant("report"), number: fc.nat(2 ** 32 - 1) }),
  );
  fc.assert(fc.property(fc.array(lie), fc.nat(2 ** 40), (lies, real) => {
    const side = new SideSequences();
    for (const { kind, number } of lies) {
      if (kind === "packet") side.onPacket(number);
      else side.onReport(number);
    }
    side.onReport(real);
    assert.ok(side.candidates(wrapped(real + 5)).includes(real + 5));
    side.onPacket(real + 5);
    side.onReport(2 ** 31);
    assert.ok(side.candidates(wrapped(real + 6)).includes(real + 6));
  }));
});

import assert from "node:assert/strict";
import { MessageStarts } from "../../../../client/receiving/stats/message_starts.ts";
import { packData } from "../../../../shared/data/fragments.ts";
import { T0 } from "../../starts.ts";

Deno.test("only the first fragment of a message tells of the path, also between those of an older one", () => {
  const starts = new MessageStarts();
  const large = packData(2 ** 32 - 1, new Uint8Array(3000));
  const small = packData(2 ** 32, new Uint8Array(10));
  const payloads = [large[0]!, small[0]!, large[1]!, small[0]!, large[2]!].map((one) =>
    one.payload
  );
  const timed = payloads.map((payload, index) =>
    starts.onOriginal({ sequence: index, ticks: 0, arrivedAt: T0, payload })?.arrival.sequence
  );
  assert.deepEqual(timed, [0, 1, undefined, 3, undefined]);
});

Deno.test("what is no fragment tells nothing", () => {
  const arrival = { sequence: 0, ticks: 0, arrivedAt: T0, payload: new Uint8Array(12) };
  assert.equal(new MessageStarts().onOriginal(arrival), undefined);
});
